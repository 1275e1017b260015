"""Another date for one session of an approved order: office or provider proposes, the other agrees."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activities import lifecycle as sessions
from activities import scheduling
from activities.models import Session
from core.errors import DomainError
from core.formats import daytime_text
from core.locking import lock, retried
from core.time import today
from orders import checks
from orders.lifecycle.edge import _move, require_as_seen
from orders.models import Order, PlannedSession, RescheduleProposal
from orders.statuses import Verb
from orders.telling import DayMove
from organisations.acting import Acting
from organisations.models import Venue
from safeguarding import clearance


class CannotMove(DomainError):
    """The session has begun, is over, has a proposal already, or cannot be at that date and place."""

    def __init__(self, *problems: str, field: str | None = None) -> None:
        """Keep the problems one by one for the page."""
        super().__init__(" ".join(problems), field=field)
        self.problems = list(problems)


class NotTheOtherSide(DomainError):
    """Whoever proposes does not agree to it as well."""


@retried
def propose_reschedule(
    planned: PlannedSession,
    *,
    starts_at: datetime,
    ends_at: datetime,
    venue: Venue | None,
    address: str,
    by: Acting,
    now: datetime,
    seen: int | None = None,
    sequence: int | None = None,
    note: str = "",
    day_move: DayMove | None = None,
) -> RescheduleProposal:
    """Put a new date or place for one session to the other side.

    ``sequence`` is the session's number that the person's page showed; ``day_move`` is the act it is part of.

    Raises:
        CannotMove: the session has begun, another proposal is open, or the crew may not be with children that day.
        Clashes, MovedMeanwhile: crew or venue are taken then; it was moved since the person looked.
    """
    about = _about(planned, note)
    with _move(planned.order, Verb.PROPOSE, by=by, now=now, seen=seen, note=about, day_move=day_move) as row:
        planned = PlannedSession.objects.select_related("session").get(pk=planned.pk)
        session = _movable(planned, now)
        require_as_seen(session, sequence)
        if planned.proposals.filter(status=RescheduleProposal.Status.OPEN).exists():
            raise CannotMove(_("Another date for this session is proposed already. Answer or withdraw it first."))
        _demand_a_date(planned, starts_at, ends_at, now)
        wanted = PlannedSession(
            position=planned.position, starts_at=starts_at, ends_at=ends_at, venue=venue, address=address
        )
        _demand_a_place(wanted, row, now)
        _refuse_clashes(wanted, session)
        assert by.user is not None  # the clock proposes nothing
        assert by.organisation is not None
        proposal = RescheduleProposal.objects.create(
            planned=planned,
            starts_at=starts_at,
            ends_at=ends_at,
            venue=venue,
            address=address,
            proposed_by_org=by.organisation,
            proposed_by=by.user,
            proposed_at=now,
            note=note.strip(),
        )
        row.reminded_at = None
    return proposal


def _about(planned: PlannedSession, note: str) -> str:
    words = {"number": planned.position, "note": note.strip()}
    return (_("Session %(number)d. %(note)s") % words).strip()


def _movable(planned: PlannedSession, now: datetime) -> Session:
    session = planned.session
    if session is None or session.status != Session.Status.SCHEDULED or session.starts_at <= now:
        raise CannotMove(_("This session has begun, is over or was cancelled; its date cannot be changed."))
    return session


def _demand_a_date(planned: PlannedSession, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise CannotMove(_("Choose a date in the future."), field="starts_on")
    if ends_at - starts_at != planned.ends_at - planned.starts_at:
        raise CannotMove(_("The session keeps its length."), field="starts_on")


def _demand_a_place(wanted: PlannedSession, order: Order, now: datetime) -> None:
    """What holds for the dates of an order holds for a new one: within a year, at a place that holds the group."""
    if problems := checks.session_problems(wanted, order.group_size, now):
        raise CannotMove(*problems)


def _refuse_clashes(wanted: PlannedSession, session: Session) -> None:
    """The other side is asked about nothing that could not be agreed to: the crew passes the gate as well."""
    taken = scheduling.clashes(
        venue_id=wanted.venue_id,
        membership_ids=list(session.crew.active().values_list("membership_id", flat=True)),
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        exclude_session=session,
    )
    if taken:
        raise checks.Clashes([clash.sentence for clash in taken])
    crew = clearance.of_workers(session.crew.active().values_list("user_id", flat=True), today(wanted.starts_at))
    if not all(one.ok for one in crew.values()):
        raise CannotMove(checks.crew_not_cleared())


@retried
def agree_reschedule(
    proposal: RescheduleProposal,
    *,
    by: Acting,
    now: datetime,
    seen: int | None = None,
    note: str = "",
    day_move: DayMove | None = None,
) -> RescheduleProposal:
    """Take the new date: the session moves, its sign-ups stay and are told, free to leave.

    Raises:
        NotTheOtherSide: their own organisation proposed it.
        CannotMove, Clashes: it has begun meanwhile, or crew or venue were taken.
    """
    with transaction.atomic():
        order = proposal.planned.order
        moved = _moved(proposal, note)
        with _move(order, Verb.MOVE, by=by, now=now, seen=seen, note=moved, day_move=day_move):
            proposal = _open_one(proposal)
            _refuse_proposer(proposal, by)
            planned = PlannedSession.objects.select_related("session", "venue").get(pk=proposal.planned_id)
            session = _movable(planned, now)
            _demand_a_date(planned, proposal.starts_at, proposal.ends_at, now)
            _demand_a_place(_as_wanted(proposal), order, now)
            sessions.reschedule(
                session,
                starts_at=proposal.starts_at,
                ends_at=proposal.ends_at,
                venue=proposal.venue,
                address=proposal.address,
                by=by,
                now=now,
            )
            planned.starts_at, planned.ends_at = proposal.starts_at, proposal.ends_at
            planned.venue, planned.address = proposal.venue, proposal.address
            planned.save()
            _close(proposal, RescheduleProposal.Status.AGREED)
    return proposal


def _as_wanted(proposal: RescheduleProposal) -> PlannedSession:
    """Return the session as the proposal would have it."""
    return PlannedSession(
        position=proposal.planned.position,
        starts_at=proposal.starts_at,
        ends_at=proposal.ends_at,
        venue=proposal.venue,
        address=proposal.address,
    )


def _moved(proposal: RescheduleProposal, note: str) -> str:
    words = {
        "number": proposal.planned.position,
        "before": daytime_text(proposal.planned.starts_at),
        "after": daytime_text(proposal.starts_at),
        "note": note.strip(),
    }
    return (_("Session %(number)d: from %(before)s to %(after)s. %(note)s") % words).strip()


@retried
def decline_reschedule(
    proposal: RescheduleProposal,
    *,
    by: Acting,
    now: datetime,
    seen: int | None = None,
    note: str = "",
    day_move: DayMove | None = None,
) -> RescheduleProposal:
    """Keep the date as it is."""
    order, about = proposal.planned.order, _about(proposal.planned, note)
    with _move(order, Verb.KEEP, by=by, now=now, seen=seen, note=about, day_move=day_move):
        proposal = _open_one(proposal)
        _refuse_proposer(proposal, by)
        _close(proposal, RescheduleProposal.Status.DECLINED)
    return proposal


@retried
def withdraw_reschedule(
    proposal: RescheduleProposal, *, by: Acting, now: datetime, seen: int | None = None
) -> RescheduleProposal:
    """Take back one's own proposal."""
    with _move(proposal.planned.order, Verb.WITHDRAW, by=by, now=now, seen=seen, note=_about(proposal.planned, "")):
        proposal = _open_one(proposal)
        if not by.is_for(proposal.proposed_by_org_id):
            raise NotTheOtherSide(_("Only the side that proposed the date can take it back."))
        _close(proposal, RescheduleProposal.Status.WITHDRAWN)
    return proposal


def _open_one(proposal: RescheduleProposal) -> RescheduleProposal:
    fresh = lock(RescheduleProposal, proposal.pk)
    if fresh.status != RescheduleProposal.Status.OPEN:
        raise CannotMove(_("This proposal has been answered already."))
    return fresh


def _refuse_proposer(proposal: RescheduleProposal, by: Acting) -> None:
    if by.is_for(proposal.proposed_by_org_id):
        raise NotTheOtherSide(_("Your side proposed this date; the other side answers."))


def _close(proposal: RescheduleProposal, status: str) -> None:
    proposal.status = status
    proposal.save(update_fields=["status"])
