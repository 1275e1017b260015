"""What consents, checks and suspensions hold of people: answers, results and dates, never details."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.privacy import (
    A_YEAR_IDLE,
    ERASED,
    FAMILY_AND_DUTY,
    SAFEGUARDING,
    TEN_YEARS,
    THE_BOOKS,
    Kept,
    Person,
    Personal,
    Record,
    Whom,
)
from core.time import today
from organisations.acting import clock
from organisations.models import Membership
from safeguarding import consents
from safeguarding.models import (
    BackgroundCheck,
    Consent,
    ConsentHistory,
    ConsentText,
    FamilySuspension,
    FamilySuspensionHistory,
    HealthNote,
    Pledge,
    PledgeText,
    Suspension,
    Training,
    WorkerHistory,
)
from users.models import User

_CONSENT = Personal(
    Whom.CHILD,
    _("Consents: what was answered, when, to which text"),
    _("to prove who agreed to what, to which text and when"),
    THE_BOOKS,
    _("the family, its office and the auditors; staff on duty see whom no photo may show"),
)
_HEALTH = Personal(
    Whom.CHILD,
    _("Health note: allergies, medicine, what to look after"),
    _("so that staff on duty look after the child well"),
    A_YEAR_IDLE,
    FAMILY_AND_DUTY,
)
_PAUSED = Personal(
    Whom.GUARDIAN,
    _("A time without sign-ups, and why"),
    _("so that a family knows until when it cannot sign up, and why"),
    THE_BOOKS,
    _("the family and the League"),
)
_TOGETHER = Kept(
    "ten_years_after_all",
    _("ten years after the last of them, and the last role, ended; without the name once it is erased"),
    TEN_YEARS.days,
)
_CLEARED = Personal(
    Whom.WORKER,
    _("Background check (result only), pledge, training"),
    _("nobody works with children without a valid check"),
    _TOGETHER,
    SAFEGUARDING,
)
RECORDS = {
    Consent: Record(about=_CONSENT, of={"child": "child"}),
    ConsentHistory: Record(),
    HealthNote: Record(about=_HEALTH, of={"child": "child"}, plain="consent"),
    ConsentText: Record(plain="text_zh text_en"),
    PledgeText: Record(plain="text_zh text_en"),
    FamilySuspension: Record(about=_PAUSED, of={"guardian": "guardian"}),
    FamilySuspensionHistory: Record(),
    BackgroundCheck: Record(about=_CLEARED, of={"user": "user"}),
    Pledge: Record(about=_CLEARED, of={"user": "user"}),
    Training: Record(about=_CLEARED, of={"user": "user"}),
    Suspension: Record(about=_CLEARED),
    WorkerHistory: Record(),
}


def erase(person: Person, now: datetime) -> None:
    """End what was agreed to; that it was stays, as a number. Forget health notes and why sign-ups were suspended."""
    HealthNote.objects.filter(child__in=person.children).delete()
    for consent in Consent.objects.standing().filter(child__in=person.children):
        consents.withdraw(consent, by=clock("privacy.erase"), now=now)
    FamilySuspension.objects.filter(guardian=person.guardian).exclude(reason=ERASED).update(reason=ERASED)


def forget(now: datetime) -> dict[str, int]:
    """End what guardians agreed to for those who came of age; forget health notes whose consent counts no more.

    Nobody on duty has seen such a note since that day, or since the day on which a city replaced the words. What was
    recorded of workers is forgotten too, when its time is over.
    """
    ended = consents.end_at_18(now)
    kept = HealthNote.objects.kept(today(now)).values("pk")
    return {
        "consents_of_age": ended,
        "health_notes_not_agreed_to": HealthNote.objects.exclude(pk__in=kept).delete()[0],
        "clearances": _workers(now),
    }


def _workers(now: datetime) -> int:
    """Forget what was recorded of whom nothing has counted, and who has had no role, for ten years; return how much.

    All of a person goes together: without a later check an adverse result would speak no more against an older one.
    """
    since = today(now) - timedelta(days=_TOGETHER.days or 0)
    own = {"user": OuterRef("pk")}
    lately = (
        BackgroundCheck.objects.filter(Q(valid_until__gte=since) | Q(recorded_at__date__gte=since), **own),
        Pledge.objects.filter(signed_at__date__gte=since, **own),
        Training.objects.filter(Q(valid_until__gte=since) | Q(completed_on__gte=since), **own),
        Suspension.objects.filter(Q(until_on=None) | Q(until_on__gte=since), **own),
        Membership.objects.filter(Q(ends_on=None) | Q(ends_on__gte=since), **own),
    )
    people = User.objects.filter(*(~Exists(rows) for rows in lately)).values("pk")
    kinds = (BackgroundCheck, Pledge, Training, Suspension)
    return sum(kind._default_manager.filter(user__in=people).delete()[0] for kind in kinds)
