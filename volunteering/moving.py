"""Shifts go along when their session is moved: with whoever may and can come at the new time."""

from datetime import datetime, timedelta

from activities.models import Session
from core.locking import lock_all
from core.time import today
from organisations.acting import Acting, record
from safeguarding import clearance
from volunteering import assignments, messages
from volunteering.models import Assignment, Shift, ShiftHistory
from volunteering.shifts import AROUND_SESSION


def move_with_session(session: Session, *, was_at: datetime, by: Acting, now: datetime) -> None:
    """Move the open shifts of a session by as much as the session was moved, in its transaction.

    Whoever is not cleared on the new date, or is elsewhere at the new time, gives the place to who waits; everybody
    else keeps it, is told, and is free to withdraw.
    """
    rows = session.shifts.filter(status=Shift.Status.OPEN).values_list("pk", flat=True)
    for shift in lock_all(Shift, rows):
        shift.session = session
        _move(shift, session.starts_at - was_at, by=by, now=now)


def _move(shift: Shift, delta: timedelta, *, by: Acting, now: datetime) -> None:
    was = shift.starts_at
    shift.starts_at = was + delta
    latest = shift.session.ends_at + AROUND_SESSION
    shift.ends_at = max(min(shift.ends_at + delta, latest), shift.starts_at + timedelta(minutes=1))
    shift.save(update_fields=["starts_at", "ends_at", "changed_at"])
    note = f"{was.isoformat()} → {shift.starts_at.isoformat()}"
    record(ShiftHistory, by, verb="move", note=note, shift=shift, at=now)
    people = list(shift.assignments.active().select_related("user").order_by("join_seq"))
    cleared = clearance.of_workers([row.user_id for row in people], today(shift.starts_at))
    stay = [row for row in people if cleared[row.user_id].ok and not assignments.is_busy(row.user, shift)]
    leave = [row for row in people if row not in stay]
    Assignment.objects.filter(pk__in=[row.pk for row in stay]).update(starts_at=shift.starts_at, ends_at=shift.ends_at)
    urgent = messages.is_soon(shift, now)
    for row in stay:
        row.shift = shift
        messages.tell_volunteer(row, "shift_moved", now=now, urgent=urgent, event=shift.starts_at.isoformat())
    for row in leave:
        reason = "elsewhere at the new time" if cleared[row.user_id].ok else "not cleared"
        assignments.remove(row, by=by, now=now, reason=reason)
