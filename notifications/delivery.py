"""Carries messages out of the house. Safe to run twice, in parallel, and to be killed in the middle."""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from notifications.models import Delivery
from notifications.rendering import render

logger = logging.getLogger(__name__)

BATCH = 200
# Longer than a task may live, so that a living worker never loses its claim.
CLAIM = timedelta(minutes=15)
BACK_OFF = [timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1440)]


def deliver_due(now: datetime) -> int:
    """Send what is due, at most ``BATCH`` messages; return how many went out."""
    due = Delivery.objects.due(now).order_by("next_try_at", "pk").values_list("pk", flat=True)
    ids = list(due[:BATCH])
    if not ids:
        return 0
    mail = get_connection()
    try:
        return sum(_deliver(pk, mail, now) for pk in ids)
    finally:
        mail.close()


def claim(delivery_id: int, now: datetime) -> Delivery | None:
    """Take a due delivery, or nothing if somebody else has it: one conditional update decides."""
    taken = Delivery.objects.due(now).filter(pk=delivery_id).update(attempts=F("attempts") + 1, next_try_at=now + CLAIM)
    if not taken:
        return None
    return Delivery.objects.select_related("message__recipient").get(pk=delivery_id)


def _deliver(delivery_id: int, mail: BaseEmailBackend, now: datetime) -> bool:
    delivery = claim(delivery_id, now)
    if delivery is None:
        return False
    recipient = delivery.message.recipient
    if not recipient.email or not recipient.is_active:
        _finish(delivery, status=Delivery.Status.FAILED, error="no address")
        return False
    try:
        _compose(delivery, mail).send()
    except Exception as error:  # noqa: BLE001  any failure of mail means "later"; the next message may still go
        mail.close()
        _put_back(delivery, type(error).__name__, now)
        return False
    _finish(delivery, status=Delivery.Status.SENT, sent_at=now, error="")
    return True


def _compose(delivery: Delivery, mail: BaseEmailBackend) -> EmailMessage:
    """Return the mail. Its Message-ID is the delivery's: one sent again after a crash is known as the same."""
    message = delivery.message
    language = message.recipient.language
    words = render(message, language)
    with translation.override(language):
        closing = _("You get this mail because you have an account here. Please do not answer it.")
    body = f"{words.body}\n\n{settings.SITE_URL}{message.path}\n\n-- \n{closing}\n"
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<delivery-{delivery.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(words.subject, body, to=[str(message.recipient.email)], headers=headers, connection=mail)


def _put_back(delivery: Delivery, error: str, now: datetime) -> None:
    """Try again later, or give up after the last back-off."""
    logger.warning("Delivery %s failed with %s, attempt %s.", delivery.pk, error, delivery.attempts)
    if delivery.attempts > len(BACK_OFF):
        _finish(delivery, status=Delivery.Status.FAILED, error=error)
    else:
        _finish(delivery, next_try_at=now + BACK_OFF[delivery.attempts - 1], error=error)


def _finish(delivery: Delivery, **fields: object) -> None:
    """Write the outcome, only while this claim still holds."""
    Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.QUEUED, attempts=delivery.attempts).update(**fields)
