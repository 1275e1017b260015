"""An office's clerk signs up a family that the office registered: first says which one."""

import pytest
import time_machine
from django.test import Client

from tests.conftest import NOW
from tests.factories.activities import make_session
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def office_with_families(count):
    """An office's clerk and the families that the office registered."""
    office = make_family_office()
    families = [make_guardian(registered_by=office, name=f"王家长{n}") for n in range(count)]
    for family in families:
        make_child(family)
    return make_member(office, "clerk"), families


def test_sign_up_by_a_clerk_first_asks_for_which_family():
    clerk, [family, other] = office_with_families(2)
    stranger = make_guardian(name="别处的家长")
    session = make_session()

    text = signed_in(clerk.user).get(f"/sessions/{session.pk}/sign-up/").content.decode()
    found = signed_in(clerk.user).post(f"/sessions/{session.pk}/sign-up/", {"q": "家长1"}).content.decode()

    assert "Which family do you sign up?" in text
    assert f"?guardian={family.pk}" in text
    assert stranger.name not in text
    assert f"?guardian={other.pk}" in found
    assert f"?guardian={family.pk}" not in found


@pytest.mark.parametrize("count", [1, 3])
def test_choosing_a_family_costs_the_same_with_more_families(django_assert_num_queries, count):
    clerk, _families = office_with_families(count)
    client, session = signed_in(clerk.user), make_session()
    client.get(f"/sessions/{session.pk}/sign-up/")

    with django_assert_num_queries(7):
        client.get(f"/sessions/{session.pk}/sign-up/")


def test_session_offers_the_clerk_to_sign_up_on_behalf():
    clerk, _families = office_with_families(1)
    session = make_session()

    for address in (f"/sessions/{session.pk}/", f"/catalog/{session.version.programme.slug}/", "/sessions/week/"):
        assert "Sign up on behalf" in signed_in(clerk.user).get(address).content.decode()
        assert "Sign up on behalf" not in signed_in(make_guardian().user).get(address).content.decode()
