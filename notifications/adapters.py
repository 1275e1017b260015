"""How allauth's letters and texts leave the house: as ours do, so that a server that is down costs nobody a page."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from allauth.account.utils import passthrough_next_redirect_url
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from notifications.limits import NotTexted
from notifications.rendering import in_our_name
from notifications.services import write_letter, write_text
from users.adapters import AccountAdapter
from users.models import User

CODE_LIVES = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
WARNING_LIVES = timedelta(days=2)


class Outbox(BaseEmailBackend):
    """Takes mails as a mail server would, and leaves them to the worker."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each as a letter."""
        for each in email_messages:
            for to in each.to:
                write_letter(to, subject=str(each.subject), body=str(each.body), now=timezone.now())
        return len(email_messages)


class LetterAdapter(AccountAdapter):
    """Puts every mail and text message about a login into the outbox."""

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        """Return allauth's mail, which "send" takes to the outbox."""
        message: EmailMessage = super().render_mail(*args, **kwargs)
        message.connection = Outbox()
        return message

    def send_verification_code_sms(self, user: User | None, phone: str, code: str, **kwargs: Any) -> None:
        """Text a code, in the language of the page.

        Raises:
            ImmediateHttpResponse: it cannot be sent; the page where it was asked for says why and what to do.
        """
        words = {"code": code, "minutes": CODE_LIVES.seconds // 60}
        body = (
            _("%(code)s is your code, good for %(minutes)s minutes. Tell it to nobody. Not you? Ignore this.") % words
        )
        try:
            write_text(phone, body=in_our_name(body), now=timezone.now(), lives=CODE_LIVES)
        except DomainError as refusal:
            messages.error(self.request, str(refusal))
            page = passthrough_next_redirect_url(self.request, self.request.path, REDIRECT_FIELD_NAME)
            raise ImmediateHttpResponse(redirect(page)) from refusal

    def warn_by_text(self, phone: str, words: str) -> None:
        """Text a warning, also past the site's limit, which whoever took a login could use up. A number has its own.

        A number that gets no texts gets none.
        """
        if not ratelimit.consume(self.request, action="warning", key=phone):
            return
        body = in_our_name(words % {"phone": settings.SITE_PHONE})
        with suppress(NotTexted):
            write_text(phone, body=body, now=timezone.now(), lives=WARNING_LIVES, past_the_limit=True)
