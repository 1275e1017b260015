"""Writing what is marked about a child's attendance, with its history."""

from collections.abc import Iterable
from datetime import datetime

from activities import cards
from activities.models import Attendance, AttendanceHistory, SignUp
from organisations.acting import Acting, record

Status = Attendance.Status


def write(attendance: Attendance, status: str, *, before: str, verb: str, by: Acting, now: datetime) -> None:
    """Write a mark and its history; the reviews that rest on it are counted anew. Who was not there was not fetched."""
    attendance.status, attendance.at, attendance.by_user = Status(status), now, by.user
    if status != Status.PRESENT:
        attendance.forget_hand_over()
    attendance.save(update_fields=["status", "at", "by_user", *Attendance.HAND_OVER])
    record(AttendanceHistory, by, verb=verb, before=before, after=status, attendance=attendance, at=now)
    if attendance.sign_up.reviews.exists():
        cards.refresh_rating(attendance.sign_up.session.version.programme_id)


def void(rows: Iterable[SignUp], *, by: Acting, now: datetime) -> None:
    """Take back what was marked about sign-ups that end: who holds no place is neither present nor excused."""
    marked = Attendance.objects.filter(sign_up__in=[row.pk for row in rows]).exclude(status=Status.VOIDED)
    for attendance in marked.select_related("sign_up").order_by("pk"):
        write(attendance, Status.VOIDED, before=attendance.status, verb="void", by=by, now=now)
