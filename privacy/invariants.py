"""What must always hold about personal data."""

from django.apps import apps
from django.db import connection

from core import encryption
from core.invariants import Finding, Invariant
from users import factors


def values_are_encrypted() -> Finding:
    """privacy.encrypted: an encrypted field or second factor holds nothing that can be read, and its key is there."""
    known, checked, breaches = {key.id for key in encryption.ring()}, 0, []
    for model in apps.get_models():
        for each in encryption.encrypted_fields(model):
            table, column = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(str(each.column))
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT id, {column} FROM {table} WHERE {column} <> ''")  # noqa: S608  names of ours
                for pk, stored in cursor:
                    checked += 1
                    if not _is_readable_with(stored, known):
                        breaches.append(f"{model._meta.label} {pk}: {each.name} is not encrypted with a known key")
    for pk, stored in factors.stored_secrets():
        checked += 1
        if not _is_readable_with(stored, known):
            breaches.append(f"mfa.Authenticator {pk}: a secret is not encrypted with a known key")
    return Finding(checked, breaches)


def _is_readable_with(stored: str, known: set[str]) -> bool:
    return encryption.is_stored_encrypted(stored) and stored.partition(":")[0] in known


INVARIANTS = [
    Invariant("privacy.encrypted", "What is to be stored encrypted is, with a key that is there.", values_are_encrypted)
]
