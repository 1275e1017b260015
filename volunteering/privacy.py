"""What shifts hold of volunteers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from core.privacy import A_MONTH, COORDINATORS, ERASED, TEN_YEARS, Person, Personal, Record, Whom
from organisations.acting import clock
from volunteering import assignments
from volunteering.models import Assignment, AssignmentHistory, Shift, ShiftHistory

SOME = 500  # shifts a night

_SERVICE = Personal(
    Whom.WORKER, _("Shifts and service hours"), _("to plan and to prove voluntary service"), TEN_YEARS, COORDINATORS
)
_CALLED = Personal(
    Whom.WORKER, _("Emergency contact"), _("whom to call when something happens to a volunteer"), A_MONTH, COORDINATORS
)
RECORDS = {
    Shift: Record(),
    ShiftHistory: Record(),
    Assignment: Record(about=_SERVICE, of={"user": "user"}, fields={"emergency_contact": _CALLED}),
    AssignmentHistory: Record(),
}


def erase(person: Person, now: datetime) -> None:
    """Give back the shifts to come and forget whom to call; the hours stay, under a number."""
    if person.user is None:
        return
    rows = Assignment.objects.filter(user=person.user)
    for row in rows.active().filter(starts_at__gt=now):
        assignments.withdraw(row, by=clock("privacy.erase"), now=now, reason=ERASED)
    rows.update(emergency_contact="", reason="")


def forget(now: datetime) -> dict[str, int]:
    """Forget the emergency contacts of shifts that are long over, and ten years later the shifts."""
    over = Assignment.objects.filter(ends_at__lt=now - timedelta(days=A_MONTH.days or 0)).exclude(emergency_contact="")
    return {"emergency_contacts": over.update(emergency_contact=""), "shifts": _shifts(now)}


def _shifts(now: datetime) -> int:
    """Forget shifts that were over ten years ago, with all that was written down about them; return how many."""
    before = now - timedelta(days=TEN_YEARS.days or 0)
    spoken_of = ShiftHistory.objects.filter(shift=OuterRef("pk"), at__gte=before)
    changed = AssignmentHistory.objects.filter(assignment__shift=OuterRef("pk"), at__gte=before)
    over = Shift.objects.filter(~Exists(spoken_of), ~Exists(changed), ends_at__lt=before)
    with transaction.atomic():
        numbers = list(over.order_by("pk").values_list("pk", flat=True)[:SOME])
        AssignmentHistory.objects.filter(assignment__shift__in=numbers).delete()
        Assignment.objects.filter(shift__in=numbers).delete()
        ShiftHistory.objects.filter(shift__in=numbers).delete()
        Shift.objects.filter(pk__in=numbers).delete()
    return len(numbers)
