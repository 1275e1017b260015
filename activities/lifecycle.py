"""What happens to a session: its verbs. Each locks the row, checks the status, writes history in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from activities import cards, handover, log, marks, messages, scheduling, waiting
from activities.models import Attendance, CrewAssignment, Session, SessionHistory, SignUp
from activities.models.session import CLOCK_CLOSES_AFTER_END
from activities.scheduling import clashes, refuse_clashes
from activities.signals import crew_named, session_cancelled, session_closed, session_moved
from core.commit import after_commit
from core.errors import DomainError, StaleState
from core.locking import lock, lock_all, retried
from core.time import today
from organisations.acting import Acting, clock, record
from organisations.models import Membership, Venue
from safeguarding import clearance

Status = Session.Status
SESSION_CANCELLED = "session_cancelled"
# Which verb leads from which status to which.
TRANSITIONS: dict[str, tuple[str, str]] = {
    "cancel": (Status.SCHEDULED, Status.CANCELLED),
    "close": (Status.SCHEDULED, Status.CLOSED),
    "reopen": (Status.CLOSED, Status.SCHEDULED),
}


class AlreadyMoved(StaleState):
    """Somebody else cancelled or closed the session meanwhile."""


class PlacesChanged(StaleState):
    """Another number of places stands there than the person saw."""


class ReasonMissing(DomainError):
    """The verb needs a reason."""


class NotOver(DomainError):
    """A session is closed after its end."""


class NotCollected(DomainError):
    """It is not written down who fetched some children."""


class Final(DomainError):
    """The order is confirmed: what is paid for is not changed any more."""


class Begun(DomainError):
    """The session has begun; it cannot be moved or cancelled any more."""


class CrewChanged(StaleState):
    """Somebody was put into or out of the crew while the session was being moved: the new one was not asked about."""


def _move(session: Session, verb: str, *, by: Acting, now: datetime, note: str = "") -> Session:
    """Lock the row, check the edge, set the status, write the history. Return the locked row.

    Raises:
        AlreadyMoved: the session is not in the verb's first status.
    """
    before, after = TRANSITIONS[verb]
    row = lock(Session, session.pk)
    if row.status != before:
        raise _already(row)
    row.status = Status(after)
    row.changed_at = now
    row.save(update_fields=["status", "changed_at"])
    record(SessionHistory, by, verb=verb, before=before, after=after, note=note, session=row, at=now)
    return row


def _already(row: Session) -> AlreadyMoved:
    status = row.get_status_display().lower()
    return AlreadyMoved(_("The session is %(status)s already. Look at it again.") % {"status": status})


def _require_reason(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise ReasonMissing(_("Say why: everybody concerned will read it."), field="reason")
    return text


@retried
def cancel(session: Session, *, by: Acting, now: datetime, reason: str) -> Session:
    """Call a session off: every family and the crew are told, their time is free again.

    Raises:
        ReasonMissing: no reason is given.
        Begun: it has begun already.
        AlreadyMoved: it is closed or cancelled.
    """
    text = _require_reason(reason)
    with transaction.atomic():
        row = _move(session, "cancel", by=by, now=now, note=text)
        if now >= row.starts_at:
            raise Begun(_("The session has begun. Close it instead."))
        active = SignUp.objects.active().filter(session=row)
        rows, to = list(active.select_related("party").order_by("pk")), messages.concerned(active, now)
        for status in SignUp.ACTIVE:
            own = [one for one in rows if one.status == status]
            log.sign_ups_changed(own, by, verb="cancel_session", before=status, after=SignUp.Status.CANCELLED, now=now)
        waiting.end_whole(rows, status=SignUp.Status.CANCELLED, reason=SESSION_CANCELLED)
        marks.void([one for one in rows if one.holds_place], by=by, now=now)
        urgent = messages.is_soon(row, now)
        cause = f"{SESSION_CANCELLED}:{row.pk}"
        messages.tell_concerned(
            to, kind=SESSION_CANCELLED, cause=cause, session=row, now=now, urgent=urgent, reason=text
        )
        messages.tell_crew(row, "crew_session_cancelled", cause=f"crew:{cause}", now=now, urgent=urgent, reason=text)
        CrewAssignment.objects.active().filter(session=row).update(removed_at=now)
        Session.objects.filter(pk=row.pk).update(
            taken=0,
            taken_outside=0,
            taken_returning=0,
            waiting_parties=0,
            ceiling=F("capacity"),
            sequence=F("sequence") + 1,
        )
        row.refresh_from_db()
        session_cancelled.send(Session, session=row, by=by, now=now)
        cards.refresh(row.version.programme_id, now=now)
    if children := [one.child_id for one in rows if one.holds_place]:
        after_commit(waiting.fill_elsewhere, children, row.starts_at, row.ends_at, now=now)
    return row


@retried
def close(session: Session, *, by: Acting, now: datetime, all_collected: bool = False) -> Session:
    """End a session after its time: whoever was not marked was absent.

    If nobody was checked in though the provider's people are here to say so, it is closed as ``no_attendance``. The
    clock, which closes 72 hours after the end, cannot say that the provider was there. ``all_collected``: the person
    says that everybody was fetched, although it is not written down by whom.

    Raises:
        NotOver: it has not ended.
        NotCollected: a child that is handed over may still be there, as far as the list says.
        AlreadyMoved: it is closed or cancelled.
    """
    with transaction.atomic():
        still_here = len(handover.still_here(lock(Session, session.pk)))
        note = f"not handed over: {still_here}" if still_here else ""
        row = _move(session, "close", by=by, now=now, note=note)
        if now < row.ends_at:
            raise NotOver(_("Close the session after it has ended."))
        if still_here and by.user is not None and not all_collected:
            raise NotCollected(_("Children are not handed over yet. Write down who fetched them, then close."))
        waiting.end_waits(row, now=now, by=by)
        marks.absent_rest(row, verb="close", by=by, now=now)
        present = Attendance.objects.filter(sign_up__session=row, status=Attendance.Status.PRESENT)
        row.no_attendance = by.user is not None and not present.exists()
        row.save(update_fields=["no_attendance"])
        session_closed.send(Session, session=row, by=by, now=now)
        cards.refresh(row.version.programme_id, now=now)
    return row


@retried
def reopen(session: Session, *, by: Acting, now: datetime, reason: str) -> Session:
    """Open a closed session again to correct its attendance, until the order is confirmed.

    Raises:
        ReasonMissing: no reason is given.
        Final: the order is confirmed.
        AlreadyMoved: it is not closed.
    """
    text = _require_reason(reason)
    with transaction.atomic():
        row = lock(Session, session.pk)
        if row.sealed_at:
            raise Final(_("The order is confirmed, so the attendance is final. Ask the League."))
        Session.objects.filter(pk=row.pk).update(no_attendance=False)
        return _move(row, "reopen", by=by, now=now, note=text)


def seal(sessions: Sequence[Session], *, by: Acting, now: datetime) -> None:
    """Make the attendance of closed sessions final, in the transaction that confirms their order."""
    with transaction.atomic():
        for row in lock_all(Session, [session.pk for session in sessions]):
            if row.sealed_at is None:
                Session.objects.filter(pk=row.pk).update(sealed_at=now)
                record(SessionHistory, by, verb="seal", before=row.status, after=row.status, session=row, at=now)


@waiting.settled
def change_capacity(
    session: Session,
    *,
    capacity: int,
    by: Acting,
    now: datetime,
    reserved: int | None = None,
    seen: int | None = None,
) -> Session:
    """Set how many places there are. Fewer than are taken drops nobody; more go to those who wait.

    No more stay kept for the area, or for first-timers, than there are.

    ``seen`` is the number that the person's page showed.

    Raises:
        BadPlaces: less than one place, more than the programme or the venue holds, or more reserved than there are.
        AlreadyMoved: the session is closed or cancelled.
        PlacesChanged: somebody else set another number meanwhile.
    """
    with transaction.atomic():
        row = lock(Session, session.pk)
        if seen is not None and row.capacity not in (seen, capacity):
            words = {"count": row.capacity}
            raise PlacesChanged(_("Somebody set it to %(count)d places meanwhile. Look at it again.") % words)
        keep = min(row.reserved, capacity) if reserved is None else reserved
        if capacity < 1 or not 0 <= keep <= capacity:
            raise scheduling.BadPlaces(
                _("A session needs at least one place, and at most as many reserved ones."), field="capacity"
            )
        if row.status != Status.SCHEDULED:
            raise AlreadyMoved(_("The session takes no sign-ups any more."))
        if (row.capacity, row.reserved) == (capacity, keep):
            return row
        _require_fitting(row, capacity)
        note = f"{row.capacity} → {capacity}"
        row.capacity, row.reserved, row.ceiling = capacity, keep, max(capacity, row.taken)
        row.first_timers = min(row.first_timers, capacity)
        row.save(update_fields=["capacity", "reserved", "first_timers", "ceiling"])
        record(SessionHistory, by, verb="change_capacity", note=note, session=row, at=now)
        waiting.fill_locked(row, now=now, by=by)
        cards.refresh(row.version.programme_id, now=now)
    row.refresh_from_db()
    return row


def _require_fitting(session: Session, capacity: int) -> None:
    """Raise if a larger number than now is more than the programme takes, or than the room holds."""
    most, sentence = session.version.max_group, _("The programme takes at most %(count)d children.")
    if session.venue is not None and session.venue.capacity < most:
        most, sentence = session.venue.capacity, _("The venue holds at most %(count)d people.")
    if session.capacity < capacity > most:
        raise scheduling.BadPlaces(sentence % {"count": most}, field="capacity")


@waiting.settled
def reschedule(
    session: Session,
    *,
    starts_at: datetime,
    ends_at: datetime,
    venue: Venue | None,
    address: str,
    by: Acting,
    now: datetime,
) -> Session:
    """Move a session to another time or place. Sign-ups are kept, told, and free to leave; crew and venue go along.

    Sign-up closes as long before the new start as before the old one. A child whose other place is now at the same
    time keeps both until the family chooses: the move, made by a named person, is on record.

    Raises:
        BadTimes: the new time lies in the past or ends before it starts.
        VenueTaken, CrewTaken, NotCleared: the new time does not suit the venue or the crew.
        Begun, AlreadyMoved: it has begun, or is closed or cancelled.
        CrewChanged: the crew was changed in that same moment.
    """
    scheduling.require_future(starts_at, ends_at, now)
    with transaction.atomic():
        crew = _crew_of(session)
        _book_anew(session, crew, starts_at=starts_at, ends_at=ends_at, venue=venue)
        row = lock(Session, session.pk)
        if [one.pk for one in crew] != [one.pk for one in _crew_of(row)]:
            raise CrewChanged(_("The crew was changed meanwhile. Look at it again, then move the session."))
        if row.status != Status.SCHEDULED:
            raise _already(row)
        if now >= row.starts_at:
            raise Begun(_("The session has begun. It cannot be moved any more."))
        was, note = row.starts_at, f"{row.starts_at.isoformat()} → {starts_at.isoformat()}"
        _set_time(row, starts_at, ends_at)
        row.venue, row.address, row.sequence = venue, address or (venue.address if venue else ""), row.sequence + 1
        row.save()
        _carry_along(row)
        marks.void(SignUp.objects.confirmed().filter(session=row), by=by, now=now)  # excused on the old date
        record(SessionHistory, by, verb="reschedule", note=note, session=row, at=now)
        _tell_of_move(row, was, now)
        session_moved.send(Session, session=row, by=by, now=now, was_at=was)
        crew_named.send(CrewAssignment, rows=_crew_of(row))
        waiting.fill_locked(row, now=now, by=by)
        cards.refresh(row.version.programme_id, now=now)
    row.refresh_from_db()
    return row


def _crew_of(session: Session) -> list[CrewAssignment]:
    rows = CrewAssignment.objects.active().filter(session=session).select_related("membership__user")
    return list(rows.order_by("pk"))


def _book_anew(
    session: Session, crew: Sequence[CrewAssignment], *, starts_at: datetime, ends_at: datetime, venue: Venue | None
) -> None:
    """Lock venue and crew, refuse clashes, and ask the gate for the new date."""
    members = [row.membership_id for row in crew]
    lock_all(Venue, [venue.pk] if venue else [])
    lock_all(Membership, members)
    found = clashes(
        venue_id=venue.pk if venue else None,
        membership_ids=members,
        starts_at=starts_at,
        ends_at=ends_at,
        exclude_session=session,
    )
    refuse_clashes(found)
    clearance.require_workers([row.membership.user for row in crew], today(starts_at))


def _set_time(row: Session, starts_at: datetime, ends_at: datetime) -> None:
    """Put the new times on the row; what was counted back from the old start is counted back from the new one."""
    shift = starts_at - row.starts_at
    row.closes_at = min(starts_at, row.closes_at + shift)
    row.opens_at = min(row.opens_at, row.closes_at)
    row.opens_to_all_at += shift
    row.starts_at, row.ends_at = starts_at, ends_at


def _carry_along(row: Session) -> None:
    """Give sign-ups and crew the session's new time; where that makes two places overlap, mark it as the move's.

    No offer outlives the new closing.
    """
    SignUp.objects.offered().filter(session=row, offered_until__gt=row.closes_at).update(offered_until=row.closes_at)
    SignUp.objects.active().filter(session=row).update(starts_at=row.starts_at, ends_at=row.ends_at, may_overlap=False)
    CrewAssignment.objects.active().filter(session=row).update(starts_at=row.starts_at, ends_at=row.ends_at)
    other = SignUp.objects.holding().filter(starts_at__lt=row.ends_at, ends_at__gt=row.starts_at).exclude(session=row)
    here = SignUp.objects.holding().filter(session=row)
    here.filter(child__in=other.values("child")).update(may_overlap=True)


def _tell_of_move(row: Session, was: datetime, now: datetime) -> None:
    to = messages.concerned(SignUp.objects.active().filter(session=row), now)
    cause, urgent = f"session_moved:{row.pk}:{row.sequence}", messages.is_soon(row, now)
    messages.tell_concerned(to, kind="session_moved", cause=cause, session=row, now=now, urgent=urgent, was_at=was)
    messages.tell_crew(row, "crew_session_moved", cause=f"crew:{cause}", now=now, urgent=urgent, was_at=was)


def close_overdue(now: datetime) -> int:
    """Close what nobody closed within 72 hours after its end. Return how many."""
    over = Session.objects.scheduled().filter(ends_at__lte=now - CLOCK_CLOSES_AFTER_END).order_by("pk")
    rows = list(over)
    for row in rows:
        close(row, by=clock("activities.sweep"), now=now)
    return len(rows)
