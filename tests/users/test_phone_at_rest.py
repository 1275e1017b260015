"""A login's phone is the one of a child's contact: nobody reads it in the database, and it opens one login only."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from core.encryption import is_stored_encrypted
from privacy.invariants import values_are_encrypted
from tests.factories.users import make_user
from users import services
from users.models import User

pytestmark = pytest.mark.django_db
OLD, NEW = "an-old-key-" * 6, "a-new-key-" * 6
PHONE = "+8613987654321"


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM users_user WHERE phone IS NOT NULL ORDER BY id")
        return [phone for (phone,) in cursor.fetchall()]


def test_the_database_holds_no_digit_of_a_login_s_phone_and_the_login_is_found_by_it():
    user = make_user(phone=PHONE)
    make_user(phone="+8613900000000")
    make_user()

    assert all(map(is_stored_encrypted, stored()))
    assert PHONE[3:] not in stored()[0]
    assert User.objects.get(phone=PHONE) == user
    assert services.account_of(PHONE, language="en") == user
    assert User.objects.get(pk=user.pk).phone == PHONE
    assert values_are_encrypted().breaches == []


def test_finding_a_login_by_its_phone_reads_one_row_by_an_index():
    text = User.objects.filter(phone=PHONE).explain()

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            text = User.objects.filter(phone=PHONE).explain()
    assert "user_phone_once" in text


def test_the_database_refuses_a_second_login_with_the_same_phone():
    make_user(phone=PHONE)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(phone=PHONE)


def test_a_phone_opens_one_login_while_keys_change_and_after_the_old_one_went(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    user, other = make_user(phone=PHONE), make_user()

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert services.account_of(PHONE, language="en") == user
    with pytest.raises(services.PhoneTaken):
        services.set_phone(other, PHONE)
    assert services.set_phone(User.objects.get(pk=user.pk), PHONE) is False

    call_command("rotate_keys")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert User.objects.get(phone=PHONE) == user
    with pytest.raises(services.PhoneTaken):
        services.set_phone(other, PHONE)
