"""The secret address of a person's dates: made, made anew, ended. Only a hash of the secret is kept."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from core.locking import lock, retried
from users.models import CalendarFeed, User

_BYTES = 32


def digest(secret: str) -> str:
    """Return what is stored of the secret; a feed is found by it, so that no comparison takes longer than another."""
    return hashlib.sha256(secret.encode()).hexdigest()


@retried
def make_feed(user: User, *, now: datetime) -> str:
    """Make the address and return its secret, which is never told again; an earlier address ends with it.

    It carries no submission number: a second click must end what the first one showed to nobody.
    """
    secret = secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        end_feed(user, now=now)
        CalendarFeed.objects.create(user=user, secret_hash=digest(secret), created_at=now)
    return secret


def end_feed(user: User, *, now: datetime) -> bool:
    """End the person's address, from the next question on. Return whether there was one."""
    with transaction.atomic():
        lock(User, user.pk)
        return bool(CalendarFeed.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now))


def feed_of(user: User) -> CalendarFeed | None:
    """Return the person's address as far as it is known: since when it is. One query."""
    return CalendarFeed.objects.filter(user=user, revoked_at__isnull=True).first()


def reader_of(secret: str) -> User | None:
    """Return whose dates stand at an address: nobody's if it is wrong or ended, or its person may not sign in."""
    rows = CalendarFeed.objects.filter(secret_hash=digest(secret), revoked_at__isnull=True, user__is_active=True)
    feed = rows.select_related("user").first()
    return feed.user if feed else None
