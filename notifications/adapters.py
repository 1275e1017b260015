"""How allauth's letters leave the house: as ours do, so that a mail server that is down costs nobody a page."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from notifications.services import write_letter
from users.adapters import AccountAdapter


class Outbox(BaseEmailBackend):
    """Takes mails as a mail server would, and leaves them to the worker."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each as a letter."""
        for each in email_messages:
            for to in each.to:
                write_letter(to, subject=str(each.subject), body=str(each.body), now=timezone.now())
        return len(email_messages)


class LetterAdapter(AccountAdapter):
    """Puts every mail about a login into the outbox."""

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        """Return allauth's mail, which "send" takes to the outbox."""
        message: EmailMessage = super().render_mail(*args, **kwargs)
        message.connection = Outbox()
        return message
