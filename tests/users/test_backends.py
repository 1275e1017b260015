"""Who is signed in: one way in, and out on the very next request."""

import pytest

from tests.factories.users import make_user
from users.backends import AuthenticationBackend

pytestmark = pytest.mark.django_db


def test_get_user_knows_who_may_sign_in_only(django_assert_num_queries):
    user, gone = make_user(), make_user(is_active=False)

    with django_assert_num_queries(3):
        assert [AuthenticationBackend().get_user(pk) for pk in (user.pk, gone.pk, 0)] == [user, None, None]


def test_who_is_switched_off_is_out_on_the_next_request(client):
    user = make_user()
    client.force_login(user)
    assert client.get("/my/details/").status_code == 200

    type(user).objects.update(is_active=False)

    assert client.get("/my/details/").status_code == 302


def test_a_session_that_has_ended_is_nobodys(client):
    client.force_login(make_user())
    client.session.delete()

    assert client.get("/my/details/").status_code == 302


def test_an_e_mail_and_a_password_are_the_way_in(client):
    user = make_user()

    assert client.login(email=user.email, password="demo-city-2026")
    assert not client.login(email=user.email, password="wrong")
