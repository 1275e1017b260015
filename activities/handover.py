"""Handing children under ten over to who fetches them, where the programme asks for it.

Who fetched a child stands on the attendance only; history says no more than that the child was handed over.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activities.checkin import require_open_list
from activities.models import Attendance, AttendanceHistory, Session, SignUp
from core.errors import DomainError, StaleState
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting, record
from people.models import Child, Guardian
from people.queries import guardians_of

AGE = 10
PRESENT = Attendance.Status.PRESENT


class NotDue(DomainError):
    """The child may go home alone: the programme or the child's age asks for nobody."""


class NotHere(DomainError):
    """The child was not checked in."""


class NobodyNamed(DomainError):
    """It is not said who fetches the child."""


class NoGuardian(DomainError):
    """The person does not answer for the child any more."""


class HandedOver(StaleState):
    """The child was handed over to somebody else already."""


def is_due(session: Session, child: Child) -> bool:
    """Tell whether the child is handed over to somebody after this session."""
    return session.version.checks_pickup and child.age(today(session.starts_at)) < AGE


def still_here(session: Session) -> Sequence[SignUp]:
    """Return the children who were checked in and whom nobody has fetched yet, as far as that is written down."""
    if not session.version.checks_pickup:
        return []
    rows = SignUp.objects.filter(session=session, attendance__status=PRESENT, attendance__checked_out_at=None)
    return [row for row in rows.select_related("child").order_by("pk") if is_due(session, row.child)]


def attendance_of(sign_up: SignUp) -> Attendance:
    """Return the attendance of a child that is here.

    Raises:
        NotHere: the child is not checked in.
    """
    attendance = Attendance.objects.filter(sign_up=sign_up, status=PRESENT).select_related("sign_up__child").first()
    if attendance is None:
        raise NotHere(_("This child is not checked in. Check it in first."))
    return attendance


def _attendance(sign_up: SignUp, now: datetime) -> Attendance:
    """Return the attendance of a child that is here, with the session locked."""
    require_open_list(lock(Session, sign_up.session_id), now)
    return attendance_of(sign_up)


@retried
def hand_over(sign_up: SignUp, to: Guardian | str, *, by: Acting, now: datetime) -> Attendance:
    """Write down who fetched a child: a guardian, or the name of whom the family named. Twice is the same as once.

    Raises:
        SessionOver, OutsideWindow: the list is closed.
        NotDue: nobody asks who fetches this child.
        NotHere: the child is not checked in.
        NobodyNamed, NoGuardian: it is not said to whom, or they do not answer for the child.
        HandedOver: somebody else has fetched the child.
    """
    guardian, name = (to, "") if isinstance(to, Guardian) else (None, to.strip())
    if guardian is None and not name:
        raise NobodyNamed(_("Say who fetches the child."))
    with transaction.atomic():
        attendance = _attendance(sign_up, now)
        child = attendance.sign_up.child
        if not is_due(sign_up.session, child):
            raise NotDue(_("Nobody has to fetch this child."))
        if guardian is not None and guardian not in guardians_of(child, today(now)):
            raise NoGuardian(_("This person does not answer for the child any more."))
        if attendance.checked_out_at is not None:
            if (attendance.collected_by_guardian, attendance.collected_by) == (guardian, name):
                return attendance
            raise HandedOver(_("The child was handed over already. Look at the list again."))
        attendance.checked_out_at, attendance.checked_out_by = now, by.user
        attendance.collected_by_guardian, attendance.collected_by = guardian, name
        attendance.save(update_fields=Attendance.HAND_OVER)
        _record(attendance, "hand_over", by, now)
    return attendance


@retried
def take_back(sign_up: SignUp, *, by: Acting, now: datetime) -> Attendance:
    """Take back that a child was handed over; who was named is forgotten. Twice is the same as once.

    Raises:
        SessionOver, OutsideWindow: the list is closed.
        NotHere: the child is not checked in.
    """
    with transaction.atomic():
        attendance = _attendance(sign_up, now)
        if attendance.checked_out_at is not None:
            attendance.forget_hand_over()
            attendance.save(update_fields=Attendance.HAND_OVER)
            _record(attendance, "undo_hand_over", by, now)
    return attendance


def _record(attendance: Attendance, verb: str, by: Acting, now: datetime) -> None:
    record(AttendanceHistory, by, verb=verb, before=PRESENT, after=PRESENT, attendance=attendance, at=now)
