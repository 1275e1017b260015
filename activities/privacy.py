"""What sessions, sign-ups, attendance and reviews hold of people."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from activities import signups
from activities.models import (
    Announcement,
    Attendance,
    AttendanceHistory,
    CrewAssignment,
    NoShowRule,
    Objection,
    ObjectionHistory,
    Party,
    Review,
    ReviewHistory,
    ReviewInvitation,
    RosterAccess,
    Session,
    SessionHistory,
    SignUp,
    SignUpHistory,
    UploadedMark,
)
from core.privacy import (
    A_QUARTER,
    A_YEAR_IDLE,
    COORDINATORS,
    ERASED,
    EVERYBODY,
    FAMILY_AND_STAFF,
    NOBODY,
    ONESELF_AND_COLLEAGUES,
    THE_BOOKS,
    THREE_YEARS,
    Person,
    Personal,
    Record,
    Whom,
)
from organisations.acting import clock
from safeguarding.models import HealthNote

_PLACE = Personal(
    Whom.CHILD,
    _("Sign-ups, places and attendance"),
    _("to keep a place, and to prove that activities were held"),
    THE_BOOKS,
    FAMILY_AND_STAFF,
)
_FETCHED = Personal(
    Whom.GUARDIAN, _("Who fetched the child"), _("to prove with whom a child went home"), A_QUARTER, FAMILY_AND_STAFF
)
_LOOKED = Personal(
    Whom.WORKER,
    _("Who looked at a list of names, when and what for"),
    _("so that families see who looked at a list of names, and why"),
    THREE_YEARS,
    _("the families on the list, and the auditors"),
)
_TAPPED = Personal(
    Whom.CHILD,
    _("Marks that a phone at the door kept and sent"),
    _("so that a mark that is sent twice counts once"),
    A_QUARTER,
    NOBODY,
)
_OBJECTION = Personal(
    Whom.CHILD,
    _("Objections to a mark, and the answer"),
    _("to correct a wrong mark"),
    THE_BOOKS,
    _("the family, the provider and the League"),
)
_REVIEW = Personal(
    Whom.CHILD,
    _("Marks and comments"),
    _("so that good programmes are found; shown under a pseudonym"),
    THE_BOOKS,
    EVERYBODY,
)
_INVITED = Personal(
    Whom.ACCOUNT, _("Invitations to rate"), _("to ask somebody from society to rate"), THE_BOOKS, ONESELF_AND_COLLEAGUES
)
_ON_DUTY = Personal(
    Whom.WORKER, _("Who was on duty"), _("to know who was with the children"), THE_BOOKS, ONESELF_AND_COLLEAGUES
)
_CALLED = Personal(
    Whom.WORKER,
    _("Phone on the day of an activity"),
    _("so that families can call on the day"),
    THE_BOOKS,
    COORDINATORS,
)
SOME = 1_000  # rows forgotten in one transaction
RECORDS = {
    Session: Record(fields={"contact_phone": _CALLED}, plain="address"),
    SessionHistory: Record(),
    CrewAssignment: Record(about=_ON_DUTY, of={"user": "user"}),
    Announcement: Record(plain="text"),
    Party: Record(about=_PLACE),
    SignUp: Record(about=_PLACE, of={"child": "child"}),
    SignUpHistory: Record(),
    Attendance: Record(
        about=_PLACE,
        of={"child": "sign_up__child"},
        fields=dict.fromkeys(("collected_by", "collected_by_guardian"), _FETCHED),
    ),
    AttendanceHistory: Record(),
    UploadedMark: Record(about=_TAPPED),
    RosterAccess: Record(about=_LOOKED, of={"user": "viewer"}),
    NoShowRule: Record(),
    Objection: Record(about=_OBJECTION, of={"child": "attendance__sign_up__child"}),
    ObjectionHistory: Record(),
    ReviewInvitation: Record(about=_INVITED),
    Review: Record(about=_REVIEW, of={"user": "author"}, plain="reply hidden_reason"),
    ReviewHistory: Record(),
}


def erase(person: Person, now: datetime) -> None:
    """Give back what the children still hold, and forget every word that the family wrote or that names somebody."""
    coming = SignUp.objects.active().filter(child__in=person.children, session__starts_at__gt=now)
    for sign_up in coming.order_by("session_id", "pk"):
        signups.cancel(sign_up, by=clock("privacy.erase"), now=now)
    _forget_who_fetched(Attendance.objects.filter(sign_up__child__in=person.children))
    SignUp.objects.filter(child__in=person.children).update(reason="")
    for row in Objection.objects.filter(attendance__sign_up__child__in=person.children):
        row.reason, row.answer = ERASED, row.answer and ERASED
        row.save(update_fields=["reason", "answer"])
    written = Q(sign_up__child__in=person.children)
    if person.user is not None:
        written |= Q(author=person.user)
    Review.objects.filter(written).update(text="", reply="")


def _forget_who_fetched(rows: QuerySet[Attendance]) -> int:
    return rows.exclude(collected_by="").exclude(collected_by=ERASED).update(collected_by=ERASED)


def forget(now: datetime) -> dict[str, int]:
    """Forget who fetched children, old looks at lists, receipts that no phone asks for, and notes nobody needs now."""
    over = Attendance.objects.filter(checked_out_at__lt=now - timedelta(days=A_QUARTER.days or 0))
    looks = RosterAccess.objects.filter(at__lt=now - timedelta(days=THREE_YEARS.days or 0))
    marks = UploadedMark.objects.filter(received_at__lt=now - timedelta(days=A_QUARTER.days or 0))
    return {
        "fetched_by": _forget_who_fetched(over),
        "looks": _delete(looks),
        "uploaded_marks": _delete(marks),
        "health_notes": _forget_health_notes(now),
    }


def _forget_health_notes(now: datetime) -> int:
    """Delete the notes that were written more than a year ago about children who have had no activity since."""
    since = now - timedelta(days=A_YEAR_IDLE.days or 0)
    active = SignUp.objects.active().filter(child=OuterRef("child"), ends_at__gte=since)
    return HealthNote.objects.filter(written_at__lt=since).exclude(Exists(active)).delete()[0]


def _delete(rows: QuerySet[RosterAccess] | QuerySet[UploadedMark]) -> int:
    """Delete rows, some at a time; the database itself refuses to delete younger ones."""
    count = 0
    while some := list(rows.order_by("pk").values_list("pk", flat=True)[:SOME]):
        count += rows.model._default_manager.filter(pk__in=some).delete()[0]
    return count
