"""Bad weather, the other way: the sessions of a day are put on another day in one act, as far as both sides agree.

Each session goes through the ordinary proposal of another date, in a transaction of its own. The other side is told
once, and answers all of them on one page; families and crew hear of it when a session has moved.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from activities import scheduling
from activities.models import CrewAssignment
from activities.scheduling import NewTime
from core.errors import DomainError
from core.time import at, local, today
from orders import checks, lifecycle, policies, weather
from orders.models import Order, PlannedSession, RescheduleProposal
from orders.statuses import Status, Verb
from orders.telling import DayMove
from orders.weather import Outcome, Row
from organisations.acting import Acting
from safeguarding import clearance

Open = RescheduleProposal.Status.OPEN
_ANSWERED = {Verb.MOVE: RescheduleProposal.Status.AGREED, Verb.KEEP: RescheduleProposal.Status.DECLINED}


@dataclass(frozen=True)
class Wish:
    """A session at the same time of another day, whom that concerns, and what stands against it."""

    row: Row
    starts_at: datetime
    ends_at: datetime
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Answerable:
    """A proposal that waits for an answer, and whom it concerns; ``is_mine``: the other side answers."""

    proposal: RescheduleProposal
    row: Row
    is_mine: bool


def wishes(by: Acting, day: date, to: date, now: datetime) -> list[Wish]:
    """Return what the person may propose to move from one day to another, by time. Nine queries, however many."""
    rows = weather.rows_on(by, day, now, verb=Verb.PROPOSE)
    moves = [_moved(row.planned, to) for row in rows]
    sessions = [one.session for one in moves]
    on_duty = CrewAssignment.objects.active().filter(session__in=sessions).select_related("membership__user")
    crew = list(on_duty.order_by("-is_lead", "pk"))
    clearances = clearance.of_workers({one.user_id for one in crew}, to)
    kept_away = {one.session_id for one in crew if not clearances[one.user_id].ok}
    asked = RescheduleProposal.objects.filter(status=Open, planned__in=[row.planned.pk for row in rows])
    proposed = set(asked.values_list("planned_id", flat=True))
    found = []
    for row, move, taken in zip(rows, moves, scheduling.clashes_of(moves, crew), strict=True):
        problems: list[str] = []
        if row.planned.pk in proposed:
            problems = [_("Another date for this session is proposed already. Answer or withdraw it first.")]
        else:
            problems += checks.session_problems(_planned_at(row.planned, move), row.planned.order.group_size, now)
            problems += [clash.sentence for clash in taken]
            problems += [checks.crew_not_cleared()] if move.session.pk in kept_away else []
        found.append(Wish(row, move.starts_at, move.ends_at, problems))
    return found


def _moved(planned: PlannedSession, to: date) -> NewTime:
    """Return the session at the same time of another day, as long as it is."""
    session = planned.session
    assert session is not None  # of an approved order
    starts_at = at(to, local(session.starts_at).time())
    return NewTime(session, starts_at, starts_at + (session.ends_at - session.starts_at))


def _planned_at(planned: PlannedSession, move: NewTime) -> PlannedSession:
    return PlannedSession(
        position=planned.position,
        starts_at=move.starts_at,
        ends_at=move.ends_at,
        venue=planned.venue,
        address=planned.address,
    )


def propose(
    seen: Sequence[tuple[int, int]], *, to: date, by: Acting, now: datetime, note: str, act: UUID
) -> list[Outcome]:
    """Propose that sessions be held at the same time of another day, each for itself: a refusal leaves the others.

    ``seen`` names each planned session with the number at which the person saw it, ``act`` is the number of their
    form. Taken twice it happens once.
    """
    plans = weather.plans_of(seen, by=by)
    return [_propose(one, sequence, to=to, by=by, now=now, note=note, act=act) for one, sequence in plans]


def _propose(
    planned: PlannedSession, sequence: int, *, to: date, by: Acting, now: datetime, note: str, act: UUID
) -> Outcome:
    if planned.session is None:
        return Outcome(planned, False, _("This session is not open yet."))
    move, day = _moved(planned, to), today(planned.session.starts_at)
    if day == to:
        return Outcome(planned, False, _("It is on that day already."))
    try:
        lifecycle.propose_reschedule(
            planned,
            starts_at=move.starts_at,
            ends_at=move.ends_at,
            venue=planned.venue,
            address=planned.address,
            by=by,
            now=now,
            sequence=sequence,
            note=note,
            day_move=DayMove(act, day, to),
        )
    except DomainError as refusal:
        if not _is_proposed(planned, move, by):
            return Outcome(planned, False, str(refusal.sentence))
    return Outcome(planned, True, _("Proposed. The other side answers."))


def _is_proposed(planned: PlannedSession, move: NewTime, by: Acting) -> bool:
    """Tell whether the person's side proposes that very time already: a double click."""
    rows = planned.proposals.filter(status=Open, proposed_by_org=by.organisation, starts_at=move.starts_at)
    return rows.exists()


def proposals_on(by: Acting, day: date, now: datetime) -> list[Answerable]:
    """Return the proposals about the sessions of a day that wait for an answer, by time. Four queries."""
    start, end = at(day, time.min), at(day + timedelta(days=1), time.min)
    rows = _proposals(by).filter(status=Open, planned__order__status=Status.APPROVED)
    rows = rows.filter(planned__session__status="scheduled", planned__session__starts_at__gt=now)
    rows = rows.filter(planned__session__starts_at__gte=start, planned__session__starts_at__lt=end)
    found = [
        one
        for one in rows.order_by("planned__session__starts_at", "pk")
        if policies.may(by, one.planned.order, Verb.MOVE)
    ]
    counted = weather.counted([one.planned for one in found])
    return [
        Answerable(one, row, is_mine=by.is_for(one.proposed_by_org_id)) for one, row in zip(found, counted, strict=True)
    ]


def _proposals(by: Acting) -> QuerySet[RescheduleProposal]:
    rows = RescheduleProposal.objects.filter(planned__order__in=Order.objects.visible_to(by).values("pk"))
    return rows.select_related("venue", "proposed_by_org", *(f"planned__{name}" for name in weather.AROUND))


def agree(pks: Iterable[int], *, by: Acting, now: datetime, act: UUID) -> list[Outcome]:
    """Take the new dates, each for itself; ``act`` is the number of the form. Taken twice it happens once."""
    done = _("The session has its new date; those signed up are told.")
    return _answer(pks, Verb.MOVE, lifecycle.agree_reschedule, done, by=by, now=now, act=act)


def decline(pks: Iterable[int], *, by: Acting, now: datetime, act: UUID) -> list[Outcome]:
    """Keep the dates as they are, each for itself. Taken twice it happens once."""
    done = _("The date stays as it was.")
    return _answer(pks, Verb.KEEP, lifecycle.decline_reschedule, done, by=by, now=now, act=act)


def _answer(
    pks: Iterable[int],
    verb: Verb,
    function: Callable[..., Any],
    done: str,
    *,
    by: Acting,
    now: datetime,
    act: UUID,
) -> list[Outcome]:
    found = {one.pk: one for one in _proposals(by).filter(pk__in=list(pks))}
    outcomes = []
    for pk in pks:
        if pk not in found:
            continue
        proposal = found[pk]
        day_move = DayMove(act, today(proposal.planned.starts_at), today(proposal.starts_at))
        is_done, sentence = True, done
        try:
            function(proposal, by=by, now=now, day_move=day_move)
        except DomainError as refusal:
            proposal.refresh_from_db(fields=["status"])
            is_done = proposal.status == _ANSWERED[verb]
            sentence = done if is_done else str(refusal.sentence)
        outcomes.append(Outcome(proposal.planned, is_done, sentence))
    return outcomes
