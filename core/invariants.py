"""What ``manage.py verify`` asks: each app lists its invariants, the project runs them and prints a figure for each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Exists, Max, OuterRef, QuerySet

from core.models import HistoryEntry
from core.triggers import declared, present, trigger_names


@dataclass(frozen=True)
class Finding:
    """How many rows were looked at, and a line of ids (no personal value) for each breach."""

    checked: int
    breaches: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Invariant:
    """A promise with the key under which it is known, such as ``A1``."""

    key: str
    promise: str
    check: Callable[[], Finding]


def untold(
    rows: QuerySet[Any], history: type[HistoryEntry], about: str, *, field: str = "status", newest: str = "after"
) -> QuerySet[Any]:
    """Return the rows whose newest history row does not say what the row says.

    The newest of all are found in one go: looked for row by row, a database that knows the table as small reads the
    whole history for each.
    """
    last = history._default_manager.exclude(**{newest: ""}).order_by().values(about).annotate(last=Max("pk"))
    agreeing = history._default_manager.filter(pk__in=last.values("last"))
    return rows.filter(~Exists(agreeing.filter(**{about: OuterRef("pk"), newest: OuterRef(field)})))


def _wanted() -> list[str]:
    """Return the triggers of what migrations made append-only, and of every history, declared or forgotten."""
    tables = (model._meta.db_table for model in apps.get_models() if issubclass(model, HistoryEntry))
    return sorted(declared().union(*map(trigger_names, tables)))


def logs_cannot_be_changed() -> Finding:
    """K2: the database refuses to change or delete what was written down for good: histories, texts, books, rules."""
    wanted, there = _wanted(), present()
    return Finding(len(wanted), [f"trigger {name}: it is missing" for name in wanted if name not in there])


INVARIANTS = [Invariant("K2", "What was written down for good cannot be changed.", logs_cannot_be_changed)]
