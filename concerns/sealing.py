"""Sealed texts: what a concern says, and whom it is about, is encrypted as ``core.encryption`` does it, with own keys.

``CONCERN_KEYS`` lists them: who has the database, or the keys of other fields, has not the words. Special here are
texts in addresses, which are sealed for a time, and that a page about a concern does not fail for one text.
"""

from typing import Any

from django.utils.translation import gettext as _

from core import encryption
from core.encryption import EncryptedTextField, KeyMissing

KEYS = "CONCERN_KEYS"


def seal(text: str) -> str:
    """Return the text as nobody can read it; twice the same text never looks the same."""
    return encryption.encrypt(text, keys=KEYS)


def unseal(sealed: str, *, seconds: int | None = None) -> str:
    """Return what was sealed, at most so many seconds ago.

    Raises:
        KeyMissing: no key of ours opens it, or it is older.
    """
    if not encryption.is_stored_encrypted(sealed):
        raise KeyMissing("This was not sealed.")
    return encryption.decrypt(sealed, keys=KEYS, seconds=seconds)


def is_sealed(stored: str) -> bool:
    """Tell whether what the database holds is empty or opens with a key of ours."""
    try:
        return stored == "" or bool(unseal(stored) or True)
    except KeyMissing:
        return False


class _Shut(str):
    """What is shown in the place of a text that no key opens; it is never written back."""

    __slots__ = ()


class SealedField(EncryptedTextField):
    """A text that is sealed on its way into the database and opened on its way out: nobody can seek or join by it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "strict": True, "keys": KEYS})

    def deconstruct(self) -> Any:
        """Return what a migration writes down: keys and strictness go with the class."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {key: value for key, value in kwargs.items() if key not in ("strict", "keys")}

    def get_prep_value(self, value: Any) -> Any:
        """Seal.

        Raises:
            KeyMissing: the text could not be read, so it would be lost.
        """
        if isinstance(value, _Shut):
            raise KeyMissing("A text that no key opens is not written anew.")
        return super().get_prep_value(value) or ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Open, or say that the key is missing: a page about a concern must not fail for one text."""
        try:
            return super().from_db_value(value, expression, connection) or ""
        except KeyMissing:
            return _Shut(_("This text cannot be opened: its key is missing."))
