"""The outbox: what anybody may call to tell somebody something."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.http import url_has_allowed_host_and_scheme

from core.inserting import insert_each
from core.jobs import ask_worker
from core.time import after_quiet
from notifications.limits import check_limits, check_number
from notifications.models import Delivery, Letter, Message, Outgoing, Text
from notifications.rendering import check_kind, encode, has_text
from users.models import User

SUBJECT_MAX = 250
GROWS_FOR = timedelta(minutes=1)
# What is written anew of a message that is there already; the same cause changes nothing, but gives back its number.
_ONCE, _ANEW = ["cause"], ["context", "path"]


def notify(
    to: Iterable[User],
    *,
    kind: str,
    cause: str,
    context: dict[str, Any],
    path: str,
    now: datetime,
    urgent: bool = False,
    grows: bool = False,
) -> None:
    """Write a message to each person in the caller's transaction, once per person and ``cause``.

    It waits for the morning unless ``urgent``. ``kind`` names the template ``notifications/messages/<kind>.txt``;
    ``context`` holds plain values (texts, numbers, moments, dates) that name no person. A value ``title`` with a
    companion ``title_en`` is shown in the reader's language. Two queries, however many people, three where both
    mail and text are used.

    ``grows``: the message is about an act in several transactions. Each writes the values under the same cause anew,
    and ``let_go`` sends it after the last; if the act breaks off, it leaves by itself after ``GROWS_FOR``.

    Raises:
        ValueError: the kind, a value or the path is not one that a message may have.
    """
    check_kind(kind)
    if not path.startswith("/") or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        raise ValueError("A message leads to a page of our own.")
    recipients = {user.pk: user for user in to}
    if not recipients:
        return
    leaves_at = now + GROWS_FOR if grows else now
    not_before = leaves_at if urgent else after_quiet(leaves_at)
    same: dict[str, Any] = {"kind": kind, "cause": cause, "context": encode(context), "path": path, "urgent": urgent}
    message = Message(created_at=now, not_before=not_before, **same)
    anew = _ANEW if grows else _ONCE
    with transaction.atomic(savepoint=False):
        written = insert_each(message, "recipient", sorted(recipients), once=["recipient", "cause"], anew=anew)
        reachable = _send_on(written, recipients, kind, not_before)
    if not_before <= now and reachable:
        wake_worker()


def _send_on(written: dict[int, int], recipients: dict[int, User], kind: str, not_before: datetime) -> bool:
    """Put the messages on the way: by mail, or, where somebody has none, by text if the kind cannot wait.

    Tell whether any leaves the house. A query for each channel that is used.
    """
    ways: dict[str, list[int]] = {Delivery.Channel.EMAIL: [], Delivery.Channel.TEXT: []}
    for recipient, pk in sorted(written.items()):
        user = recipients[recipient]
        if user.email:
            ways[Delivery.Channel.EMAIL].append(pk)
        elif has_text(kind) and user.phone:
            ways[Delivery.Channel.TEXT].append(pk)
    for channel, numbers in ways.items():
        if numbers:
            like = Delivery(channel=channel, next_try_at=not_before)
            insert_each(like, "message", numbers, once=["message", "channel"])
    return any(ways.values())


def let_go(cause: str, *, now: datetime) -> None:
    """Send the message that grew under the cause: its act is over. Two queries."""
    leaves_at = after_quiet(now)
    with transaction.atomic():
        Message.objects.filter(cause=cause).update(not_before=leaves_at)
        waiting = Delivery.objects.filter(message__cause=cause, status=Outgoing.Status.QUEUED, attempts=0)
        if waiting.update(next_try_at=leaves_at) and leaves_at <= now:
            wake_worker()


def write_letter(to: str, *, subject: str, body: str, now: datetime) -> None:
    """Write to an address in the caller's transaction; a worker sends it after the commit, and again if mail is down.

    For those who have no inbox yet, and for links that only the address may see. It names no child.
    """
    Letter.objects.create(to=to, subject=subject[:SUBJECT_MAX], body=body, created_at=now, next_try_at=now)
    wake_worker()


def write_text(to: str, *, body: str, now: datetime, lives: timedelta, past_the_limit: bool = False) -> None:
    """Text a phone number in the caller's transaction; a worker sends it after the commit, unless ``lives`` is over.

    It names no child, and holds no link. ``past_the_limit``: it goes out though the site has sent its most.

    Raises:
        NotTexted: numbers of this kind get no text messages.
        TextsUsedUp: the site has sent as many as it may in an hour or a day.
    """
    check_number(to)
    if not past_the_limit:
        check_limits(now)
    Text.objects.create(to=to, body=body, created_at=now, next_try_at=now, expires_at=now + lives)
    wake_worker()


def wake_worker() -> None:
    """Ask a worker to deliver right after the commit, once a transaction; the schedule would do it anyway."""
    waiting = getattr(connection, "run_on_commit", [])
    if not any(entry[1] is _publish for entry in waiting):
        transaction.on_commit(_publish, robust=True)


def _publish() -> None:
    ask_worker("notifications.deliver_due")


def mark_delivered(before: datetime) -> int:
    """Mark everything made before a moment as delivered without sending it (the demo city's past). Return how many."""
    sent: dict[str, Any] = {"status": Outgoing.Status.SENT, "sent_at": before}
    letters = Letter.objects.filter(status=Outgoing.Status.QUEUED, created_at__lt=before)
    texts = Text.objects.filter(status=Outgoing.Status.QUEUED, created_at__lt=before)
    messages = Delivery.objects.filter(status=Outgoing.Status.QUEUED, message__created_at__lt=before)
    return letters.update(**sent, **Letter.forgets) + texts.update(**sent, **Text.forgets) + messages.update(**sent)


def open_message(message: Message, *, now: datetime) -> None:
    """Remember when a message was first opened."""
    Message.objects.unread().filter(pk=message.pk).update(read_at=now)


def open_all(user: User, *, now: datetime) -> int:
    """Mark all of a person's messages as read. Return how many were unread."""
    return Message.objects.visible_to(user).unread().update(read_at=now)
