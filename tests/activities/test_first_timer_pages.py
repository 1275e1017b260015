"""Places kept for first-timers: pages say for whom, until when, and what would help a child that came before."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import places, queries, reading
from activities.models import Session
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_family, make_returning, make_session, sign_up
from tests.factories.organisations import make_region

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def kept_session(capacity=8, first_timers=8, **fields):
    return make_session(capacity=capacity, first_timers=first_timers, opens_to_all_at=UNTIL, **fields)


def text_of(name, *args, user=None):
    client = Client(headers={"accept-language": "en"})
    if user:
        client.force_login(user)
    return client.get(reverse(f"activities:{name}", args=args)).text


@pytest.mark.parametrize("name", ["week", "session"])
def test_lists_say_how_many_places_are_kept_for_first_timers(name):
    session = kept_session(first_timers=3)

    text = text_of(name, *([] if name == "week" else [session.pk]))

    assert "8 places left" in text
    assert "3 places kept for children who come for the first time, until Wed 25 Nov 2026, 10:00" in text


def test_lists_say_nothing_of_it_once_all_may_come_or_none_is_left():
    make_session(capacity=8, first_timers=8, opens_to_all_at=NOW)
    full = kept_session(capacity=1, first_timers=1)
    Session.objects.filter(pk=full.pk).update(taken=1)

    assert "who comes for the first time" not in text_of("week")


def test_family_that_came_before_reads_that_it_will_wait_until_when_and_why():
    session = kept_session()
    guardian, _children = make_returning(session)

    text = text_of("sign-up", session.pk, user=guardian.user)

    assert "until Wed 25 Nov 2026, 10:00 the free places are kept for children who come for the first time" in text
    assert "Kept for first-timers" in text
    assert "Join the waiting list" in text
    assert "sign it up without the others" not in text


def test_family_that_came_before_reads_how_many_places_are_left_for_it():
    session = kept_session(first_timers=6)
    guardian, _children = make_returning(session)

    text = text_of("sign-up", session.pk, user=guardian.user)

    assert "has been to this programme before: 2 places are left for it" in text
    assert 'for-one">Sign up</span>' in text


def test_family_of_both_kinds_reads_what_would_help():
    """The brother came before; the sister alone would have a place at once."""
    session = kept_session()
    guardian, _children = make_returning(session)
    make_family(guardian=guardian)

    text = text_of("sign-up", session.pk, user=guardian.user)

    assert text.count("has been to this programme before") == 1
    assert "Who comes for the first time may get a place at once if you sign it up without the others." in text
    assert 'for-one">Sign up</span>' in text


def test_family_of_both_kinds_with_room_for_all_reads_nothing_of_that():
    session = kept_session(first_timers=6)
    guardian, _children = make_returning(session)
    make_family(guardian=guardian)

    assert "sign it up without the others" not in text_of("sign-up", session.pk, user=guardian.user)


def test_first_timer_is_offered_the_place_though_others_wait():
    session = kept_session()
    sign_up(session, *make_returning(session))
    guardian, _children = make_family()

    assert 'for-one">Sign up</span>' in text_of("sign-up", session.pk, user=guardian.user)
    assert "Sign up<" in text_of("week")


def test_session_whose_free_places_are_kept_comes_before_the_full_ones():
    full, kept = (
        make_session(capacity=1),
        kept_session(capacity=2, first_timers=1, starts_at=STARTS_AT + timedelta(hours=3)),
    )
    Session.objects.filter(pk=full.pk).update(taken=1)
    Session.objects.filter(pk=kept.pk).update(taken=1, taken_returning=1, waiting_parties=1)

    assert list(queries.this_week(NOW)) == [kept, full]
    assert list(queries.this_week(UNTIL, only_with_places=True)) == []


@pytest.mark.parametrize(
    ("reserved", "home", "came_before", "expected"),
    [
        (0, None, False, places.Room(4, is_there=True)),
        (0, None, True, places.Room(1, is_there=True)),
        (4, "天穆村", False, places.Room(0, is_there=False, for_area=True)),
        (2, "天穆村", True, places.Room(1, is_there=True)),
        (4, "天穆村", True, places.Room(0, is_there=False, for_area=True, for_first_timers=True)),
    ],
)
def test_room_for_a_family(reserved, home, came_before, expected):
    session = kept_session(4, 3, reserved=reserved)
    where = {"home": make_region(home)} if home else {}
    _guardian, children = make_returning(session, **where) if came_before else make_family(**where)

    assert places.room_for(session, children, places.been_before(session, children, NOW), NOW) == expected


def test_room_for_who_came_before_is_not_there_while_others_wait():
    session = kept_session(4, 2)
    session.waiting_parties = 1
    _guardian, children = make_returning(session)

    been = places.been_before(session, children, NOW)

    assert places.room_for(session, children, been, NOW) == places.Room(2, is_there=False, for_first_timers=True)


def test_other_dates_offered_to_who_came_before_are_those_with_room_for_it():
    full = make_session(capacity=1)
    Session.objects.filter(pk=full.pk).update(taken=1)
    same = {"version": full.version, "provider": full.provider}
    kept = kept_session(1, 1, starts_at=STARTS_AT + timedelta(hours=3), **same)
    free = kept_session(2, 1, starts_at=STARTS_AT + timedelta(hours=6), **same)
    _guardian, children = make_returning(full)
    _other, newcomers = make_family()

    assert reading.backups_shown(full, children, NOW) == [free]
    assert reading.backups_shown(full, newcomers, NOW) == [kept, free]


def ticket(session, family):
    party = sign_up(session, *family)
    return text_of("ticket", session.pk, party.pk, user=family[0].user)


def test_ticket_of_who_waits_for_kept_places_says_until_when():
    session = kept_session()

    text = ticket(session, make_returning(session))

    assert "Until Wed 25 Nov 2026, 10:00 free places are kept for children who come to this programme" in text
    assert "cancel for" not in text


def test_ticket_of_a_family_of_both_kinds_says_what_would_help():
    session = kept_session()
    guardian, (brother,) = make_returning(session, name="林小满")
    _same, (sister,) = make_family(guardian=guardian)

    text = ticket(session, (guardian, [brother, sister]))

    assert (
        "小满 has been here before: cancel for 小满, and who comes for the first time may get a place at once." in text
    )


def test_ticket_of_who_is_from_elsewhere_and_came_before_says_both():
    session = kept_session(reserved=8)

    text = ticket(session, make_returning(session, home=make_region("天穆村")))

    assert "and for those who come to this programme for the first time" in text


def test_ticket_of_a_first_timer_who_waits_says_nothing_of_it():
    session = kept_session(2, 1)
    sign_up(session, *make_family(1))

    text = ticket(session, make_family(2))

    assert "free places are kept" not in text


def test_post_for_a_session_that_keeps_places_asks_once_more(
    django_capture_on_commit_callbacks, django_assert_num_queries
):
    """A surge on such a session costs one question more, however many children."""
    from tests.activities.test_signup_pages import COST

    session = kept_session(4, 1)
    guardian, children = make_returning(session, 2)
    client = Client()
    client.force_login(guardian.user)
    address = reverse("activities:sign-up", args=[session.pk])
    client.get(address)
    data = {"children": [child.pk for child in children], "submission_id": uuid.uuid4()}

    with django_assert_num_queries(COST + 1), django_capture_on_commit_callbacks(execute=True):
        client.post(address, data)
    session.refresh_from_db()
    assert session.taken_returning == 2


def test_who_came_before_is_asked_only_where_it_decides(django_assert_num_queries):
    full = make_session(capacity=1)
    Session.objects.filter(pk=full.pk).update(taken=1)
    same = {"version": full.version, "provider": full.provider}
    roomy = kept_session(5, 2, starts_at=STARTS_AT + timedelta(hours=3), **same)
    _guardian, children = make_returning(full)
    reading.backups_shown(full, children, NOW)  # the dates with room are known for some seconds

    with django_assert_num_queries(0):
        assert reading.backups_shown(full, children, NOW) == [roomy]
