"""Who does a shift: join, wait, withdraw, check in. Every way into a shift passes the gate."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, DateTimeField, F
from django.utils.translation import gettext as _

from activities.models import CrewAssignment, Session
from activities.scheduling import CrewTaken
from core.errors import DomainError
from core.formats import period_text
from core.locking import lock, lock_all, retried
from core.prepared import Prepared
from core.time import today
from organisations.acting import Acting, record
from organisations.models import Membership
from safeguarding import clearance
from users.models import User
from volunteering import messages, supervision
from volunteering.models import Assignment, AssignmentHistory, Shift

NOTICE = timedelta(hours=24)
CHECK_IN_FROM = timedelta(hours=2)

_S = Assignment.Status


class ShiftClosed(DomainError):
    """The shift has begun, is over, or was cancelled."""


class InsuranceMissing(DomainError):
    """The work is risky and no insurance covers it yet."""


class Overlapping(DomainError):
    """The person is somewhere else at that time."""


class ReasonMissing(DomainError):
    """Who withdraws late says why."""


class NotPresent(DomainError):
    """Attendance cannot be recorded now."""


@retried
def join(shift_id: int, *, by: Acting, now: datetime, emergency_contact: str, submission_id: uuid.UUID) -> Assignment:
    """Take a place in a shift for oneself, or a place at the end of its waiting list.

    A second call with the same ``submission_id``, or by somebody who is in the shift already, finds the first's.

    Raises:
        ShiftClosed, InsuranceMissing, Overlapping: as named.
        NotCleared: the person may not be with children on that day.
    """
    user = by.user
    if user is None:
        raise ShiftClosed(_("Only a person can take a shift."))
    known = _known(shift_id, user, submission_id)
    if known:
        return known
    try:
        with transaction.atomic():
            return _join(shift_id, user=user, by=by, now=now, contact=emergency_contact, submission_id=submission_id)
    except IntegrityError:
        known = _known(shift_id, user, submission_id)
        if known:
            return known
        raise _overlapping() from None


def _known(shift_id: int, user: User, submission_id: uuid.UUID) -> Assignment | None:
    mine = Assignment.objects.filter(user=user)
    return mine.filter(submission_id=submission_id).first() or mine.active().filter(shift_id=shift_id).first()


def _join(
    shift_id: int, *, user: User, by: Acting, now: datetime, contact: str, submission_id: uuid.UUID
) -> Assignment:
    lock_all(Membership, user.memberships.values_list("pk", flat=True))  # or they are named for a crew meanwhile
    shift = lock(Shift, shift_id)
    if not shift.is_open(now) or shift.session.status != Session.Status.SCHEDULED:
        raise ShiftClosed(_("This shift is over, or it was cancelled."))
    if shift.lacks_insurance:
        raise InsuranceMissing(_("This work is risky. You can join once the organisation has named an insurance."))
    clearance.require_worker(user, today(shift.starts_at))
    if is_busy(user, shift):
        raise _overlapping()
    shift.join_counter += 1
    shift.save(update_fields=["join_counter"])
    assignment = Assignment.objects.create(
        shift=shift,
        user=user,
        status=_S.CONFIRMED,
        join_seq=shift.join_counter,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        emergency_contact=contact,
        created_at=now,
        submission_id=submission_id,
    )
    if not claim(shift.pk):
        assignment.status = _S.WAITING
        assignment.save(update_fields=["status"])
    record(AssignmentHistory, by, verb="join", after=assignment.status, assignment=assignment, at=now)
    kind = "shift_confirmed" if assignment.status == _S.CONFIRMED else "shift_waiting"
    messages.tell_volunteer(assignment, kind, now=now)
    return assignment


def claim(shift_id: int) -> bool:
    """Take one place: this statement alone decides who gets the last one."""
    rows = Shift.objects.filter(pk=shift_id, status=Shift.Status.OPEN, taken__lt=F("places"))
    return rows.update(taken=F("taken") + 1) == 1


def is_busy(user: User, shift: Shift) -> bool:
    """Tell whether the person has another shift, or runs a session, at that time."""
    elsewhere = Assignment.objects.confirmed().filter(user=user).exclude(shift=shift)
    if elsewhere.overlapping(shift.starts_at, shift.ends_at).exists():
        return True
    crew = CrewAssignment.objects.active().filter(user=user)
    return crew.filter(starts_at__lt=shift.ends_at, ends_at__gt=shift.starts_at).exists()


_HELPING = Prepared(
    lambda people, start, end: (
        Assignment.objects.confirmed()
        .filter(user__pk__in=people)
        .overlapping(start, end)
        .select_related("user")
        .order_by("starts_at", "pk")
    ),
    people=BigIntegerField(),
    start=DateTimeField(),
    end=DateTimeField(),
)


def refuse_double_duty(crew: Iterable[CrewAssignment]) -> None:
    """Pass if nobody of the crew has a place in a shift at that time. One query.

    Raises:
        CrewTaken: somebody has.
    """
    rows = list(crew)
    if not rows:
        return
    people = sorted({row.user_id for row in rows})
    start, end = min(row.starts_at for row in rows), max(row.ends_at for row in rows)
    for place in _HELPING.rows(people=people, start=start, end=end):
        for row in rows:
            if row.user_id == place.user_id and row.starts_at < place.ends_at and row.ends_at > place.starts_at:
                words = {"name": place.user, "when": period_text(place.starts_at, place.ends_at)}
                raise CrewTaken(
                    _("%(name)s helps in a shift %(when)s. They give it back first, or choose somebody else.") % words,
                    field="crew",
                )


def _overlapping() -> Overlapping:
    return Overlapping(_("You are in another shift or session at that time. Withdraw there first, or choose another."))


def position(assignment: Assignment) -> int:
    """Return the place on the waiting list, counted from 1."""
    ahead = Assignment.objects.waiting().filter(shift_id=assignment.shift_id, join_seq__lt=assignment.join_seq)
    return ahead.count() + 1


@retried
def withdraw(assignment: Assignment, *, by: Acting, now: datetime, reason: str = "") -> Assignment:
    """Give a place back until the shift begins; the next who waits and can come gets it. Twice is once.

    Raises:
        ShiftClosed: the shift has begun.
        ReasonMissing: it begins within 24 hours, and the person on duty needs to know why.
    """
    with transaction.atomic():
        shift, current = _locked(assignment)
        if current.status == _S.CANCELLED:
            return current
        if shift.starts_at <= now:
            raise ShiftClosed(_("The shift has begun. Please call the person you report to."))
        held = current.status == _S.CONFIRMED
        if held and shift.starts_at - now < NOTICE and not reason.strip():
            raise ReasonMissing(
                _("The shift begins within 24 hours. Please say why, so that a replacement can be found."),
                field="reason",
            )
        _cancel(current, shift, by=by, now=now, verb="withdraw", reason=reason)
        if held:
            messages.tell_lead(current, "shift_withdrawn", now=now)
            fill(shift, by=by, now=now)
    return current


def remove(assignment: Assignment, *, by: Acting, now: datetime, reason: str = "not cleared") -> Assignment:
    """Take somebody out who may or can no longer come; they and the session's lead are told at once.

    Who was checked in keeps the time served: it ends now.
    """
    with transaction.atomic():
        shift, current = _locked(assignment)
        if current.status == _S.CANCELLED or current.checked_out_at:
            return current
        held, is_there = current.status == _S.CONFIRMED, current.checked_in_at is not None
        if is_there:
            _check_out(current, by=by, now=now, verb="send_home")
            supervision.recheck(shift.session_id, by=by, now=now)
        else:
            _cancel(current, shift, by=by, now=now, verb="remove", reason=reason)
        messages.tell_volunteer(current, "shift_removed", now=now, urgent=True)
        if held:
            leads = User.objects.filter(crew__session=shift.session_id, crew__is_lead=True, crew__removed_at=None)
            messages.tell_lead(current, "shift_lost_volunteer", now=now, to=leads, is_there=is_there)
            fill(shift, by=by, now=now)
    return current


def cancel_all(shift: Shift, *, by: Acting, now: datetime) -> None:
    """End every place in a shift that was cancelled, in its transaction, and tell everybody."""
    rows = shift.assignments.active().select_related("user").order_by("join_seq")
    for assignment in rows:
        assignment.shift = shift
        _cancel(assignment, shift, by=by, now=now, verb="cancel", reason="shift cancelled")
        messages.tell_volunteer(assignment, "shift_cancelled", now=now, urgent=messages.is_soon(shift, now))


def _locked(assignment: Assignment) -> tuple[Shift, Assignment]:
    """Return the shift, locked, and its assignment as it stands now."""
    shift = lock(Shift, assignment.shift_id)
    current = Assignment.objects.select_related("user").get(pk=assignment.pk)
    current.shift = shift
    return shift, current


def _cancel(assignment: Assignment, shift: Shift, *, by: Acting, now: datetime, verb: str, reason: str) -> None:
    before, assignment.status, assignment.reason = assignment.status, _S.CANCELLED, reason[:200]
    assignment.save(update_fields=["status", "reason"])
    if before == _S.CONFIRMED:
        Shift.objects.filter(pk=shift.pk).update(taken=F("taken") - 1)
        shift.taken -= 1
    record(AssignmentHistory, by, verb=verb, before=before, after=_S.CANCELLED, assignment=assignment, at=now)
    if before == _S.CONFIRMED:
        supervision.recheck(shift.session_id, by=by, now=now)


def fill(shift: Shift, *, by: Acting, now: datetime) -> None:
    """Give free places of a locked shift to who waits, in their order; who cannot come now keeps their rank."""
    if not shift.is_open(now) or shift.lacks_insurance or shift.free <= 0:
        return
    rows = list(shift.assignments.waiting().select_related("user"))
    cleared = clearance.of_workers([row.user for row in rows], today(shift.starts_at))
    for row in rows:
        if cleared[row.user_id].ok and not is_busy(row.user, shift):
            row.shift = shift
            if not _promote(row, by, now):
                return


def _promote(assignment: Assignment, by: Acting, now: datetime) -> bool:
    """Confirm one who waits; say whether there was a place. An overlap that came up meanwhile passes them over."""
    try:
        with transaction.atomic():
            assignment.status = _S.CONFIRMED
            assignment.save(update_fields=["status"])
            if not claim(assignment.shift_id):
                transaction.set_rollback(True)
                return False
    except IntegrityError:
        return True
    assignment.shift.taken += 1
    record(AssignmentHistory, by, verb="promote", before=_S.WAITING, after=_S.CONFIRMED, assignment=assignment, at=now)
    messages.tell_volunteer(assignment, "shift_promoted", now=now, urgent=messages.is_soon(assignment.shift, now))
    return True


def check_in(assignment: Assignment, *, by: Acting, now: datetime) -> Assignment:
    """Record that a volunteer is there, from two hours before the shift on. Twice is once.

    Raises:
        NotPresent: it is too early, the shift was cancelled, or the volunteer has no place.
        NotCleared: the volunteer may not be with children today.
    """
    with transaction.atomic():
        shift, current = _locked(assignment)
        if current.status != _S.CONFIRMED or shift.session.status == Session.Status.CANCELLED:
            raise NotPresent(_("This volunteer has no place in the shift."))
        if current.checked_in_at:
            return current
        if now < shift.starts_at - CHECK_IN_FROM:
            raise NotPresent(_("Check-in opens two hours before the shift."))
        clearance.require_worker(current.user, today(shift.starts_at))
        current.checked_in_at = now
        current.save(update_fields=["checked_in_at"])
        record(AssignmentHistory, by, verb="check_in", assignment=current, at=now)
    return current


def check_out(assignment: Assignment, *, by: Acting, now: datetime) -> Assignment:
    """Record that a volunteer has left. Twice is once.

    Raises:
        NotPresent: the volunteer was not checked in.
    """
    with transaction.atomic():
        _shift, current = _locked(assignment)
        if current.checked_in_at is None or now < current.checked_in_at:
            raise NotPresent(_("This volunteer was not checked in."))
        if current.checked_out_at is None:
            _check_out(current, by=by, now=now, verb="check_out")
    return current


def _check_out(assignment: Assignment, *, by: Acting, now: datetime, verb: str) -> None:
    assert assignment.checked_in_at is not None
    assignment.checked_out_at = max(now, assignment.checked_in_at)
    assignment.save(update_fields=["checked_out_at"])
    record(AssignmentHistory, by, verb=verb, assignment=assignment, at=now)


def undo_check_in(assignment: Assignment, *, by: Acting, now: datetime) -> Assignment:
    """Take a mistaken check-in back while the session is not closed.

    Raises:
        NotPresent: the session is closed.
    """
    with transaction.atomic():
        shift, current = _locked(assignment)
        if shift.session.status == Session.Status.CLOSED:
            raise NotPresent(_("The session is closed. Attendance can be corrected by the coordinator."))
        if current.checked_in_at:
            current.checked_in_at = current.checked_out_at = None
            current.save(update_fields=["checked_in_at", "checked_out_at"])
            record(AssignmentHistory, by, verb="undo_check_in", assignment=current, at=now)
    return current
