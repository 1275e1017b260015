"""Questions that higher apps and pages ask about families."""

from datetime import date

from django.db.models import BigIntegerField, DateField, Prefetch, Q

from core.prepared import Prepared
from organisations.acting import Acting
from people.models import Child, ChildQuerySet, Guardian, GuardianQuerySet, Guardianship, ToTell
from people.models.to_tell import ToTellQuerySet
from users.phones import normalise


def children_of(guardian: Guardian, on: date) -> ChildQuerySet:
    """Return the children for whom the guardian answers on the day, the eldest first."""
    rows = Child.objects.unmerged().answered_for_by(on, guardian=guardian)
    return rows.select_related("home_community").order_by("birth_date", "pk")


_WARDS = Prepared(
    lambda user, on: (
        Guardianship.objects.current(on)
        .filter(guardian__user=user, child__merged_into=None)
        .select_related("guardian", "child__home_community")
        .order_by("child__birth_date", "child_id")
    ),
    user=BigIntegerField(),
    on=DateField(),
)


def wards_of(user_id: int, on: date) -> list[Guardianship]:
    """Return for whom the person answers on the day, with guardian, child and home, the eldest first. One query."""
    return _WARDS.rows(user=user_id, on=on)


def guardians_of(child: Child, on: date) -> GuardianQuerySet:
    """Return who answers for the child on the day, who came first at the front."""
    rows = Guardianship.objects.current(on).filter(child=child)
    return Guardian.objects.filter(pk__in=rows.values("guardian_id")).select_related("user").order_by("pk")


def families_of(by: Acting, on: date, *, q: str = "") -> GuardianQuerySet:
    """Return the families of the clerk's office, newest first, each with ``current`` guardianships loaded.

    ``q`` is part of a guardian's or child's name, or a phone number however it is written.
    """
    current = Guardianship.objects.current(on).filter(child__merged_into=None)
    rows = Guardian.objects.visible_to(by).filter(registered_by=by.organisation)
    if q:
        named = Q(name__icontains=q) | Q(pk__in=current.filter(child__name__icontains=q).values("guardian_id"))
        try:
            named |= Q(phone=normalise(q))
        except ValueError:
            named |= Q(pk__in=_with_digits(rows, q))
        rows = rows.filter(named)
    loaded = current.select_related("child__home_community").order_by("child__birth_date", "pk")
    return rows.prefetch_related(Prefetch("guardianships", loaded, to_attr="current")).order_by("-pk")


def _with_digits(rows: GuardianQuerySet, q: str) -> list[int]:
    """Return whose phone holds the digits, such as its last four: the database cannot read it. One query."""
    digits = q.replace(" ", "")
    return [pk for pk, phone in rows.values_list("pk", "phone") if digits in phone] if digits.isdigit() else []


def family_at_the_door(phone: str, name: str, on: date) -> tuple[Guardian, Child] | None:
    """Return the guardian of exactly that phone, and their child of exactly that name; nothing if there is none."""
    try:
        number = normalise(phone)
    except ValueError:
        return None
    for guardian in Guardian.objects.filter(phone=number).order_by("pk"):
        child = children_of(guardian, on).filter(name=name.strip()).first()
        if child:
            return guardian, child
    return None


def to_be_told(by: Acting) -> ToTellQuerySet:
    """Return what the clerk's office still has to tell families, the oldest first."""
    return ToTell.objects.visible_to(by).untold().select_related("guardian").order_by("created_at", "pk")
