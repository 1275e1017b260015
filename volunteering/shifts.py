"""Shifts: opened by the provider for a session, changed, and ended with it."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from activities.models import Session
from core.errors import DomainError
from core.locking import lock, lock_all
from core.time import today
from organisations.acting import Acting, record
from organisations.models import Membership
from volunteering import assignments
from volunteering.models import Shift, ShiftHistory
from volunteering.policies import ORGANISERS

AROUND_SESSION = timedelta(hours=4)


class BadShift(DomainError):
    """The shift cannot be opened or changed like this."""


def open_shift(
    session: Session,
    *,
    title: str,
    places: int,
    reports_to: Membership,
    by: Acting,
    now: datetime,
    title_en: str = "",
    skills: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    is_risky: bool = False,
    insurance_number: str = "",
    submission_id: uuid.UUID | None = None,
) -> Shift:
    """Open a job for volunteers in a session. A second call with the same ``submission_id`` finds the first's shift.

    Raises:
        BadShift: the session is over or cancelled, the times lie elsewhere, nobody can be reported to, or no place.
    """
    starts, ends = starts_at or session.starts_at, ends_at or session.ends_at
    number = submission_id or uuid.uuid4()
    known = Shift.objects.filter(submission_id=number).first()
    if known:
        return known
    if places < 1:
        raise BadShift(_("A shift has at least one place."), field="places")
    _check_times(session, starts, ends, now)
    _check_lead(session, reports_to)
    values = {
        "session": session,
        "title": title,
        "title_en": title_en,
        "places": places,
        "skills": skills,
        "reports_to": reports_to,
        "starts_at": starts,
        "ends_at": ends,
        "is_risky": is_risky,
        "insurance_number": insurance_number,
    }
    with transaction.atomic():
        shift, is_new = Shift.objects.get_or_create(submission_id=number, defaults=values)
        if is_new:
            record(ShiftHistory, by, verb="open", after=Shift.Status.OPEN, note=str(places), shift=shift, at=now)
    return shift


def _check_times(session: Session, starts: datetime, ends: datetime, now: datetime) -> None:
    if session.status != Session.Status.SCHEDULED or starts <= now:
        raise BadShift(_("This session is over, or it was cancelled."))
    if ends <= starts or starts < session.starts_at - AROUND_SESSION or ends > session.ends_at + AROUND_SESSION:
        raise BadShift(_("A shift lies around its session, at most four hours before or after."), field="starts_at")


def _check_lead(session: Session, reports_to: Membership) -> None:
    leads = Membership.objects.current(today(session.starts_at)).with_role(*ORGANISERS)
    if not leads.filter(pk=reports_to.pk, organisation_id=session.provider_id).exists():
        raise BadShift(_("Volunteers report to a social worker of the organisation."), field="reports_to")


def change_shift(
    shift: Shift,
    *,
    places: int,
    reports_to: Membership,
    insurance_number: str,
    skills: str,
    by: Acting,
    now: datetime,
) -> Shift:
    """Change what may change while people are in it: nobody who has a place loses it; new places go to who waits.

    Raises:
        BadShift: the shift is over, or there would be fewer places than people in them.
    """
    _check_lead(shift.session, reports_to)
    with transaction.atomic():
        current = lock(Shift, shift.pk)
        if not current.is_open(now):
            raise BadShift(_("This shift is over, or it was cancelled."))
        if places < max(1, current.taken):
            raise BadShift(
                _("%(taken)s people have a place already; there cannot be fewer places.") % {"taken": current.taken},
                field="places",
            )
        before = str(current.places)
        current.places, current.reports_to, current.skills = places, reports_to, skills
        current.insurance_number = insurance_number
        current.save(update_fields=["places", "reports_to", "skills", "insurance_number", "changed_at"])
        record(ShiftHistory, by, verb="change", before=before, after=str(places), shift=current, at=now)
        assignments.fill(current, by=by, now=now)
    return current


def cancel_shift(shift: Shift, *, by: Acting, now: datetime, reason: str) -> Shift:
    """Cancel a shift; everybody in it or waiting is told. Twice is the same as once.

    Raises:
        BadShift: it has begun.
    """
    with transaction.atomic():
        current = lock(Shift, shift.pk)
        if current.status == Shift.Status.CANCELLED:
            return current
        if current.starts_at <= now:
            raise BadShift(_("This shift has begun; it cannot be cancelled any more."))
        _end(current, by, now, reason)
    return current


def end_with_session(session: Session, *, by: Acting, now: datetime) -> None:
    """Cancel the shifts of a session that was cancelled, in its transaction."""
    rows = session.shifts.filter(status=Shift.Status.OPEN).values_list("pk", flat=True)
    for shift in lock_all(Shift, rows):
        _end(shift, by, now, "session cancelled")


def _end(shift: Shift, by: Acting, now: datetime, reason: str) -> None:
    shift.status = Shift.Status.CANCELLED
    shift.save(update_fields=["status", "changed_at"])
    record(
        ShiftHistory,
        by,
        verb="cancel",
        before=Shift.Status.OPEN,
        after=Shift.Status.CANCELLED,
        note=reason,
        shift=shift,
        at=now,
    )
    assignments.cancel_all(shift, by=by, now=now)
