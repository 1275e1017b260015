"""What is stored encrypted: nobody reads it in the database, equal values are found, keys change without a gap."""

import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection

from core import encryption
from core.encryption import KeyMissing, decrypt, encrypt, encrypt_column, is_stored_encrypted, rotate
from people.models import Guardian, PickUpPerson
from privacy.invariants import values_are_encrypted
from tests.factories.people import make_child, make_guardian
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
OLD, NEW = "an-old-key-" * 6, "a-new-key-" * 6
PHONE = "+8613987654321"


def stored(guardian: Guardian) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM people_guardian WHERE id = %s", [guardian.pk])
        return cursor.fetchone()[0]


def test_the_database_holds_no_digit_of_a_phone_and_the_page_reads_it():
    guardian = make_guardian(phone=PHONE)

    assert is_stored_encrypted(stored(guardian))
    assert PHONE[3:] not in stored(guardian)
    assert Guardian.objects.get(pk=guardian.pk).phone == PHONE
    assert encrypt(PHONE) != encrypt(PHONE)
    assert (encrypt(""), decrypt("")) == ("", "")


def test_equal_values_are_found_and_what_cannot_be_asked_is_refused_not_missed():
    guardian, without = make_guardian(phone=PHONE), make_guardian(phone="")
    make_guardian(phone="+8613900000000")

    assert list(Guardian.objects.filter(phone=PHONE)) == [guardian]
    assert set(Guardian.objects.filter(phone__in=[PHONE, ""])) == {guardian, without}
    assert list(Guardian.objects.filter(phone="")) == [without]
    assert list(Guardian.objects.filter(phone__in=["+8611111111111"])) == []
    with pytest.raises(FieldError):
        list(Guardian.objects.filter(phone__contains="3987"))
    with pytest.raises(FieldError):
        list(PickUpPerson.objects.filter(phone=PHONE))


def test_a_value_is_found_and_read_under_every_key_that_is_there(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    before = make_guardian(phone=PHONE)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    after = make_guardian(phone=PHONE)

    assert set(Guardian.objects.filter(phone=PHONE)) == {before, after}
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(KeyMissing, match="No key"):
        Guardian.objects.get(pk=before.pk)
    with pytest.raises(KeyMissing, match="cannot be read"):
        decrypt(stored(after)[:-4] + "AAA=")


def test_rotation_writes_everything_anew_goes_on_where_it_stopped_and_the_old_key_can_go(settings, monkeypatch, capsys):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    guardians = [make_guardian(phone=f"+861390000000{n}") for n in range(5)]
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    monkeypatch.setattr(encryption, "CHUNK", 2)

    assert next(rotate(Guardian)) == 2  # and then the power went
    fresh = stored(guardians[0])
    call_command("rotate_keys")

    assert "people.Guardian: 3 values" in capsys.readouterr().out
    assert stored(guardians[0]) == fresh
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert [Guardian.objects.get(pk=one.pk).phone for one in guardians] == [one.phone for one in guardians]
    assert sum(rotate(Guardian)) == 0


def test_rotation_passes_over_a_row_that_clashes_or_that_no_key_opens_names_it_and_writes_the_others(settings, capsys):
    """Processes with different keys may have written one number twice: the index on its hash sees one key's only."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    users = [make_user(phone=f"+861390000000{n}") for n in range(3)]
    guardian, other = make_guardian(phone=PHONE), make_guardian(phone="+8613900000000")
    torn = stored(guardian)[:-4] + "AAA="
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_guardian SET phone = %s WHERE id = %s", [torn, guardian.pk])
        cursor.execute(
            "UPDATE users_user SET phone = %s WHERE id = %s", [encrypt(users[0].phone, findable=True), users[2].pk]
        )

    with pytest.raises(CommandError, match="Keep the older keys"):
        call_command("rotate_keys")

    said = capsys.readouterr()
    assert said.err.splitlines() == [
        f"people_guardian {guardian.pk}: phone was left as it is, no key opens it",
        f"users_user {users[0].pk}: phone was left as it is, the database refuses it beside another row",
    ]
    assert "users.User: 1 values" in said.out
    assert "Nothing is left" not in said.out
    assert stored(guardian) == torn
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert Guardian.objects.get(pk=other.pk).phone == other.phone
    assert User.objects.get(pk=users[1].pk).phone == users[1].phone


def test_verify_opens_each_value_and_names_the_row_of_one_that_was_torn():
    guardian = make_guardian(phone=PHONE)
    assert values_are_encrypted().breaches == []
    with connection.cursor() as cursor:
        torn = stored(guardian)[:-9] + "AAAAAAAA="
        cursor.execute("UPDATE people_guardian SET phone = %s WHERE id = %s", [torn, guardian.pk])

    assert values_are_encrypted().breaches == [
        f"people.Guardian {guardian.pk}: phone is not encrypted so that a known key opens it"
    ]


def test_the_migration_encrypts_what_stands_there_once_and_can_be_taken_back():
    guardian = make_guardian(phone=PHONE)
    step = encrypt_column("people_guardian", "phone", findable=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_guardian SET phone = %s WHERE id = %s", [PHONE, guardian.pk])
    assert Guardian.objects.get(pk=guardian.pk).phone == PHONE
    assert values_are_encrypted().breaches == [
        f"people.Guardian {guardian.pk}: phone is not encrypted so that a known key opens it"
    ]

    class Editor:
        pass

    Editor.connection = connection
    step.forwards(Editor)
    once = stored(guardian)
    step.forwards(Editor)

    assert stored(guardian) == once
    assert list(Guardian.objects.filter(phone=PHONE)) == [guardian]
    assert values_are_encrypted().breaches == []
    step.backwards(Editor)
    assert stored(guardian) == PHONE


def test_lists_of_families_are_stored_encrypted():
    from people.models import FamilyImport

    child = make_child(make_guardian())
    assert encryption.encrypted_fields(FamilyImport)
    assert encryption.encrypted_fields(type(child)) == []
