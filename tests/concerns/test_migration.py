"""What was sealed before all encryption became one is read after the migration, and the way back is open."""

import base64
from importlib import import_module

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from concerns.invariants import words_are_sealed
from concerns.models import Statement
from core import encryption
from tests.breaking import drop_triggers
from tests.factories.concerns import make_concern, make_desks

OLD, NEW, WORDS = "an-old-key-" * 6, "a-new-key-" * 6, "手臂上有多处淤青"


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM concerns_statement")
        ((text,),) = cursor.fetchall()
        return text


def write(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE concerns_statement SET words = %s", [text])


def test_what_was_sealed_before_is_read_after_the_migration_and_can_be_taken_back(breakable_db, settings):
    settings.CONCERN_KEYS = [NEW, OLD]
    steps = import_module("concerns.migrations.0003_one_encryption")
    make_desks()
    make_concern(words=WORDS)
    key = HKDF(SHA256(), 32, salt=None, info=b"concerns").derive(OLD.encode())
    old = Fernet(base64.urlsafe_b64encode(key)).encrypt(WORDS.encode()).decode()

    class Editor:
        def execute(self, sql, params=None):
            with connection.cursor() as cursor:
                cursor.execute(sql)

    Editor.connection = connection
    for step in reversed(steps.Migration.operations):
        step.backwards(Editor())
    assert steps.before().decrypt(stored().encode()).decode() == WORDS
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Statement.objects.all().update(words="")

    steps.open_for_writing(Editor())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE concerns_statement SET words = %s", [old])
    for step in steps.Migration.operations:
        step.forwards(Editor())

    assert Statement.objects.get().words == WORDS
    assert encryption.can_be_opened(stored(), "CONCERN_KEYS")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Statement.objects.all().update(words="other")


def test_what_was_never_sealed_is_not_sealed_by_a_new_key_but_named(breakable_db, settings, capsys):
    """A token of the way before whose key is gone is no word, and nobody's plain text becomes what was reported."""
    settings.CONCERN_KEYS = [OLD]
    make_desks()
    rows = [make_concern(words=WORDS).statements.get() for _ in range(3)]
    drop_triggers("concerns_statement")
    old_form, plain = Fernet(Fernet.generate_key()).encrypt(WORDS.encode()).decode(), "nothing happened"
    with connection.cursor() as cursor:
        for row, text in zip(rows, (old_form, plain), strict=False):
            cursor.execute("UPDATE concerns_statement SET words = %s WHERE id = %s", [text, row.pk])
    settings.CONCERN_KEYS = [NEW, OLD]

    with pytest.raises(CommandError):
        call_command("rotate_keys")

    assert capsys.readouterr().err.splitlines() == [
        f"concerns_statement {row.pk}: words was left as it is, no key opens it" for row in rows[:2]
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM concerns_statement ORDER BY id")
        assert [text for (text,) in cursor.fetchall()][:2] == [old_form, plain]
    settings.CONCERN_KEYS = [NEW]
    assert Statement.objects.get(pk=rows[2].pk).words == WORDS
    assert len(words_are_sealed().breaches) == 2


@pytest.mark.parametrize("which", ["plain", "empty", "same key"])
def test_the_database_takes_only_what_has_the_form_of_another_key_s_token(breakable_db, settings, which):
    settings.CONCERN_KEYS = [OLD]
    make_desks()
    make_concern(words=WORDS)
    texts = {"plain": "nothing happened", "empty": "", "same key": encryption.encrypt("x", keys="CONCERN_KEYS")}

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        write(texts[which])


@pytest.mark.parametrize("form", ["plain", "made up", "torn"])
def test_it_cannot_tell_a_token_from_what_only_looks_like_one_and_verify_can(breakable_db, settings, form):
    """What the trigger's promise is not: it has no keys, so it looks at the form alone."""
    settings.CONCERN_KEYS = [NEW, OLD]
    make_desks()
    make_concern(words=WORDS)
    key = encryption.ring("CONCERN_KEYS")[1].id
    write({"plain": "anything::nothing happened", "made up": "0123abcd::gAAAAA", "torn": f"{key}::gAAAAA"}[form])

    assert words_are_sealed().breaches == [
        f"concerns_statement {Statement.objects.get().pk}: not sealed with a key of ours"
    ]
    assert "key is missing" in Statement.objects.get().words


def test_nobody_tells_a_token_that_a_known_key_wrote_from_the_one_that_stood_there(breakable_db, settings):
    settings.CONCERN_KEYS = [OLD]
    make_desks()
    make_concern(words=WORDS)
    settings.CONCERN_KEYS = [NEW, OLD]
    write(encryption.encrypt("别的话", keys="CONCERN_KEYS"))

    assert (words_are_sealed().breaches, Statement.objects.get().words) == ([], "别的话")
