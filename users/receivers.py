"""What a login does when its addresses change."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import email_added
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from users.models import User


@receiver(email_added)
def warn_of_first_address(request: HttpRequest, user: User, **_more: Any) -> None:
    """Text somebody who had no address that one was added: whatever changes later, only that address is told."""
    if user.phone and not user.email:
        words = _("An e-mail address was added to your login. Was it not you? Call us: %(phone)s")
        get_adapter(request).warn_by_text(user.phone, words)
