"""How allauth meets our accounts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.site import site_name
from users import codes, services, weixin
from users.models import User
from users.phones import TextedPhoneField, normalise


class AccountAdapter(DefaultAccountAdapter):
    """Keeps the language that a person signed up in, redirects only to our own pages, and writes in the site's name."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": gettext_lazy("The code is not right. Look at the newest message."),
    }

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

    def get_login_stages(self) -> list[str]:
        """Ask nobody for a confirmed address who came in by a number."""
        theirs = "allauth.account.stages.EmailVerificationStage"
        return ["users.stages.EmailStage" if each == theirs else each for each in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        """Tie the WeChat that waits for this login: now every step of it is done, the second factor too."""
        weixin.tie(request, user)
        return super().post_login(request, user, **kwargs)

    def phone_form_field(self, **kwargs: Any) -> TextedPhoneField:
        """Ask for a number however people write it."""
        return TextedPhoneField(**{"label": _("Mobile number"), **kwargs})

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the login's number. It is kept once it is proven, so it always is."""
        return (user.phone, True) if user.phone else None

    def get_user_by_phone(self, phone: str) -> User | None:
        """Find the login of a number, however it is written."""
        try:
            return User.objects.filter(phone=normalise(phone)).first()
        except ValueError:
            return None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Keep a number once it is proven; until then it stands in the person's session only."""
        if verified:
            self.set_phone_verified(user, phone)

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Make a proven number the login's, and tell the old one."""
        old = user.phone
        try:
            changed = services.set_phone(user, phone)
        except DomainError as refusal:
            messages.error(self.request, str(refusal))
            raise ImmediateHttpResponse(redirect("account_change_phone")) from refusal
        if not changed:
            return
        super().send_notification_mail("account/email/phone_changed", user)
        if old:
            self.warn_by_text(old, _("The number of your login was changed. Was it not you? Call us: %(phone)s"))

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell somebody of a change of their login: by mail, or by text who has no address."""
        super().send_notification_mail(template_prefix, user, context, email)
        if user.phone and not (email or EmailAddress.objects.get_primary_email(user)):
            self.warn_by_text(user.phone, _warning_of(template_prefix))

    def warn_by_text(self, phone: str, words: str) -> None:
        """Text somebody about a change of their login; the outbox's adapter does."""
        raise NotImplementedError

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords for each number too: allauth counts those of all numbers together."""
        phone = credentials.get("phone")
        known = {**credentials, "email": f"{normalise(phone)}"} if phone else credentials
        key: str = super()._get_login_attempts_cache_key(request, **known)
        return key

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask people without a password for a code by text message; allauth would ask them nothing.

        Raises:
            ReauthenticationRequired: they have not shown who they are lately.
        """
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        user = self.request.user
        if required and _by_code_only(user) and not codes.showed_by_code(self.request, user):
            raise ReauthenticationRequired
        return required

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Offer a code by text message to who has nothing else."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not _by_code_only(user):
            return methods
        url = reverse("users:reauthenticate-by-code")
        return [{"id": "reauthenticate_by_code", "description": _("Use a code by text message"), "url": url}]


def _warning_of(template_prefix: str) -> str:
    """Return the words of a text in place of one of allauth's mails."""
    if template_prefix.startswith("account/email/password"):
        return _("The password of your login was changed. Was it not you? Call us: %(phone)s")
    if template_prefix.startswith("mfa/"):
        return _("The second factor of your login was changed. Was it not you? Call us: %(phone)s")
    return _("What opens your login was changed. Was it not you? Call us: %(phone)s")


def _by_code_only(user: Any) -> bool:
    """Tell whether somebody has a number, and neither a password nor a second factor."""
    return user.is_authenticated and bool(user.phone) and not get_reauthentication_flows(user)
