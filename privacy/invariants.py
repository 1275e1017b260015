"""What must always hold about personal data."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from core import encryption
from core.invariants import Finding, Invariant
from privacy.lifecycle import TRANSITIONS
from privacy.models import Incident, IncidentHistory, Telling
from users import factors


def values_are_encrypted() -> Finding:
    """privacy.encrypted: what is to be encrypted is, and a key that is there opens it."""
    checked, breaches = 0, []
    for model in apps.get_models():
        for each in encryption.encrypted_fields(model):
            for pk, stored in _held(each):
                checked += 1
                if not encryption.can_be_opened(stored, each.keys):
                    breaches.append(
                        f"{model._meta.label} {pk}: {each.name} is not encrypted so that a known key opens it"
                    )
    for pk, stored in factors.stored_secrets():
        checked += 1
        if not encryption.can_be_opened(stored):
            breaches.append(f"mfa.Authenticator {pk}: a secret is not encrypted so that a known key opens it")
    return Finding(checked, breaches)


def _held(field: encryption.EncryptedTextField) -> Iterator[tuple[object, str]]:
    """Yield what the database holds, each with the number of its row; the key of a login session is a secret itself."""
    meta, quote = field.model._meta, connection.ops.quote_name
    number = quote("id") if meta.pk.get_internal_type() == "BigAutoField" else "'…'"
    column = quote(str(field.column))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {number}, {column} FROM {quote(meta.db_table)} WHERE {column} <> ''")  # noqa: S608  names of ours
        yield from cursor


def every_step_is_an_edge() -> Finding:
    """K1: the history of each incident joins up from its record to the status that it has."""
    stands = dict(Incident.objects.values_list("pk", "status"))
    here: dict[int, str] = {}
    breaches, checked = [], 0
    rows = IncidentHistory.objects.exclude(after="").order_by("incident_id", "pk")
    for pk, verb, before, after in rows.values_list("incident_id", "verb", "before", "after").iterator():
        checked += 1
        is_edge = (verb, before) == ("record", "") or TRANSITIONS.get(verb, {}).get(before) == after
        if before != here.get(pk, "") or not is_edge:
            breaches.append(f"incident {pk}: {verb} from “{before}” to “{after}” after “{here.get(pk, '')}”")
        here[pk] = after
    breaches += [
        f"incident {pk}: its history ends at “{here.get(pk, '')}”" for pk, at in stands.items() if here.get(pk) != at
    ]
    return Finding(checked=checked, breaches=breaches)


def who_was_written_to_got_it() -> Finding:
    """privacy.told: for each line that says somebody was written to, the incident's notice was sent."""
    written = Telling.objects.filter(how__in=[Telling.How.MESSAGE, Telling.How.OFFICE])
    early = written.filter(affected__incident__sent_at=None).order_by("pk").values_list("pk", flat=True)
    return Finding(written.count(), [f"telling {pk}: its incident's notice was never sent" for pk in early])


INVARIANTS = [
    Invariant("K1", "Each state of an incident has its history row.", every_step_is_an_edge),
    Invariant(
        "privacy.told", "Whoever is said to have been written to was sent the notice.", who_was_written_to_got_it
    ),
    Invariant(
        "privacy.encrypted",
        "What is to be stored encrypted is, and a key that is there opens it.",
        values_are_encrypted,
    ),
]
