"""The way of login sessions through the migrations: forwards from any state and back, and nobody signs in again."""

import pytest
from django.contrib.sessions.backends.db import SessionStore as OldStore
from django.core.management import call_command
from django.db import connection

from tests.factories.users import make_user
from tests.users.test_sessions import is_in, own, signed_in


def migrate(to: str) -> None:
    call_command("migrate", "users", to, verbosity=0)


def old_rows() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key, session_data FROM django_session")
        return dict(cursor.fetchall())


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_db")
def test_sessions_go_back_to_the_table_of_the_release_before_and_come_again():
    client = signed_in(make_user())
    key, held = client.session.session_key, own(client)
    with connection.cursor() as cursor:  # what a city that began with the release before has written down
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('sessions', '0001_initial', CURRENT_TIMESTAMP)"
        )

    migrate("0003")
    back = OldStore().decode(old_rows()[key])
    migrate("0006")
    assert key in old_rows()
    migrate("0007")

    assert {name: back[name] for name in held} == held
    assert "django_session" not in connection.introspection.table_names()
    assert is_in(client)


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_db")
def test_a_city_that_never_had_that_table_gets_none_on_the_way_back():
    migrate("0003")

    assert "django_session" not in connection.introspection.table_names()
    migrate("0007")
