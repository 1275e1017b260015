"""Sealed texts are stored as every encrypted field is, so that ``rotate_keys`` writes them anew as well.

The database goes on refusing to change what was reported, but for two things: another key writes a text anew, and the
night empties one that is three years old and takes away who reported it. One day less: its clock may differ from that of who asks.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import migrations

from core.encryption import change_column, decrypt, encrypt, is_stored_encrypted
from core.operations import InDatabase
from core.triggers import append_only, rewritable

KEYS = "CONCERN_KEYS"
TEXTS = {
    "concerns_statement": ("words", "subject", "contact"),
    "concerns_handoff": ("words",),
    "concerns_note": ("words",),
}
KEPT = {
    "concerns_statement": ("id", "submission_id", "concern_id", "at"),
    "concerns_handoff": ("id", "submission_id", "concern_id", "agency", "told_at", "reference", "by_id"),
    "concerns_note": ("id", "submission_id", "concern_id", "verb", "at", "by_id"),
}
LINKS = {"concerns_statement": ("reporter_id",)}
WHEN = {"concerns_statement": "at", "concerns_handoff": "told_at", "concerns_note": "at"}


def before():
    """Return what sealed until now."""

    def key(word):
        made = HKDF(SHA256(), 32, salt=None, info=b"concerns").derive(word.encode())
        return Fernet(base64.urlsafe_b64encode(made))

    return MultiFernet([key(word) for word in settings.CONCERN_KEYS])


def there(value):
    try:
        text = "" if is_stored_encrypted(value) else before().decrypt(value.encode()).decode()
    except InvalidToken:  # its key is gone: nobody reads it, and ``verify`` goes on saying so
        return value
    return encrypt(text, keys=KEYS) or value


def back(value):
    return before().encrypt(decrypt(value, keys=KEYS).encode()).decode() if is_stored_encrypted(value) else value


def open_for_writing(editor):
    for table in TEXTS:
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update{on}")


def shut_again(editor):
    open_for_writing(editor)
    for table in TEXTS:
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete{on}")
    append_only(*TEXTS).forwards(editor)


class Migration(migrations.Migration):

    dependencies = [
        ('concerns', '0002_nine_categories'),
    ]

    operations = [
        InDatabase(open_for_writing, shut_again),
        *[change_column(table, column, there, back) for table, columns in TEXTS.items() for column in columns],
        *[
            rewritable(
                table,
                texts=TEXTS[table],
                kept=KEPT[table],
                since=WHEN[table],
                days=3 * 365 - 1,
                links=LINKS.get(table, ()),
            )
            for table in TEXTS
        ],
    ]
