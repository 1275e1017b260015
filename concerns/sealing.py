"""Sealed texts: what a concern says, and whom it is about, stands in the database as nobody can read it.

The keys are this app's own (``CONCERN_KEYS``): who has the database, or the keys of something else, has not the words.
The first key seals, all of them open, so that a key can be changed without losing what an older one sealed.
"""

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _


class Unreadable(Exception):
    """No key of ours opens the text, or it is too old."""


@lru_cache(maxsize=4)
def _locks(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(word)) for word in keys])


def _key(word: str) -> bytes:
    """Return 32 bytes made from a secret of any length."""
    return base64.urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=b"concerns").derive(word.encode()))


def seal(text: str) -> str:
    """Return the text as nobody can read it; twice the same text never looks the same."""
    return _locks(tuple(settings.CONCERN_KEYS)).encrypt(text.encode()).decode()


def unseal(sealed: str, *, seconds: int | None = None) -> str:
    """Return what was sealed, at most so many seconds ago.

    Raises:
        Unreadable: no key of ours opens it, or it is older.
    """
    try:
        return _locks(tuple(settings.CONCERN_KEYS)).decrypt(sealed.encode(), ttl=seconds).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Unreadable from error


def is_sealed(stored: str) -> bool:
    """Tell whether what the database holds is empty or opens with a key of ours."""
    try:
        return stored == "" or bool(unseal(stored) or True)
    except Unreadable:
        return False


if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class SealedField(_Text):
    """A text that is sealed on its way into the database and opened on its way out: nobody can seek or join by it."""

    is_encrypted = True

    def get_prep_value(self, value: Any) -> Any:
        """Seal."""
        return seal(str(value)) if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        """Open, or say that the key is missing: a page about a concern must not fail for one text."""
        try:
            return unseal(value) if value else ""
        except Unreadable:
            return _("This text cannot be opened: its key is missing.")
