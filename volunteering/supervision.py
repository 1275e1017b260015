"""Are there enough adults? Asked again whenever somebody of a session's crew or its volunteers falls away."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least
from django.urls import reverse

from activities import adults
from activities.models import CrewAssignment, Session, SessionHistory
from core.time import today
from notifications.services import notify
from organisations import memberships
from organisations.acting import Acting, clock, record
from users.models import User
from volunteering.models import Assignment
from volunteering.policies import ORGANISERS

TOO_FEW, ENOUGH = "too_few_adults", "enough_adults"
_UNTIL = Least(Coalesce("checked_out_at", "ends_at"), "ends_at")  # until when a volunteer is there


@dataclass(frozen=True)
class Adults:
    """How many adults a session has, and how many its children need."""

    there: int
    needed: int

    @property
    def missing(self) -> int:
        """How many are missing."""
        return max(0, self.needed - self.there)


def with_rule(now: datetime) -> QuerySet[Session]:
    """Return the sessions to come whose programme asks for adults, each with ``crew_n``, ``helpers_n``, ``said``.

    Of the helpers those count who are there at once: the fewest at any moment of the session.
    """
    crew = CrewAssignment.objects.active().filter(session=OuterRef("pk")).order_by().values("session")
    mine = Assignment.objects.confirmed().filter(shift__session=OuterRef("pk")).annotate(until=_UNTIL)
    leaving = mine.filter(until__gt=OuterRef("starts_at"), until__lt=OuterRef("ends_at"))
    left = leaving.annotate(n=_count_at(OuterRef("until"), OuterRef("shift__session"))).order_by("n").values("n")
    at_start = _count_at(OuterRef("starts_at"), OuterRef("pk"))
    said = SessionHistory.objects.filter(session=OuterRef("pk"), verb__in=(TOO_FEW, ENOUGH)).order_by("-pk")
    rows = Session.objects.scheduled().filter(
        Q(version__children_per_adult__isnull=False) | Q(version__two_adults=True), ends_at__gt=now
    )
    return rows.select_related("version", "provider", "venue").annotate(
        crew_n=Coalesce(Subquery(crew.annotate(n=Count("pk")).values("n")), 0),
        helpers_n=Least(at_start, Coalesce(Subquery(left[:1]), at_start)),
        said=Subquery(said.values("verb")[:1]),
    )


def _count_at(moment: OuterRef, session: OuterRef) -> Coalesce:
    """Return how many volunteers of the session are there at the moment; fewest at the start, or as somebody leaves."""
    mine = Assignment.objects.confirmed().filter(shift__session=session).annotate(until=_UNTIL)
    there = mine.filter(starts_at__lte=moment, until__gt=moment).order_by().values("shift__session")
    return Coalesce(Subquery(there.annotate(n=Count("user", distinct=True)).values("n")), 0)


def of(session: Session) -> Adults:
    """Return the figures of a session that ``with_rule`` read: everybody with a place counts as a child."""
    facts = session.__dict__
    return Adults(facts["crew_n"] + facts["helpers_n"], adults.needed(session.version, session.taken))


def of_session(session_id: int, now: datetime) -> Adults | None:
    """Return the figures of one session; nothing where its programme has no rule, or it is over. One query."""
    row = with_rule(now).filter(pk=session_id).first()
    return of(row) if row else None


def recheck(session_id: int, *, by: Acting, now: datetime) -> None:
    """Look at a session again, in the transaction of what changed: too few adults are written down and told at once."""
    for row in with_rule(now).filter(pk=session_id):
        _say(row, by, now)


def sweep(now: datetime) -> int:
    """Look at every session to come with a rule, whatever changed. Return how many have too few adults."""
    short = 0
    for row in with_rule(now).order_by("pk"):
        short += of(row).missing > 0
        if _is_news(row):
            with transaction.atomic():
                _say(row, clock("volunteering.sweep"), now)
    return short


def _is_news(row: Session) -> bool:
    """Tell whether what was said last is no longer so."""
    said = row.__dict__["said"]
    return bool(said != TOO_FEW) if of(row).missing else bool(said == TOO_FEW)


def _say(row: Session, by: Acting, now: datetime) -> None:
    if not _is_news(row):
        return
    figures = of(row)
    verb = TOO_FEW if figures.missing else ENOUGH
    record(SessionHistory, by, verb=verb, note=f"{figures.there} of {figures.needed}", session=row, at=now)
    if not figures.missing:
        return
    leads = User.objects.filter(crew__session=row, crew__is_lead=True, crew__removed_at=None)
    entry = SessionHistory.objects.filter(session=row, verb=verb).latest("pk").pk
    notify(
        [*memberships.holders(row.provider, *ORGANISERS, on=today(now)), *leads],
        kind="too_few_adults",
        cause=f"adults:{row.pk}:{entry}",
        context={
            "programme": row.version.title,
            "programme_en": row.version.title_en,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "place": row.place,
            "there": figures.there,
            "needed": figures.needed,
        },
        path=reverse("activities:crew", args=[row.pk]),
        now=now,
        urgent=True,
    )
