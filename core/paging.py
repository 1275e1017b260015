"""Keyset paging: a page begins after a row that the address names, so the last page costs what the first one does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
_KEY = re.compile(r"[0-9]{1,18}", re.ASCII)  # what fits a database's number


@dataclass(frozen=True)
class Steps(Generic[M]):
    """Some rows of a list, and the row after which, or before which, its neighbours stand.

    ``name`` is put before ``after`` and ``before`` in the address, where a page holds more than one list.
    """

    object_list: list[M]
    previous: int | None
    next: int | None
    name: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether this is all there is."""
        return self.previous is None and self.next is None


def steps(rows: QuerySet[M], asked: Mapping[str, str], size: int, name: str = "") -> Steps[M]:
    """Return the page of an ordered list that the address asks for. One query, on other pages than the first two.

    The order ends with the primary key, and none of its columns may be empty. A row that is gone leads to the first
    page; one that changed stands for the place to which it moved.
    """
    order = [str(column) for column in rows.query.order_by]
    if not order or order[-1].lstrip("-") != "pk":
        raise ValueError("A list that is paged is ordered by columns, the primary key last.")
    forward, backward = (_key(asked.get(f"{name}{side}", "")) for side in ("after", "before"))
    edge = forward if forward is not None else backward
    place = None if edge is None else rows.filter(pk=edge).values_list(*[one.lstrip("-") for one in order]).first()
    is_back = place is not None and forward is None
    if place is not None:
        rows = rows.filter(_beyond(order, place, is_back=is_back))
    found = list((rows.reverse() if is_back else rows)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_back:
        found.reverse()
    first, last = (found[0].pk, found[-1].pk) if found else (None, None)
    return Steps(
        found,
        previous=first if (has_more if is_back else place is not None) else None,
        next=last if is_back or has_more else None,
        name=name,
    )


def _key(text: str) -> int | None:
    return int(text) if _KEY.fullmatch(text) else None


def _beyond(order: list[str], place: tuple[Any, ...], *, is_back: bool) -> Q:
    """Return what holds of the rows beyond a place: the first column that differs decides."""
    beyond, same = Q(), Q()
    for column, value in zip(order, place, strict=True):
        is_down = column.startswith("-") is not is_back
        field = column.lstrip("-")
        beyond |= same & Q(**{f"{field}__{'lt' if is_down else 'gt'}": value})
        same &= Q(**{field: value})
    return beyond
