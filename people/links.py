"""One-time links that are handed over: only a hash of the secret is kept, and seven days later it works no more."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, TypeVar

from core.errors import DomainError
from organisations.acting import Acting
from people.models.links import OneTimeLink

LINK_LIFE = timedelta(days=7)
L = TypeVar("L", bound=OneTimeLink)


class LinkGone(DomainError):
    """The link is wrong, used, withdrawn or too old; which of these is nobody's business."""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def make(model: type[L], *, by: Acting, now: datetime, **fields: Any) -> tuple[L, str]:
    """Write a link and return it with its secret, which is nowhere else. In the caller's transaction."""
    secret = secrets.token_urlsafe(24)
    row = model._default_manager.create(
        secret_hash=_digest(secret), made_by=by.user, expires_at=now + LINK_LIFE, created_at=now, **fields
    )
    return row, secret


def find(model: type[L], secret: str, *, now: datetime) -> L | None:
    """Return the open link of a secret with its child, or nothing. One query."""
    rows = model._default_manager.filter(secret_hash=_digest(secret), used_at=None, expires_at__gt=now)
    return rows.select_related("child").first()


def use(link: OneTimeLink, now: datetime) -> None:
    """Write down that a link was taken up. The caller holds the lock of the child that it is about."""
    link.used_at = now
    link.save(update_fields=["used_at", "changed_at"])
