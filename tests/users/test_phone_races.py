"""Two proofs of one number at the same moment, on a real database."""

import threading
import time
from functools import partial
from itertools import count

import pytest
from django.core.management import call_command
from django.db import connection

from core import encryption
from tests import races
from tests.factories.users import make_user
from users import services
from users.models import User, UserManager

pytestmark = [pytest.mark.race]
PHONE = "+8613800000001"


@pytest.mark.usefixtures("fresh_db")
def test_two_devices_that_prove_a_new_number_at_once_are_in_one_login():
    race = races.run(*[partial(services.account_of, PHONE, language="en")] * 3)

    assert race.errors == []
    assert {user.pk for user in race.results} == {User.objects.get().pk}


@pytest.mark.usefixtures("fresh_db")
def test_two_logins_that_take_one_number_at_once_leave_it_to_one():
    race = races.run(*[partial(services.set_phone, make_user(), PHONE) for _ in range(3)])

    assert [type(error) for error in race.errors] == [services.PhoneTaken] * 2
    assert User.objects.filter(phone=PHONE).count() == 1


def two_processes_that_write_with_different_keys(monkeypatch, settings) -> None:
    """One was started anew with the new key first, the other one still writes with the old key."""
    keys, turns = encryption.ring, count()
    settings.FIELD_ENCRYPTION_KEYS = ["an-old-key-" * 6, "a-new-key-" * 6]
    own = threading.local()

    def ring(setting: str = encryption.FIELDS) -> list[encryption.Key]:
        if not hasattr(own, "turn"):
            own.turn = next(turns) % 2
        return keys(setting)[::-1] if own.turn else keys(setting)

    def slowly(manager: UserManager, **fields: str) -> User:
        time.sleep(0.3)
        return made(manager, **fields)

    made = UserManager.create_user
    monkeypatch.setattr(encryption, "ring", ring)
    monkeypatch.setattr(UserManager, "create_user", slowly)


@pytest.mark.usefixtures("fresh_db")
def test_two_devices_get_one_login_also_while_processes_write_with_different_keys(monkeypatch, settings):
    two_processes_that_write_with_different_keys(monkeypatch, settings)

    race = races.run(*[partial(services.account_of, PHONE, language="en")] * 2)

    assert race.errors == []
    assert {user.pk for user in race.results} == {User.objects.get().pk}


@pytest.mark.postgresql
@pytest.mark.usefixtures("fresh_db")
def test_without_holding_the_number_it_would_open_two_logins(monkeypatch, settings):
    """The negative control: SQLite takes one writer at a time anyway, PostgreSQL does not."""
    two_processes_that_write_with_different_keys(monkeypatch, settings)
    monkeypatch.setattr(encryption, "hold", lambda _text: None)

    race = races.run(*[partial(services.account_of, PHONE, language="en")] * 2)

    assert race.errors == []
    assert User.objects.count() == 2


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_db")
def test_the_migration_encrypts_the_phones_that_stand_there_and_can_be_taken_back():
    user = make_user(phone=PHONE)
    make_user()

    def stored() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT phone FROM users_user WHERE phone IS NOT NULL")
            return [phone for (phone,) in cursor.fetchall()]

    call_command("migrate", "users", "0004", verbosity=0)
    assert stored() == [PHONE]
    call_command("migrate", "users", "0005", verbosity=0)

    assert encryption.is_stored_encrypted(stored()[0])
    assert services.account_of(PHONE, language="en") == user
