"""What the pages about concerns read."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from concerns import intake
from concerns.models import Concern, ConcernRead
from core.logs import request_id
from core.privacy import THREE_YEARS_CLOSED
from organisations.acting import Acting
from organisations.models import Organisation, Region
from people.models import Child, Guardian
from people.queries import guardians_of

FEW = 5  # smaller numbers are told to nobody who does not handle concerns


def desk_of(by: Acting) -> QuerySet[Concern]:
    """Return what waits at the acting desk, the next deadline first."""
    rows = Concern.objects.visible_to(by).open().filter(desk=by.organisation)
    return rows.select_related("region", "desk").order_by("due_on", "pk")


def elsewhere(by: Acting) -> QuerySet[Concern]:
    """Return what lies at the other desks of the area, the next deadline first."""
    rows = Concern.objects.visible_to(by).open().exclude(desk=by.organisation)
    return rows.select_related("region", "desk").order_by("due_on", "pk")


def closed(by: Acting) -> QuerySet[Concern]:
    """Return what was closed in the area, the latest first."""
    rows = Concern.objects.visible_to(by).filter(status=Concern.Status.CLOSED)
    return rows.select_related("region", "desk").order_by("-closed_at", "-pk")


def look(concern: Concern, *, by: Acting, now: datetime) -> None:
    """Write down that somebody opens a concern; the caller shows it only after this was saved."""
    assert by.user is not None
    assert by.organisation is not None
    ConcernRead.objects.create(
        concern=concern, viewer=by.user, on_behalf_of=by.organisation, at=now, request_id=request_id.get()
    )


def is_forgotten(concern: Concern, now: datetime) -> bool:
    """Tell whether a concern was closed so long ago that the night has emptied what it said."""
    return concern.closed_at is not None and concern.closed_at < now - timedelta(days=THREE_YEARS_CLOSED.days or 0)


@dataclass(frozen=True)
class About:
    """Whom a statement is about, as the desk reads it."""

    who: str
    child: Child | None
    guardians: list[Guardian]
    session: int | None


def about(facts: dict[str, Any], on: date) -> About:
    """Find the child of a statement; a record merged into another since is followed there. Three queries at most."""
    child = Child.objects.select_related("home_community", "merged_into").filter(pk=facts.get("child") or 0).first()
    child = child and (child.merged_into or child)
    return About(
        who=facts.get("who", ""),
        child=child,
        guardians=list(guardians_of(child, on)) if child else [],
        session=facts.get("session"),
    )


def statements_of(concern: Concern, on: date) -> list[tuple[Any, About]]:
    """Return what was reported, the first first, each with whom it is about."""
    rows = concern.statements.select_related("reporter").order_by("at", "pk")
    return [(row, about(intake.subject_of(row), on)) for row in rows]


@dataclass(frozen=True)
class Figures:
    """How many concerns an area has, for those who oversee and read none."""

    by_status: list[tuple[str, str]]
    overdue: str
    reported: str


def figures(by: Acting, on: date) -> Figures:
    """Return the numbers of the League's area; what is fewer than five is not told exactly. One query."""
    if by.organisation is None:
        return Figures([], "0", "0")
    rows = Concern.objects.filter(region__lineage__startswith=by.organisation.region.lineage)
    found = list(rows.values_list("status", "due_on"))
    counted = Counter(status for status, _due in found)
    late = sum(due is not None and due < on for _status, due in found)
    return Figures(
        by_status=[(str(status.label), few(counted[status])) for status in Concern.Status],
        overdue=few(late),
        reported=few(len(found)),
    )


def few(count: int) -> str:
    """Return a number, or that it is a small one."""
    return f"< {FEW}" if 0 < count < FEW else str(count)


def organisations_concerned() -> QuerySet[Organisation]:
    """Return the organisations that a report may be about: those whose people meet children here."""
    kinds = Organisation.Kind
    rows = Organisation.objects.admitted().of_kind(kinds.PROVIDER, kinds.SCHOOL, kinds.OFFICE)
    return rows.order_by("kind", "name")


def school_of(office_pk: int | None) -> Organisation | None:
    """Return who ordered a session, if it is a school."""
    rows = Organisation.objects.admitted().of_kind(Organisation.Kind.SCHOOL).select_related("region")
    return rows.filter(pk=office_pk or 0).first()


def region_of_child(child_pk: int | None, fallback: str) -> Region | None:
    """Return where a child lives, else the area of the session at which it was noticed. Two queries at most."""
    homes = Child.objects.filter(pk=child_pk).values("home_community") if child_pk else Child.objects.none()
    return Region.objects.filter(Q(pk__in=homes)).first() or Region.objects.filter(pk=fallback).first()
