"""What a sign-up points at is looked up before the row of a hot session is held."""

import pytest
from django.db import connection


@pytest.mark.postgresql
@pytest.mark.django_db
def test_what_a_sign_up_refers_to_is_checked_before_the_session_is_locked():
    """At the commit every check would lengthen the time for which a hot session's row is held."""
    tables = "('activities_party'::regclass, 'activities_signup'::regclass, 'activities_signuphistory'::regclass)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT condeferred, array_agg(DISTINCT confrelid::regclass::text) FROM pg_constraint "
            f"WHERE contype = 'f' AND conrelid IN {tables} GROUP BY condeferred"
        )
        found = dict(cursor.fetchall())

    assert found[True] == ["activities_session"]
    assert {"people_child", "people_guardian", "users_user", "activities_signup"} <= set(found[False])
