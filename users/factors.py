"""Second factors: what opens a login beside its password is stored encrypted, as allauth's adapter lets us.

allauth keeps the seed of an authenticator app and that of the recovery codes in one JSON column beside what is no
secret, so the values in it are encrypted, not the column.
"""

from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from core import encryption

_ONE, _SEVERAL = ("secret", "seed"), ("migrated_codes",)
_SEEDED = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]


class FactorAdapter(DefaultMFAAdapter):
    """Writes the secrets of second factors with the newest key, and reads those of all keys."""

    def encrypt(self, text: str) -> str:
        """Return what is stored for a secret."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret.

        Raises:
            KeyMissing: no key opens it, or it was never encrypted: who can write into the database makes none up.
        """
        if not encryption.is_stored_encrypted(encrypted_text):
            raise encryption.KeyMissing("A secret of a second factor is not encrypted.")
        return encryption.decrypt(encrypted_text)


def changed(data: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return a second factor's data with each secret in it changed."""
    ones = {name: change(data[name]) for name in _ONE if name in data}
    lists = {name: [change(each) for each in data[name]] for name in _SEVERAL if name in data}
    return {**data, **ones, **lists}


def stored_secrets() -> Iterator[tuple[int, str]]:
    """Yield every secret as the database holds it, with the number of its second factor."""
    rows = Authenticator.objects.filter(type__in=_SEEDED).values_list("pk", "data")
    for pk, data in rows.iterator(chunk_size=encryption.CHUNK):
        values = [data.get(name) for name in _ONE] + [each for name in _SEVERAL for each in data.get(name, [])]
        yield from ((pk, value) for value in values if value)


def rotate(left: set[str] | None = None) -> Iterator[int]:
    """Write what older keys wrote anew with the newest one, some hundred rows in one transaction. Yield how many.

    What no key opens stays as it is; ``left`` is told the table and number, never a value.
    """
    last, left = 0, set() if left is None else left
    while True:
        with transaction.atomic():
            rows = Authenticator.objects.select_for_update(of=("self",)).filter(type__in=_SEEDED, pk__gt=last)
            read = list(rows.order_by("pk").values_list("pk", "data")[: encryption.CHUNK])
            done = sum(_renew(pk, data, left) for pk, data in read)
        if not read:
            return
        yield done
        last = read[-1][0]


def _renew(pk: int, data: dict[str, Any], left: set[str]) -> bool:
    try:
        anew = changed(data, encryption.renewed)
    except encryption.KeyMissing:
        left.add(f"{Authenticator._meta.db_table} {pk}: a secret was left as it is, no key opens it")
        return False
    return anew != data and bool(Authenticator.objects.filter(pk=pk).update(data=anew))
