"""Fields that the database holds encrypted, found by a keyed hash.

``FIELD_ENCRYPTION_KEYS`` lists the keys, the newest first: it writes, all of them read. A field may have a list of its
own, named by a setting. A value is stored as ``<key>:<hash>:<token>``: which key, a keyed hash by which equal values
are found (empty where nobody asks for them), and the encrypted words. ``manage.py rotate_keys`` writes everything anew
with the newest key.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Cast
from django.db.models.lookups import Lookup

from core.locking import demand_transaction
from core.operations import InDatabase

FIELDS = "FIELD_ENCRYPTION_KEYS"  # the setting that lists the keys where a field names no other
_ID, _HASH = 8, 32  # hexadecimal digits
FOUND_BY = _ID + 1 + _HASH  # how many characters of a stored value say what it equals
CHUNK = 500
_STORED = re.compile(rf"([0-9a-f]{{{_ID}}}):((?:[0-9a-f]{{{_HASH}}})?):(\S+)", re.ASCII)


if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
    _Lookup = Lookup[Any]
else:
    _TextField, _Lookup = models.TextField, Lookup


class KeyMissing(Exception):
    """A value was encrypted with a key that is not there any more, was tampered with, or is too old."""


@dataclass(frozen=True)
class Key:
    """One key: its public name, what encrypts and what hashes."""

    id: str
    fernet: Fernet
    mac: bytes

    @classmethod
    def of(cls, secret: str) -> "Key":
        """Derive the parts from the secret; none of them tells the others."""

        def part(what: str) -> bytes:
            return hmac.digest(secret.encode(), f"field-encryption:{what}".encode(), hashlib.sha256)

        return cls(part("id").hex()[:_ID], Fernet(base64.urlsafe_b64encode(part("encrypt"))), part("hash"))

    def found_by(self, text: str) -> str:
        """Return how a stored value begins that equals the text."""
        return f"{self.id}:{hmac.new(self.mac, text.encode(), hashlib.sha256).hexdigest()[:_HASH]}"


@cache
def _keys(secrets: tuple[str, ...]) -> list[Key]:
    return [Key.of(secret) for secret in secrets]


def ring(keys: str = FIELDS) -> list[Key]:
    """Return the keys that a setting lists, the newest first."""
    return _keys(tuple(getattr(settings, keys)))


def encrypt(text: str, *, findable: bool = False, keys: str = FIELDS) -> str:
    """Return what is stored for a text; nothing stays nothing."""
    if not text:
        return text
    key = ring(keys)[0]
    start = key.found_by(text) if findable else f"{key.id}:"
    return f"{start}:{key.fernet.encrypt(text.encode()).decode()}"


def is_stored_encrypted(stored: str) -> bool:
    """Tell whether a stored value has the form of an encrypted one."""
    return _STORED.fullmatch(stored) is not None


def can_be_opened(stored: str, keys: str = FIELDS) -> bool:
    """Tell whether a stored value is encrypted, and one of the keys opens it."""
    try:
        decrypt(stored, keys=keys)
    except KeyMissing:
        return False
    return is_stored_encrypted(stored)


def decrypt(stored: str, *, keys: str = FIELDS, seconds: int | None = None) -> str:
    """Return the text of a stored value; what was never encrypted is returned as it is.

    Raises:
        KeyMissing: its key is not there, somebody changed it, or it is older than ``seconds``.
    """
    parts = _STORED.fullmatch(stored)
    if parts is None:
        return stored
    key = next((each for each in ring(keys) if each.id == parts[1]), None)
    if key is None:
        raise KeyMissing(f"No key {parts[1]} in {keys}.")
    try:
        return key.fernet.decrypt(parts[3].encode(), ttl=seconds).decode()
    except InvalidToken:
        raise KeyMissing(f"A value of the key {parts[1]} cannot be read.") from None


def renewed(stored: str, *, findable: bool = False, keys: str = FIELDS) -> str:
    """Return what the newest key writes for a stored value; what it wrote itself is returned as it is."""
    if stored.startswith(f"{ring(keys)[0].id}:"):
        return stored
    return encrypt(decrypt(stored, keys=keys), findable=findable, keys=keys)


def hold(text: str) -> None:
    """Let nobody else hold the same text until the transaction ends.

    A unique index on the hashes sees equal values of one key only. So while several keys are there, whoever writes a
    value that may stand once holds it, and looks for it under every key. One process may still write with an older
    key, so the lock goes by a key that all of them name alike. SQLite has one writer at a time.
    """
    demand_transaction()
    if connection.vendor == "postgresql" and len(ring()) > 1:
        named = min(ring(), key=lambda each: each.id).found_by(text)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(named[-15:], 16)])


class EncryptedTextField(_TextField):
    """A text that the database holds encrypted.

    ``findable`` ones answer ``exact`` and ``in``; no others do. ``strict`` ones read nothing that was not encrypted:
    what they hold opens something, and who can write into the database must not make it up. ``keys`` names the setting
    that lists the keys.
    """

    is_encrypted = True

    def __init__(
        self, *args: Any, findable: bool = False, strict: bool = False, keys: str = FIELDS, **kwargs: Any
    ) -> None:
        self.findable, self.strict, self.keys = findable, strict, keys
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what a migration writes down."""
        name, path, args, kwargs = super().deconstruct()
        kwargs |= {name: True for name in ("findable", "strict") if getattr(self, name)}
        if self.keys != FIELDS:
            kwargs["keys"] = self.keys
        return name, path, args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in."""
        text = super().get_prep_value(value)
        return encrypt(text, findable=self.findable, keys=self.keys) if text else text

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> Any:
        """Decrypt on the way out; it raises what ``opened`` does."""
        return self.opened(value) if value else value

    def opened(self, stored: str) -> str:
        """Return the text of what the database holds.

        Raises:
            KeyMissing: its key is not there, or a strict one was not encrypted.
        """
        if self.strict and not is_stored_encrypted(stored):
            raise KeyMissing(f"{self} was written by something else.")
        return decrypt(stored, keys=self.keys)

    def renewed(self, stored: str) -> str:
        """Return what the newest key writes for what the database holds; it raises what ``opened`` does."""
        if self.strict:
            self.opened(stored)
        return renewed(stored, findable=self.findable, keys=self.keys)

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every question that encrypted words cannot answer, rather than find nothing."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        return {"exact": _Equals, "in": _OneOf, "stale": _Stale}.get(lookup_name)

    def formfield(self, **kwargs: Any) -> Any:
        """Show one line, not a box."""
        return models.Field.formfield(self, **{"max_length": self.max_length, **kwargs})


class EncryptedJSONField(EncryptedTextField):
    """Lists and mappings that the database holds encrypted."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in."""
        return None if value is None else encrypt(json.dumps(value, ensure_ascii=False), keys=self.keys)

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> Any:
        """Decrypt on the way out."""
        return json.loads(self.opened(value)) if value else value

    def to_python(self, value: Any) -> Any:
        """Leave a list a list."""
        return value


class _Equals(_Lookup):
    """``exact``: by the keyed hash of each key; nothing equals nothing."""

    lookup_name = "exact"
    prepare_rhs = False

    def values(self) -> list[str]:
        return [self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        field = self.lhs.output_field
        wanted = self.values()
        if any(not isinstance(value, str) for value in wanted) or (any(wanted) and not field.findable):
            raise FieldError(f"{field.name} is encrypted and cannot be compared with that.")
        column, params = self.process_lhs(compiler, connection)
        left = (
            f"LEFT({column}, {FOUND_BY})" if connection.vendor == "postgresql" else f"SUBSTR({column}, 1, {FOUND_BY})"
        )
        starts = [key.found_by(value) for value in wanted if value for key in ring(field.keys)]
        parts = [f"{left} IN ({', '.join(['%s'] * len(starts))})"] if starts else []
        parts += [f"{column} = ''"] if "" in wanted else []
        return f"({' OR '.join(parts) or '1 = 0'})", (*list(params) * len(parts), *starts)


class _OneOf(_Equals):
    """``in``: as ``exact``, for several."""

    lookup_name = "in"

    def values(self) -> list[str]:
        return list(self.rhs)


class _Stale(_Lookup):
    """``stale=True``: what the newest key did not write, and what was never encrypted."""

    lookup_name = "stale"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        column, params = self.process_lhs(compiler, connection)
        newest = ring(self.lhs.output_field.keys)[0]
        return f"({column} <> '' AND {column} NOT LIKE %s)", (*list(params) * 2, f"{newest.id}:%")


def encrypted_fields(model: type[models.Model]) -> list[EncryptedTextField]:
    """Return the model's encrypted fields."""
    return [each for each in model._meta.local_concrete_fields if isinstance(each, EncryptedTextField)]


def rotate(model: type[models.Model], left: set[str] | None = None) -> Iterator[int]:
    """Write what older keys wrote anew with the newest one, some hundred rows in one transaction. Yield how many.

    It may be stopped and started again at any time: what is done is not found again. What cannot be written anew stays
    as it is; ``left`` is told its table and number, and why, never a value.
    """
    left = set() if left is None else left
    for each in encrypted_fields(model):
        wrote = True
        while wrote:  # a process with an older key may have written behind us meanwhile
            wrote = False
            for done in _round(model, each, left):
                wrote = wrote or done > 0
                yield done


def _round(model: type[models.Model], field: EncryptedTextField, left: set[str]) -> Iterator[int]:
    """Go by what the database holds: a field may show something else where a key is missing."""
    beyond: dict[str, Any] = {}
    while True:
        with transaction.atomic():
            stale = model._base_manager.select_for_update(of=("self",)).filter(**{f"{field.name}__stale": True})
            held = stale.filter(**beyond).annotate(held=Cast(field.name, models.TextField())).order_by("pk")
            rows = list(held.values_list("pk", "held")[:CHUNK])
            done = sum(_renew(model, field, pk, stored, left) for pk, stored in rows)
        if not rows:
            return
        yield done
        beyond = {"pk__gt": rows[-1][0]}


def _renew(model: type[models.Model], field: EncryptedTextField, pk: Any, stored: str, left: set[str]) -> bool:
    try:
        anew = models.Value(field.renewed(stored), models.TextField())
        with transaction.atomic():
            model._base_manager.filter(pk=pk).update(**{field.name: anew})
    except (KeyMissing, IntegrityError) as error:
        why = "no key opens it" if isinstance(error, KeyMissing) else "the database refuses it beside another row"
        number = pk if isinstance(pk, int) else "…"  # the key of a login session is a secret itself
        left.add(f"{model._meta.db_table} {number}: {field.name} was left as it is, {why}")
        return False
    return True


def encrypt_column(table: str, column: str, *, findable: bool = False, key: str = "id") -> InDatabase:
    """Return the migration step that encrypts what stands in a column; it may be run twice."""
    return change_column(
        table,
        column,
        lambda value: value if is_stored_encrypted(value) else encrypt(value, findable=findable),
        decrypt,
        key=key,
    )


def change_column(
    table: str, column: str, there: Callable[[str], str], back: Callable[[str], str], *, key: str = "id"
) -> InDatabase:
    """Return the migration step that writes each value of a column anew; ``key`` names the primary key."""

    def write(editor: BaseDatabaseSchemaEditor, change: Callable[[str], str]) -> None:
        read = f'SELECT {key}, "{column}" FROM {table} WHERE "{column}" <> %s'  # noqa: S608
        with editor.connection.cursor() as cursor:
            cursor.execute(f"{read} ORDER BY {key} LIMIT {CHUNK}", [""])
            while rows := cursor.fetchall():
                changed = [(change(str(value)), pk) for pk, value in rows]
                cursor.executemany(f'UPDATE {table} SET "{column}" = %s WHERE {key} = %s', changed)  # noqa: S608
                cursor.execute(f"{read} AND {key} > %s ORDER BY {key} LIMIT {CHUNK}", ["", rows[-1][0]])

    return InDatabase(lambda editor: write(editor, there), lambda editor: write(editor, back))
