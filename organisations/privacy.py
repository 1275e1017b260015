"""What organisations, their members and places hold of people. Histories name who acted, never what a field held."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from core.models import HistoryEntry
from core.privacy import (
    A_MONTH_USED,
    EVERYBODY,
    LEAGUE,
    ONESELF_AND_COLLEAGUES,
    THE_BOOKS,
    THE_ROLE,
    Kept,
    Person,
    Personal,
    Record,
    Whom,
)
from organisations.models import Invitation, Membership, Organisation, OrganisationHistory, Region, Venue

_ADMITTED = Kept(
    "the_role_if_admitted", _("as long as the organisation takes part; 90 days after it was not admitted"), 90
)
_CONTACT = Personal(
    Whom.PARTNER,
    _("Contact person, phone and e-mail of an organisation"),
    _("to reach the organisation about an order"),
    _ADMITTED,
    LEAGUE,
)
_HOUSE = Personal(Whom.PARTNER, _("Phone of a venue"), _("so that families can call the house"), THE_ROLE, EVERYBODY)
_MEMBER = Personal(
    Whom.WORKER,
    _("Role in an organisation"),
    _("who may act for an organisation, and since when"),
    THE_BOOKS,
    ONESELF_AND_COLLEAGUES,
)
_INVITED = Personal(
    Whom.WORKER, _("E-mail of somebody invited"), _("to invite a colleague"), A_MONTH_USED, ONESELF_AND_COLLEAGUES
)
RECORDS = {
    HistoryEntry: Record(plain="note"),
    Organisation: Record(
        fields=dict.fromkeys(("contact_name", "contact_phone", "contact_email"), _CONTACT),
        plain="name name_en address about about_en",
    ),
    OrganisationHistory: Record(),
    Region: Record(plain="name"),
    Venue: Record(fields={"phone": _HOUSE}, plain="name name_en address"),
    Membership: Record(about=_MEMBER, of={"user": "user"}),
    Invitation: Record(about=_INVITED),
}


def erase(person: Person, now: datetime) -> None:
    """Forget the address to which an invitation went."""
    if person.email:
        Invitation.objects.filter(email__iexact=person.email).update(email="erased@erased.invalid")


def forget(now: datetime) -> dict[str, int]:
    """Forget the addresses of invitations that were answered or have ended, and contacts of who was not admitted."""
    refused = Organisation.objects.filter(
        status=Organisation.Status.REFUSED, changed_at__lt=now - timedelta(days=_ADMITTED.days or 0)
    )
    nobody = dict.fromkeys(("contact_name", "contact_phone", "contact_email"), "")
    over = Invitation.objects.filter(expires_at__lt=now - timedelta(days=A_MONTH_USED.days or 0))
    return {
        "invitations": over.exclude(email="erased@erased.invalid").update(email="erased@erased.invalid"),
        "refused_contacts": refused.exclude(**nobody).update(**nobody),
    }
