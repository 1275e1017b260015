"""Login sessions: read together with whose they are, ended when they should be, forgotten in time."""

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as OldStore
from django.core import signing
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.privacy import Person
from privacy.invariants import values_are_encrypted
from tests.factories.users import make_user
from users import privacy
from users.backends import AuthenticationBackend, asking_for
from users.models import LoginSession
from users.sessions import SessionStore

pytestmark = pytest.mark.django_db
OLD, NEW = "an-old-key-" * 6, "a-new-key-" * 6
FIELDS = (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY)


def signed_in(user):
    """A browser that the person signed in with."""
    client = Client()
    client.force_login(user)
    return client


def test_session_and_person_are_one_query(django_assert_num_queries):
    user = make_user()
    store = SessionStore(signed_in(user).session.session_key)

    with django_assert_num_queries(1), asking_for(store):
        assert AuthenticationBackend().get_user(int(store[SESSION_KEY])) == user


def test_session_knows_whose_it_is_once_somebody_signed_in():
    visitor = SessionStore()
    visitor.create()
    user = make_user()
    client = signed_in(user)

    assert LoginSession.objects.get(pk=visitor.session_key).user is None
    assert LoginSession.objects.get(pk=client.session.session_key).user == user
    client.post("/accounts/logout/")
    assert not LoginSession.objects.filter(user=user).exists()


def test_who_is_signed_in_is_what_the_session_says_not_what_stands_beside_it():
    user, other = make_user(), make_user()
    client = signed_in(user)
    LoginSession.objects.update(user=other)

    assert client.get("/my/details/").context["user"] == user


def test_nobody_is_asked_for_with_anothers_session():
    user, other = make_user(), make_user()
    store = SessionStore(signed_in(user).session.session_key)
    store.load()

    with asking_for(store):
        assert AuthenticationBackend().get_user(other.pk) == other
    assert AuthenticationBackend().get_user(other.pk) == other


def test_sessions_of_the_table_before_go_on():
    user = make_user()
    client = signed_in(user)
    key = client.session.session_key
    fields = ("session_key", "session_data", "expire_date")
    before = LoginSession.objects.values_list(*fields).get(pk=key)
    unnoted = signed_in(make_user()).session.session_key
    UserSession.objects.create(user=user, session_key=key, ip="192.0.2.1")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE django_session AS SELECT session_key, session_data, expire_date FROM users_loginsession"
        )
    LoginSession.objects.all().delete()

    import_module("users.migrations.0004_login_sessions").take_over(connection.schema_editor())

    assert LoginSession.objects.values_list(*fields).get(pk=key) == before
    assert dict(LoginSession.objects.values_list("pk", "user")) == {key: user.pk, unnoted: None}
    assert client.get("/my/details/").status_code == 200


def write(key: str, stored: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users_loginsession SET session_data = %s WHERE session_key = %s", [stored, key])


def stored(key: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM users_loginsession WHERE session_key = %s", [key])
        return cursor.fetchone()[0]


def is_in(client: Client) -> bool:
    return client.get("/my/details/").status_code == 200


def test_a_second_factor_that_is_being_set_up_cannot_be_read_in_the_database():
    user = make_user()
    client = signed_in(user)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    client.post("/accounts/reauthenticate/", {"password": "demo-city-2026"})
    client.get("/accounts/2fa/totp/activate/")
    session = client.session
    secret = session["mfa.totp.secret"]

    assert secret not in stored(session.session_key)
    assert "mfa.totp" not in stored(session.session_key)
    assert SessionStore(session.session_key)["mfa.totp.secret"] == secret
    assert values_are_encrypted().breaches == []


def test_a_session_that_somebody_writes_into_the_database_opens_nothing():
    client = signed_in(make_user())
    assert is_in(client)

    write(client.session.session_key, SessionStore().encode(own(client)))
    assert not is_in(client)
    assert values_are_encrypted().breaches == [
        "users.LoginSession …: session_data is not encrypted so that a known key opens it"
    ]


class Editor:
    """As much of a schema's editor as the step asks for."""

    connection = connection


def own(client: Client) -> dict[str, str]:
    """What the browser's session holds of a login."""
    return {name: client.session[name] for name in FIELDS}


def test_only_sessions_that_the_site_signed_are_encrypted_and_all_others_end(settings, monkeypatch):
    settings.SECRET_KEY_FALLBACKS = ["the-key-of-last-month"]
    step = import_module("users.migrations.0006_encrypted_sessions")
    monkeypatch.setattr(step, "CHUNK", 2)
    signed, before, changed, plain = (signed_in(make_user()) for _ in range(4))
    signer = signing.TimestampSigner(key="the-key-of-last-month", salt=step.SALT)
    for client, words in (
        (signed, OldStore().encode(own(signed))),
        (before, signer.sign_object(own(before))),
        (changed, OldStore().encode(own(changed)) + "x"),
        (plain, SessionStore().encode(own(plain))),  # unsigned JSON: encrypted, it would open a login
    ):
        write(client.session.session_key, words)

    step.Migration.operations[1].forwards(Editor)
    step.Migration.operations[1].forwards(Editor)

    assert [is_in(client) for client in (signed, before, changed, plain)] == [True, True, False, False]
    assert LoginSession.objects.filter(user__isnull=False).count() == 2
    assert values_are_encrypted().breaches == []


def test_encrypted_sessions_go_back_signed_and_those_that_no_key_opens_end(settings):
    step = import_module("users.migrations.0006_encrypted_sessions")
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    lost = signed_in(make_user()).session.session_key
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    client = signed_in(make_user())
    key, held = client.session.session_key, own(client)

    step.Migration.operations[1].backwards(Editor)

    assert not LoginSession.objects.filter(pk=lost).exists()
    assert {name: OldStore().decode(stored(key))[name] for name in FIELDS} == held
    step.Migration.operations[1].forwards(Editor)
    assert is_in(client)


def test_sessions_outlive_a_change_of_keys_and_end_without_their_key(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    first, second = signed_in(make_user()), signed_in(make_user())
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert is_in(first)

    call_command("rotate_keys")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert is_in(first)

    settings.FIELD_ENCRYPTION_KEYS = ["quite-another-" * 5]
    assert second.get("/").status_code == 200
    assert not is_in(second)


def test_a_change_of_keys_does_not_make_a_forged_session_open_and_tells_no_session_s_key(settings, capsys):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    true, forged = signed_in(make_user()), signed_in(make_user())
    key = forged.session.session_key
    write(key, SessionStore().encode(own(forged)))
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    with pytest.raises(CommandError):
        call_command("rotate_keys")

    said = capsys.readouterr().err
    assert "users_loginsession …: session_data was left as it is" in said
    assert key not in said
    assert (is_in(true), is_in(forged)) == (True, False)


def test_night_forgets_sessions_that_ended_and_their_devices():
    now = timezone.now()
    kept, over = signed_in(make_user()), signed_in(make_user())
    for client in (kept, over):
        UserSession.objects.create(
            user_id=int(client.session[SESSION_KEY]), session_key=client.session.session_key, ip="192.0.2.1"
        )
    LoginSession.objects.filter(pk=over.session.session_key).update(expire_date=now - timedelta(minutes=1))

    assert privacy.forget(now) == {"login_sessions": 1, "devices": 1}

    assert LoginSession.objects.get().pk == UserSession.objects.get().session_key == kept.session.session_key


def test_erasing_a_login_ends_its_sessions_also_those_that_no_device_was_noted_for():
    user = make_user()
    client = signed_in(user)

    privacy.erase(Person(user=user.pk), timezone.now())

    assert not LoginSession.objects.filter(user=user).exists()
    assert client.get("/my/details/").status_code == 302
