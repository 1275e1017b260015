"""What must always hold of families."""

from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from core.invariants import Finding, Invariant
from core.time import has_legal_age, today
from people import grown, joint
from people.models import Child, ChildHistory, FamilyImport, Guardianship, ToTell
from people.models.child import YOUTH_AGE

SWEEP_GRACE = timedelta(minutes=15)  # the sweep runs every five minutes
_FIELDS = {"name", "birth_date", "home_community"}


def somebody_answers() -> Finding:
    """Each child's record has or had a guardian; a clerk's family belongs to the clerk's office."""
    rows = Child.objects.unmerged()
    nobody = rows.exclude(Exists(Guardianship.objects.filter(child=OuterRef("pk"))))
    breaches = [f"child {pk}: nobody ever answered for it" for pk in nobody.values_list("pk", flat=True)]
    lines = ToTell.objects.exclude(office=F("guardian__registered_by"))
    breaches += [
        f"line {pk}: told by an office that did not register the family" for pk in lines.values_list("pk", flat=True)
    ]
    return Finding(checked=rows.count() + ToTell.objects.count(), breaches=breaches)


def guardianships_end_at_18() -> Finding:
    """Each guardianship ends on the 18th birthday, or was ended before."""
    rows = Guardianship.objects.select_related("child").only("ends_on", "starts_on", "child__birth_date")
    checked, breaches = 0, []
    for row in rows.order_by("pk").iterator():
        checked += 1
        if row.ends_on is None or row.ends_on > max(grown.last_day(row.child), row.starts_on):
            breaches.append(f"guardianship {row.pk}: goes on after the 18th birthday")
    return Finding(checked=checked, breaches=breaches)


def few_answer_for_one() -> Finding:
    """No more adults answer for a child today than may."""
    rows = Guardianship.objects.current(today(timezone.now())).order_by().values("child").annotate(n=Count("pk"))
    many = rows.filter(n__gt=joint.MOST_GUARDIANS).order_by("child")
    breaches = [f"child {pk}: {n} adults answer for it" for pk, n in many.values_list("child", "n")]
    return Finding(checked=rows.count(), breaches=breaches)


def own_logins_are_youths() -> Finding:
    """Under 14 nobody has a login of their own."""
    day = today(timezone.now())
    rows = Child.objects.exclude(user=None)
    late = rows.filter(birth_date__gte=date(day.year - YOUTH_AGE, 1, 1))
    breaches = [
        f"child {pk}: a login before 14"
        for pk, born in late.values_list("pk", "birth_date")
        if not has_legal_age(born, YOUTH_AGE, day)
    ]
    return Finding(checked=rows.count(), breaches=breaches)


def merged_records_rest() -> Finding:
    """A merged record points at one that is not merged, and has no login of its own any more."""
    rows = Child.objects.exclude(merged_into=None)
    odd = rows.filter(Q(merged_into__merged_into__isnull=False) | Q(user__isnull=False))
    breaches = [f"child {pk}: merged, but still in use" for pk in odd.values_list("pk", flat=True)]
    return Finding(checked=rows.count(), breaches=breaches)


def records_are_on_record() -> Finding:
    """Each child's record says who made it."""
    made = ChildHistory.objects.filter(child=OuterRef("pk"), verb="add").exclude(actor=None, system="")
    unknown = Child.objects.exclude(Exists(made))
    breaches = [f"child {pk}: nobody is on record for adding it" for pk in unknown.values_list("pk", flat=True)]
    return Finding(checked=Child.objects.count(), breaches=breaches)


def nothing_names_a_child() -> Finding:
    """History names fields, never their values; what an office tells a family names no child of it."""
    notes = ChildHistory.objects.exclude(note="").values_list("pk", "note")
    checked, breaches = 0, []
    for pk, note in notes.iterator():
        checked += 1
        if not set(note.split(", ")) <= _FIELDS:
            breaches.append(f"history {pk}: more than the names of fields")
    told = ToTell.objects.values_list("pk", "guardian_id", "context")
    names: dict[int, set[str]] = {}
    for guardian, name in Guardianship.objects.filter(guardian__in=ToTell.objects.values("guardian_id")).values_list(
        "guardian_id", "child__name"
    ):
        names.setdefault(guardian, set()).add(name)
    for pk, guardian, context in told.iterator():
        checked += 1
        if names.get(guardian, set()).intersection(map(str, context.values())):
            breaches.append(f"line {pk}: names a child")
    return Finding(checked=checked, breaches=breaches)


def uploaded_lists_are_forgotten() -> Finding:
    """No list of families outlives its hour, and one that was carried out holds no names."""
    rows = FamilyImport.objects.all()
    late = rows.over(timezone.now() - SWEEP_GRACE)
    breaches = [f"list {pk}: kept for too long" for pk in late.values_list("pk", flat=True)]
    done = rows.exclude(confirmed_at=None)
    breaches += [f"list {row.pk}: carried out, but it still names families" for row in done if row.rows]
    return Finding(checked=rows.count(), breaches=breaches)


INVARIANTS = [
    Invariant("G4", "No history and no message to be told names a child.", nothing_names_a_child),
    Invariant("K1", "Every child's record says who made it.", records_are_on_record),
    Invariant("people.few", "No more than four adults answer for a child.", few_answer_for_one),
    Invariant("people.guardian", "Somebody answers for every child.", somebody_answers),
    Invariant("L3", "Nobody answers for somebody of age.", guardianships_end_at_18),
    Invariant("people.lists", "Uploaded lists of families are forgotten in time.", uploaded_lists_are_forgotten),
    Invariant("people.login", "Nobody under 14 has a login of their own.", own_logins_are_youths),
    Invariant("people.merged", "A merged record is at rest.", merged_records_rest),
]
