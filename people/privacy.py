"""What the records of families hold of people."""

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.privacy import (
    A_MONTH_USED,
    A_QUARTER,
    AN_HOUR,
    ERASED,
    FAMILY_AND_STAFF,
    THE_FAMILY,
    UNTIL_ERASED,
    UNTIL_GROWN,
    Person,
    Personal,
    Record,
    Whom,
)
from people import grown
from people.models import (
    Child,
    ChildHistory,
    FamilyImport,
    Guardian,
    GuardianLink,
    Guardianship,
    PickUpPerson,
    ToTell,
    YouthLink,
)

_NAME = Personal(
    Whom.CHILD, _("Name of the child"), _("so that staff call the right child"), UNTIL_GROWN, FAMILY_AND_STAFF
)
_BORN = Personal(
    Whom.CHILD,
    _("Birth date of the child"),
    _("to know for which activities the child is old enough"),
    UNTIL_GROWN,
    FAMILY_AND_STAFF,
)
_HOME = Personal(
    Whom.CHILD, _("Home community"), _("some places are kept for children who live nearby"), UNTIL_GROWN, THE_FAMILY
)
_CHILD = Personal(
    Whom.CHILD,
    _("Which family, office and login the child belongs to"),
    _("to tie the child to its family, office and login"),
    UNTIL_GROWN,
    THE_FAMILY,
)
_GUARDIAN = Personal(
    Whom.GUARDIAN,
    _("Name of the guardian, relation to the child"),
    _("to know who answers for a child"),
    UNTIL_ERASED,
    THE_FAMILY,
)
_PHONE = Personal(
    Whom.GUARDIAN,
    _("Phone of the guardian"),
    _("to call when something happens at an activity"),
    UNTIL_ERASED,
    FAMILY_AND_STAFF,
)
_FETCHES = Personal(
    Whom.GUARDIAN,
    _("Name and phone of who fetches a child"),
    _("so that a child under ten goes home with the right person"),
    UNTIL_GROWN,
    FAMILY_AND_STAFF,
)
_LIST = Personal(
    Whom.CHILD,
    _("An uploaded list of families"),
    _("to look through an uploaded list before it is carried out"),
    AN_HOUR,
    _("the clerk who uploaded it"),
)
_LINK = Personal(
    Whom.CHILD, _("The link for a login of one's own"), _("to connect a youth's own login"), A_MONTH_USED, THE_FAMILY
)
_INVITES = Personal(
    Whom.CHILD,
    _("The link for one more guardian: as what, and until when"),
    _("to let one more adult answer for a child"),
    A_MONTH_USED,
    THE_FAMILY,
)
_TOLD = Personal(
    Whom.GUARDIAN,
    _("What an office still has to tell you"),
    _("so that an office tells a family without messages"),
    A_QUARTER,
    THE_FAMILY,
)
RECORDS = {
    Child: Record(
        about=_CHILD,
        fields={"name": _NAME, "birth_date": _BORN, "home_community": _HOME},
        is_person=True,
        of={"child": "pk"},
    ),
    ChildHistory: Record(),
    YouthLink: Record(about=_LINK),
    GuardianLink: Record(about=_INVITES),
    FamilyImport: Record(about=_LIST),
    Guardian: Record(about=_GUARDIAN, fields={"phone": _PHONE}, is_person=True, of={"guardian": "pk"}),
    Guardianship: Record(about=_GUARDIAN, of={"guardian": "guardian"}),
    PickUpPerson: Record(about=_FETCHES, of={"child": "child"}),
    ToTell: Record(about=_TOLD, of={"guardian": "guardian"}, plain="context"),
}


def erase(person: Person, now: datetime) -> None:
    """Take from the family's records all that says who they are. Of a birth date the year stays, for statistics."""
    for child in Child.objects.filter(pk__in=person.children).select_related("home_community"):
        child.name, child.birth_date, child.erased_at = ERASED, date(child.birth_date.year, 1, 1), now
        child.user = child.registered_by = None
        child.home_community_id = child.home_community.parent_id or child.home_community_id
        child.save()
    for model in (Guardianship, PickUpPerson, YouthLink, GuardianLink):
        model._default_manager.filter(child__in=person.children).delete()
    if person.guardian is not None:
        left = Guardianship.objects.filter(guardian=person.guardian).values("child_id")
        Child.objects.filter(pk__in=left).update(changed_at=now)  # from then on nobody may answer for them
        Guardianship.objects.filter(guardian=person.guardian).delete()
        ToTell.objects.filter(guardian=person.guardian).delete()
        Guardian.objects.filter(pk=person.guardian).update(name=ERASED, phone="", erased_at=now)
    if person.user is not None:
        FamilyImport.objects.filter(clerk=person.user).delete()
        GuardianLink.objects.filter(made_by=person.user, office=None, used_at=None).delete()
        YouthLink.objects.filter(made_by=person.user, used_at=None).delete()


def forget(now: datetime) -> dict[str, int]:
    """Forget what offices have told families, or had to, links that were used or have ended, and what ends at 18."""
    quarter = now - timedelta(days=A_QUARTER.days or 0)
    told = ToTell.objects.filter(Q(told_at__lt=quarter) | Q(told_at=None, created_at__lt=quarter))
    before = now - timedelta(days=A_MONTH_USED.days or 0)
    youths, guardians = (model.objects.filter(expires_at__lt=before) for model in (YouthLink, GuardianLink))
    counted = {"youth_links": youths.delete()[0], "guardian_links": guardians.delete()[0]}
    return {"told": told.delete()[0], **counted, "of_age": grown.forget(now)}
