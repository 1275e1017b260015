"""Login sessions: read together with whose they are, ended when they should be, forgotten in time."""

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.privacy import Person
from tests.factories.users import make_user
from users import privacy
from users.backends import AuthenticationBackend, asking_for
from users.models import LoginSession
from users.sessions import SessionStore

pytestmark = pytest.mark.django_db


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
