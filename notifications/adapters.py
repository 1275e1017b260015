"""How allauth's letters and texts leave the house: as ours do, so that a server that is down costs nobody a page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.translation import gettext as _

from core.site import site_name
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
        """Text a code, in the language of the page."""
        words = {"code": code, "minutes": CODE_LIVES.seconds // 60}
        body = (
            _("%(code)s is your code, good for %(minutes)s minutes. Tell it to nobody. Not you? Ignore this.") % words
        )
        self._write_text(phone, body, lives=CODE_LIVES)

    def warn_by_text(self, phone: str, words: str) -> None:
        self._write_text(phone, words % {"phone": settings.SITE_PHONE}, lives=WARNING_LIVES)

    def _write_text(self, phone: str, words: str, *, lives: timedelta) -> None:
        body = _("%(site)s: %(subject)s") % {"site": site_name(), "subject": words}
        write_text(phone, body=body, now=timezone.now(), lives=lives)
