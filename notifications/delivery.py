"""Carries messages out of the house. Safe to run twice, in parallel, and to be killed in the middle."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from notifications import texts
from notifications.limits import room
from notifications.models import Delivery, Letter, Outgoing, OutgoingQuerySet, Row, Text
from notifications.rendering import render, render_text
from users.phones import is_texted

logger = logging.getLogger(__name__)

Channel = Delivery.Channel
BATCH = 200
# Longer than a task may live, so that a living worker never loses its claim.
CLAIM = timedelta(minutes=15)
TEXT_LIVES = timedelta(hours=12)  # a message that could not be texted for so long is only read on the site
BACK_OFF = [timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1440)]


def deliver_due(now: datetime) -> int:
    """Send what is due, at most ``BATCH`` texts, letters and messages by each channel; return how many went out.

    Codes go first: somebody looks at a page and waits. Messages by text go last: a gateway that hangs keeps no mail.
    """
    sent = sum(_send_text(pk, now) for pk in _due(Text.objects.due(now)))
    return sent + _send_mails(now) + _text_messages(now)


def _send_mails(now: datetime) -> int:
    letters, messages = _due(Letter.objects.due(now)), _due(Delivery.objects.due(now).by(Channel.EMAIL))
    if not letters and not messages:
        return 0
    mail = get_connection()
    try:
        sent = sum(_send_letter(pk, mail, now) for pk in letters)
        return sent + sum(_deliver(pk, mail, now) for pk in messages)
    finally:
        mail.close()


def _due(rows: OutgoingQuerySet[Row]) -> list[int]:
    return list(rows.order_by("next_try_at", "pk").values_list("pk", flat=True)[:BATCH])


def claim(delivery_id: int, now: datetime) -> Delivery | None:
    """Take a due delivery, or nothing if somebody else has it: one conditional update decides."""
    if not _take(Delivery.objects.due(now).filter(pk=delivery_id), now):
        return None
    return Delivery.objects.select_related("message__recipient").get(pk=delivery_id)


def claim_letter(letter_id: int, now: datetime) -> Letter | None:
    """Take a due letter in the same way."""
    if not _take(Letter.objects.due(now).filter(pk=letter_id), now):
        return None
    return Letter.objects.get(pk=letter_id)


def claim_text(text_id: int, now: datetime) -> Text | None:
    """Take a due text in the same way."""
    if not _take(Text.objects.due(now).filter(pk=text_id), now):
        return None
    return Text.objects.get(pk=text_id)


def _take(row: OutgoingQuerySet[Row], now: datetime) -> bool:
    return row.update(attempts=F("attempts") + 1, next_try_at=now + CLAIM) == 1


def _deliver(pk: int, mail: BaseEmailBackend, now: datetime) -> bool:
    delivery = claim(pk, now)
    if delivery is None:
        return False
    recipient = delivery.message.recipient
    if not recipient.email or not recipient.is_active:
        _finish(delivery, status=Delivery.Status.FAILED, error="no address")
        return False
    return _send_mail(delivery, _compose, mail, now)


def _text_messages(now: datetime) -> int:
    """Text the messages that are due, while there is room and the gateway answers; the others stay as they are.

    Return how many went out.
    """
    due = _due(Delivery.objects.due(now).by(Channel.TEXT))
    left = room(now) if due else 0
    sent = 0
    for pk in due:
        if sent == left:
            break
        delivery = claim(pk, now)
        if delivery is None or _is_given_up(delivery, now):
            continue
        if not _text(delivery, now):
            break
        sent += 1
    return sent


def _is_given_up(delivery: Delivery, now: datetime) -> bool:
    """Give a message by text up whose number gets none, or whose time is over: half a day later it misleads."""
    message, to = delivery.message, delivery.message.recipient
    why = ""
    if not to.phone or not to.is_active or not is_texted(to.phone):
        why = "no number"
    elif message.not_before + TEXT_LIVES <= now:
        why = "too late"
    if why:
        _finish(delivery, status=Delivery.Status.FAILED, error=why)
    return bool(why)


def _text(delivery: Delivery, now: datetime) -> bool:
    """Text a message to who has no mail; tell whether it went out."""
    to, key = delivery.message.recipient, f"notice-{delivery.pk}"
    return _send(
        delivery,
        lambda: texts.backend().send(str(to.phone), render_text(delivery.message, to.language), key=key),
        now,
    )


def _send_letter(pk: int, mail: BaseEmailBackend, now: datetime) -> bool:
    letter = claim_letter(pk, now)
    return letter is not None and _send_mail(letter, _compose_letter, mail, now)


def _send_text(pk: int, now: datetime) -> bool:
    text = claim_text(pk, now)
    if text is None:
        return False
    if text.expires_at <= now:
        _finish(text, status=Outgoing.Status.FAILED, error="too late")
        return False
    return _send(text, lambda: texts.backend().send(text.to, text.body, key=f"text-{text.pk}"), now)


def _send_mail(
    row: Row, compose: Callable[[Row, BaseEmailBackend], EmailMessage], mail: BaseEmailBackend, now: datetime
) -> bool:
    """Send one mail; after a failure the next one opens the connection anew."""
    went = _send(row, lambda: compose(row, mail).send(), now)
    if not went:
        mail.close()
    return went


def _send(row: Row, send: Callable[[], object], now: datetime) -> bool:
    """Send one thing and write what came of it; tell whether it went out."""
    try:
        send()
    except SoftTimeLimitExceeded:
        raise  # the job's time is over: the claim lapses by itself, and nothing more is begun
    except Exception as error:  # noqa: BLE001  any failure means "later"; the next one may still go
        _put_back(row, type(error).__name__, now)
        return False
    _finish(row, status=Outgoing.Status.SENT, sent_at=now, error="")
    return True


def _compose(delivery: Delivery, mail: BaseEmailBackend) -> EmailMessage:
    """Return the mail of a message."""
    message = delivery.message
    language = message.recipient.language
    words = render(message, language)
    with translation.override(language):
        closing = _("You get this mail because you have an account here. Please do not answer it.")
    body = f"{words.body}\n\n{settings.SITE_URL}{message.path}\n\n-- \n{closing}\n"
    return _mail(delivery, words.subject, body, str(message.recipient.email), mail)


def _compose_letter(letter: Letter, mail: BaseEmailBackend) -> EmailMessage:
    return _mail(letter, letter.subject, letter.body, letter.to, mail)


def _mail(row: Outgoing, subject: str, body: str, to: str, mail: BaseEmailBackend) -> EmailMessage:
    """Return a mail. Its Message-ID is the row's: one sent again after a crash is known as the same."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<{row._meta.model_name}-{row.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, to=[to], headers=headers, connection=mail)


def _put_back(row: Outgoing, error: str, now: datetime) -> None:
    """Try again later, or give up after the last back-off."""
    name = str(row._meta.model_name).capitalize()
    logger.warning("%s %s failed with %s, attempt %s.", name, row.pk, error, row.attempts)
    if row.attempts > len(BACK_OFF):
        _finish(row, status=Outgoing.Status.FAILED, error=error)
    else:
        _finish(row, next_try_at=now + BACK_OFF[row.attempts - 1], error=error)


def _finish(row: Outgoing, **fields: object) -> None:
    """Write the outcome, only while this claim still holds. What is over forgets what it need not keep."""
    mine = type(row)._default_manager.filter(pk=row.pk, status=Outgoing.Status.QUEUED, attempts=row.attempts)
    mine.update(**fields, **(row.forgets if "status" in fields else {}))
