"""How allauth meets our accounts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.site import site_name
from users.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Keeps the language that a person signed up in, redirects only to our own pages, and writes in the site's name."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Remember the page's language for messages."""
        user.language = get_language() or user.language
        super().save_user(request, user, form, commit)
        return user

    def is_safe_url(self, url: str | None) -> bool:
        """Refuse to send anybody to another host."""
        return bool(url) and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def format_email_subject(self, subject: str) -> str:
        """Say in the subject who writes: the site by its name, not by its address."""
        return _("%(site)s: %(subject)s") % {"site": site_name(), "subject": subject}
