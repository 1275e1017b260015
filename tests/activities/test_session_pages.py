"""The week and a session in the browser."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities.models import Session
from activities.templatetags.activities_tags import has_room
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    make_family,
    make_party,
    make_session,
    sign_up,
)
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    """A stranger who reads English."""
    return Client(headers={"accept-language": "en"})


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(name: str, *args) -> str:
    return reverse(f"activities:{name}", args=args)


def test_week_shows_what_is_open_within_seven_days(client):
    make_session(programme={"title_en": "Soon"})
    make_session(programme={"title_en": "Later"}, starts_at=STARTS_AT + timedelta(days=7))

    text = client.get(page("week")).content.decode()

    assert "Soon" in text
    assert "Later" not in text


def test_week_shows_full_sessions_last_and_leaves_them_out_if_asked(client):
    full = make_session(capacity=1, programme={"title_en": "All taken"})
    make_party(full)
    waited_for = make_session(capacity=3, starts_at=STARTS_AT + timedelta(hours=2))
    Session.objects.filter(pk=waited_for.pk).update(waiting_parties=1)
    kept = make_session(capacity=3, reserved=2, starts_at=STARTS_AT + timedelta(hours=3), opens_to_all_at=STARTS_AT)
    Session.objects.filter(pk=kept.pk).update(waiting_parties=1, taken=1, taken_outside=1)
    free = make_session(starts_at=STARTS_AT + timedelta(hours=4))

    everything = client.get(page("week"))
    with_places = client.get(page("week"), {"places": "free", "region": free.region_id})

    assert list(everything.context["page"]) == [kept, free, full, waited_for]
    assert list(with_places.context["page"]) == [kept, free]
    assert [bool(has_room(row)) for row in everything.context["page"]] == [True, True, False, False]
    assert f"?places=free&amp;region={free.region_id}" in client.get(page("week"), {"region": free.region_id}).text
    assert f'href="{page("week")}?region={free.region_id}"' in with_places.text


def test_week_without_a_free_place_leads_to_all_sessions(client):
    make_party(make_session(capacity=1))

    assert "All places of this week are taken" in client.get(page("week"), {"places": "free"}).text


def test_week_says_what_to_do_when_nothing_is_open(client):
    assert "Nothing is open this week" in client.get(page("week")).content.decode()


def test_week_keeps_to_a_region(client):
    session = make_session()

    here = client.get(page("week"), {"region": session.region_id}).content.decode()
    elsewhere = client.get(page("week"), {"region": "120113101000"})

    assert session.version.title_en in here
    assert list(elsewhere.context["page"]) == []


@pytest.mark.parametrize("count", [1, 3])
def test_week_costs_the_same_with_more_sessions(client, django_assert_num_queries, count):
    for _ in range(count):
        make_session()

    with django_assert_num_queries(2):
        client.get(page("week"))


def test_session_page_tells_a_stranger_no_name(client):
    party = make_party(make_session(), name="林小满")

    text = client.get(page("session", party.session_id)).content.decode()

    assert "小满" not in text
    assert "Only 1 place left" in text


def test_session_page_shows_the_family_its_own_sign_up():
    guardian, children = make_family(name="林小满")
    party = sign_up(make_session(), guardian, children)

    text = signed_in(guardian.user).get(page("session", party.session_id)).content.decode()

    assert "小满" in text
    assert "林小满" not in text


def test_session_page_costs_few_queries_for_a_stranger(client, django_assert_num_queries):
    session = make_session()

    with django_assert_num_queries(7):
        client.get(page("session", session.pk))
    with django_assert_num_queries(2):  # the row, and the number of its volunteers
        client.get(page("session", session.pk))
