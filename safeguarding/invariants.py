"""What must always hold of consents and checks."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from core.invariants import Finding, Invariant
from core.time import today
from people.models import Guardian, Guardianship
from people.models.child import YOUTH_AGE
from safeguarding.models import BackgroundCheck, Consent, FamilySuspension, HealthNote, Purpose


def consents_are_records() -> Finding:
    """G2: each consent names a guardian of that day, or is a youth's own; on paper it names who recorded it."""
    rows = Consent.objects.select_related("child")
    guards = Guardianship.objects.filter(guardian=OuterRef("guardian"), child=OuterRef("child"))
    then = guards.filter(starts_on__lte=OuterRef("at__date"))
    then = then.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("at__date")))
    strangers = rows.filter(~Exists(then), guardian__isnull=False, child__merged_from__isnull=True)
    breaches = [f"consent {row.pk}: its guardian never answered for the child" for row in strangers]
    breaches += [
        f"consent {row.pk}: a child under {YOUTH_AGE} answered alone"
        for row in rows.filter(guardian__isnull=True).iterator()
        if not row.child.is_youth(today(row.at))
    ]
    torn = rows.filter(Q(paper_on__isnull=False, recorded_by__isnull=True) | Q(withdrawn_at__lt=F("at")))
    breaches += [f"consent {row.pk}: its record is torn" for row in torn]
    return Finding(checked=Consent.objects.count(), breaches=breaches)


def checks_are_recorded_by_others() -> Finding:
    """H3: each check has a result, a date, a reference, and was not recorded by the person themselves."""
    bad = BackgroundCheck.objects.filter(
        Q(reference="") | Q(valid_until__lt=F("checked_on")) | Q(recorded_by=F("user")) | ~Q(result__in=_RESULTS)
    )
    breaches = [f"check {pk}: incomplete, or recorded by the person" for pk in bad.values_list("pk", flat=True)]
    return Finding(checked=BackgroundCheck.objects.count(), breaches=breaches)


def suspended_guardians_read_so() -> Finding:
    """The dates on a guardian are those of the suspension that holds or will; without one nothing holds."""
    on = today(timezone.now())
    rows = FamilySuspension.objects.not_over(on).select_related("guardian")
    held = {row.guardian_id: (row.from_on, row.until_on) for row in rows}
    breaches = [
        f"suspension {row.pk}: its guardian does not read so"
        for row in rows
        if (row.guardian.suspended_from, row.guardian.suspended_until) != (row.from_on, row.until_on)
    ]
    marked = Guardian.objects.exclude(suspended_from=None).exclude(suspended_until__lt=on)
    breaches += [f"guardian {row.pk}: suspended by nobody" for row in marked if row.pk not in held]
    return Finding(checked=len(held) + len(marked), breaches=breaches)


def health_notes_are_agreed_to() -> Finding:
    """No health note stands without a live consent of its child to that purpose: the newest answer, not taken back.

    A note whose text a city replaced is hidden at once and goes in the night after; so is a guardian's about somebody
    of age, which goes when the birth date cannot be put right any more.
    """
    rows = HealthNote.objects.all()
    live = rows.kept(today(timezone.now()) - timedelta(days=1)).filter(
        consent__child=F("child"), consent__text__purpose=Purpose.HEALTH
    )
    answers = Consent.objects.filter(child=OuterRef("child"), text__purpose=Purpose.HEALTH)
    live = live.exclude(Exists(answers.filter(at__gt=OuterRef("consent__at"))))
    bad = rows.exclude(pk__in=live.values("pk")).order_by("pk")
    breaches = [f"health note {pk}: no live consent" for pk in bad.values_list("pk", flat=True)]
    return Finding(checked=rows.count(), breaches=breaches)


_RESULTS = BackgroundCheck.Result.values

INVARIANTS = [
    Invariant("G2", "Each consent is a record of who agreed to which text for which child.", consents_are_records),
    Invariant("G3", "No health note stands without a live consent.", health_notes_are_agreed_to),
    Invariant("H3", "Each check holds result, date, checker and reference.", checks_are_recorded_by_others),
    Invariant("H5", "A guardian's sign-ups are suspended as a League decided.", suspended_guardians_read_so),
]
