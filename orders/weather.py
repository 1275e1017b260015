"""Bad weather: the sessions of a day in an area, whom each of them concerns, and calling them off in one act."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from activities.models import CrewAssignment, SignUp
from core.errors import DomainError
from core.time import at
from orders import lifecycle, policies
from orders.models import Order, PlannedSession
from orders.statuses import Status, Verb
from organisations.acting import Acting
from organisations.models import Region
from volunteering.models import Assignment

# What a row shows.
AROUND = (
    "order__version__theme",
    "order__office",
    "order__provider",
    "order__region",
    "session__version__programme",
    "session__venue",
    "venue",
)
MOST = 60  # sessions at once: each is called off in a transaction of its own, within one request


@dataclass(frozen=True)
class Row:
    """A session that could be called off or moved, and whom it would tell."""

    planned: PlannedSession
    families: int = 0
    children: int = 0
    crew: int = 0
    volunteers: int = 0

    @property
    def key(self) -> str:
        """What the page sends back: which session, and at which of its dates the person saw it."""
        assert self.planned.session is not None
        return f"{self.planned.pk}-{self.planned.session.sequence}"


@dataclass(frozen=True)
class Outcome:
    """What became of one session."""

    planned: PlannedSession
    is_done: bool
    sentence: str


def _plans(by: Acting) -> QuerySet[PlannedSession]:
    """Return the planned sessions of the orders that the person's organisation sees, with what a row shows."""
    rows = PlannedSession.objects.filter(order__in=Order.objects.visible_to(by).values("pk"))
    return rows.select_related(*AROUND)


def rows_on(by: Acting, day: date, now: datetime, *, verb: Verb = Verb.CALL_OFF) -> list[Row]:
    """Return what the person may call off, or take another verb about, on a day, by time. Four queries."""
    start, end = at(day, time.min), at(day + timedelta(days=1), time.min)
    found = _plans(by).filter(order__status=Status.APPROVED, session__status="scheduled")
    found = found.filter(session__starts_at__gte=max(start, now), session__starts_at__lt=end)
    plans = [one for one in found.order_by("session__starts_at", "pk") if policies.may(by, one.order, verb)]
    return counted(plans)


def counted(plans: Sequence[PlannedSession]) -> list[Row]:
    """Return the rows with whom each session would tell. Three queries."""
    ids = [one.session_id for one in plans if one.session_id is not None]
    families = _families(ids)
    on_duty = CrewAssignment.objects.active().filter(session__in=ids).order_by().values_list("session_id")
    crew = dict(on_duty.annotate(n=Count("pk")))
    helpers = Assignment.objects.active().filter(shift__session__in=ids).order_by().values_list("shift__session_id")
    volunteers = dict(helpers.annotate(n=Count("user", distinct=True)))
    return [
        Row(one, *families.get(one.session_id, (0, 0)), crew.get(one.session_id, 0), volunteers.get(one.session_id, 0))
        for one in plans
    ]


def _families(ids: Sequence[int]) -> dict[int | None, tuple[int, int]]:
    """Return for each session how many families and how many children are signed up or wait. One query."""
    alone = Count("party", distinct=True, filter=Q(party__guardian__isnull=True))
    rows = SignUp.objects.active().filter(session__in=ids).order_by().values("session_id")
    rows = rows.annotate(n=Count("party__guardian", distinct=True) + alone, children=Count("child", distinct=True))
    return {row["session_id"]: (row["n"], row["children"]) for row in rows}


def areas_of(rows: Iterable[Row]) -> list[Region]:
    """Return the areas by which the rows can be narrowed: theirs and those above, within the city. One query."""
    codes = {code for row in rows for code in row.planned.order.region.lineage_codes}
    above = (Region.Level.PROVINCE, Region.Level.CITY)
    return list(Region.objects.filter(code__in=codes).exclude(level__in=above).order_by("lineage"))


def call_off(seen: Sequence[tuple[int, int]], *, by: Acting, now: datetime, reason: str) -> list[Outcome]:
    """Call sessions off, each in a transaction of its own: one that is refused leaves the others as they are.

    ``seen`` names each planned session with the number at which the person saw it. Taken twice it happens once.
    """
    return [_one(planned, sequence, by=by, now=now, reason=reason) for planned, sequence in plans_of(seen, by=by)]


def plans_of(seen: Sequence[tuple[int, int]], *, by: Acting) -> list[tuple[PlannedSession, int]]:
    """Return the planned sessions that a page named and the person sees, each with its number. One query."""
    plans = {one.pk: one for one in _plans(by).filter(pk__in=[pk for pk, _sequence in seen])}
    return [(plans[pk], sequence) for pk, sequence in seen if pk in plans]


def _one(planned: PlannedSession, sequence: int, *, by: Acting, now: datetime, reason: str) -> Outcome:
    try:
        lifecycle.call_off(planned, by=by, now=now, note=reason, sequence=sequence)
    except DomainError as refusal:
        return Outcome(planned, False, str(refusal))
    return Outcome(planned, True, _("Called off; everybody concerned is told."))
