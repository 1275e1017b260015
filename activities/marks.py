"""Writing what is marked about a child's attendance, with its history."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from activities import cards
from activities.models import Attendance, AttendanceHistory, Session, SignUp
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


def absent_rest(session: Session, *, verb: str, by: Acting, now: datetime) -> int:
    """Mark the confirmed children as absent about whom nothing was said; return how many. The session is locked."""
    said = ~Q(attendance__status=Status.VOIDED) & Q(attendance__isnull=False)
    rows = list(SignUp.objects.confirmed().filter(session=session).exclude(said).select_related("attendance"))
    undone = [row.attendance for row in rows if hasattr(row, "attendance")]
    Attendance.objects.filter(pk__in=[one.pk for one in undone]).update(status=Status.ABSENT, at=now, by_user=by.user)
    fresh = [
        Attendance(sign_up=row, status=Status.ABSENT, at=now, by_user=by.user)
        for row in rows
        if not hasattr(row, "attendance")
    ]
    made = Attendance.objects.bulk_create(fresh, batch_size=500)
    told = [(one, Status.VOIDED.value) for one in undone] + [(one, "") for one in made]
    actor = by.history()
    AttendanceHistory.objects.bulk_create(
        [
            AttendanceHistory(attendance=one, verb=verb, before=before, after=Status.ABSENT, at=now, **actor)
            for one, before in told
        ],
        batch_size=500,
    )
    return len(told)
