"""Places kept for the ordering area: every page says for whom, and until when."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import places
from tests.conftest import NOW
from tests.factories.activities import make_family, make_party, make_session, sign_up
from tests.factories.organisations import make_region

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def kept_session(capacity=8, reserved=8):
    return make_session(capacity=capacity, reserved=reserved, opens_to_all_at=UNTIL)


def text_of(name, *args, user=None):
    client = Client(headers={"accept-language": "en"})
    if user:
        client.force_login(user)
    return client.get(reverse(f"activities:{name}", args=args)).content.decode()


@pytest.mark.parametrize(("name", "reserved"), [("week", 8), ("week", 3), ("session", 8), ("session", 3)])
def test_lists_say_for_whom_places_are_kept(name, reserved):
    session = kept_session(reserved=reserved)

    text = text_of(name, *([] if name == "week" else [session.pk]))

    words = "Until" if reserved == 8 else "3 of them until"
    assert "8 places left" in text
    assert words in text
    assert f"only for children from {session.region}" in text


def test_lists_say_nothing_of_it_once_all_may_come():
    make_session(capacity=8, reserved=8, opens_to_all_at=NOW)

    assert "only for children" not in text_of("week")


def test_family_from_elsewhere_reads_that_it_will_wait_and_until_when():
    session = kept_session()
    guardian, _children = make_family(home=make_region("天穆村"))

    text = text_of("sign-up", session.pk, user=guardian.user)

    assert f"Kept for {session.region}" in text
    assert "Join the waiting list" in text
    assert "8 places left</b>" not in text


def test_family_of_the_area_is_offered_the_place_though_others_wait():
    session = kept_session()
    make_party(session, home=make_region("天穆村"))
    guardian, _children = make_family()

    assert 'for-one">Sign up</span>' in text_of("sign-up", session.pk, user=guardian.user)
    assert "Sign up<" in text_of("week")


def test_ticket_of_who_waits_for_kept_places_says_until_when():
    session = kept_session()
    guardian, children = make_family(home=make_region("天穆村"))
    party = sign_up(session, guardian, children)

    text = text_of("ticket", session.pk, party.pk, user=guardian.user)

    assert f"free places are kept for children from {session.region}" in text


@pytest.mark.parametrize(
    ("reserved", "home", "expected"),
    [
        (8, None, places.Room(8, is_there=True)),
        (3, "天穆村", places.Room(5, is_there=True)),
        (8, "天穆村", places.Room(0, is_there=False, for_area=True)),
    ],
)
def test_room_for_a_family(reserved, home, expected):
    session = kept_session(reserved=reserved)
    _guardian, children = make_family(**({"home": make_region(home)} if home else {}))

    assert places.room_for(session, children, frozenset(), NOW) == expected


def test_room_in_a_full_session_is_kept_from_nobody():
    session = kept_session()
    session.taken = session.capacity
    _guardian, children = make_family(home=make_region("天穆村"))

    assert places.room_for(session, children, frozenset(), NOW) == places.Room(0, is_there=False)
