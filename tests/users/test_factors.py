"""Second factors: nobody who reads the database can make a code, and everybody still comes in with theirs."""

import json
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from core import encryption
from privacy.invariants import values_are_encrypted
from tests.conftest import NOW
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
OLD, NEW = "an-old-key-" * 6, "a-new-key-" * 6
SECRET, SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "5eed" * 20
MIGRATION = import_module("users.migrations.0003_encrypted_factors")


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW)


class Editor:
    """As much of a schema's editor as the step asks for."""

    connection = connection


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator ORDER BY id")
        return "\n".join(str(data) for (data,) in cursor.fetchall())


def code() -> str:
    """What an authenticator app shows at this moment."""
    return format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))


def comes_in(user, with_code: str) -> bool:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": "demo-city-2026"})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/2fa/authenticate/", {"code": with_code})
    return client.session.get("_auth_user_id") == str(user.pk)


@pytest.fixture
def user():
    return make_user("own@example.test")


@pytest.fixture
def factors(user, monkeypatch) -> RecoveryCodes:
    monkeypatch.setattr(RecoveryCodes, "generate_seed", lambda: SEED)
    TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user)


@pytest.fixture
def as_before(user):
    """Rows as they stood before: readable, recovery codes of either kind, and a passkey, which holds no secret."""
    make = Authenticator.objects.create
    make(user=user, type=Authenticator.Type.TOTP, data={"secret": SECRET})
    make(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": SEED, "used_mask": 1})
    make(user=make_user(), type=Authenticator.Type.RECOVERY_CODES, data={"migrated_codes": ["12345678", "87654321"]})
    make(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "phone", "credential": {}})


def test_the_row_holds_no_secret_and_both_ways_lead_in(user, factors):
    assert SECRET not in stored()
    assert SEED not in stored()
    assert values_are_encrypted().breaches == []

    recovery = factors.get_unused_codes()[0]
    assert comes_in(user, code())
    assert comes_in(user, recovery)
    assert not comes_in(user, recovery)
    assert not comes_in(user, "000000")


def test_what_stood_there_is_encrypted_once_and_the_step_can_be_taken_back(user, as_before):
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    assert len(values_are_encrypted().breaches) == 4

    MIGRATION.forwards(Editor)
    once = stored()
    MIGRATION.forwards(Editor)

    assert stored() == once
    assert [word for word in (SECRET, SEED, "12345678", "87654321") if word in once] == []
    assert values_are_encrypted().breaches == []
    assert comes_in(user, code())
    MIGRATION.backwards(Editor)
    assert [json.loads(line) if isinstance(line, str) else line for line in stored().split("\n")] == before


def test_rotating_keys_writes_them_anew_and_the_old_key_can_go(settings, monkeypatch, capsys, user, as_before):
    monkeypatch.setattr(encryption, "CHUNK", 2)
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    MIGRATION.forwards(Editor)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    call_command("rotate_keys")
    fresh = stored()
    call_command("rotate_keys")

    said = capsys.readouterr().out
    assert "Second factors: 3 written" in said
    assert "Second factors: 0 written" in said
    assert stored() == fresh
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert values_are_encrypted().breaches == []
    recovery = RecoveryCodes(Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES))
    assert comes_in(user, code())
    assert comes_in(user, recovery.get_unused_codes()[0])


def test_a_factor_that_no_key_opens_is_named_and_the_others_are_written_anew(settings, capsys, user, as_before):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    MIGRATION.forwards(Editor)
    lost = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    Authenticator.objects.filter(pk=lost.pk).update(data={"secret": lost.data["secret"][:-4] + "AAA="})
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    with pytest.raises(CommandError):
        call_command("rotate_keys")

    said = capsys.readouterr()
    assert said.err == f"mfa_authenticator {lost.pk}: a secret was left as it is, no key opens it\n"
    assert "Second factors: 2 written" in said.out


def test_a_secret_that_somebody_wrote_readable_into_the_database_opens_no_login(user):
    assert TOTP.activate(user, SECRET).validate_code(code())
    Authenticator.objects.update(data={"secret": SECRET})

    with pytest.raises(encryption.KeyMissing, match="not encrypted"):
        TOTP(Authenticator.objects.get()).validate_code(code())
