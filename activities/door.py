"""The code of a ticket that staff scan at the door: an address of ours, fresh for one minute.

It says which party stands there and when the code was drawn, signed; no name, no child. A picture of it that was sent
to a friend is old before the friend arrives.
"""

import io
from datetime import datetime, timedelta

import segno
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import gettext as _

from activities.models import Party
from core.errors import DomainError
from core.forms import whole_number

VALID_FOR = timedelta(seconds=60)
REDRAWN_AFTER = timedelta(seconds=20)
_signer = Signer(sep=".", salt="activities.door")


class UnreadableCode(DomainError):
    """The code was not made here."""


class OldCode(DomainError):
    """The code is more than a minute old."""


class NotOnThisList(DomainError):
    """Nobody of the ticket is confirmed in this session."""


def code_of(party: Party, now: datetime) -> str:
    """Return the party's code of this moment."""
    return _signer.sign(f"{party.pk}-{int(now.timestamp())}")


def read(code: str, now: datetime) -> int:
    """Return the number of the party that showed this code.

    Raises:
        UnreadableCode: it was not made here.
        OldCode: it was drawn more than 60 seconds ago.
    """
    try:
        party, _dash, drawn = _signer.unsign(code).partition("-")
    except BadSignature as error:
        raise UnreadableCode(_("This is no ticket of ours.")) from error
    number, moment = whole_number(party), whole_number(drawn)
    if number is None or moment is None:
        raise UnreadableCode(_("This is no ticket of ours."))
    if now.timestamp() - moment > VALID_FOR.total_seconds():
        raise OldCode(_("This code is more than a minute old. Ask the family to open the ticket again, then scan."))
    return number


def picture(party: Party, now: datetime) -> bytes:
    """Draw the party's code of this moment as a square of black on white (SVG)."""
    address = settings.SITE_URL + reverse("activities:door", args=[code_of(party, now)])
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", scale=8, border=3, light="#fff")
    return drawn.getvalue()
