"""Provider and office say how many places a session has; nobody loses one."""

from datetime import timedelta

import pytest
from django.urls import reverse

from activities import lifecycle
from activities.models import Session
from activities.scheduling import BadPlaces
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_family, make_party, make_session, statuses
from tests.factories.organisations import make_member, make_organisation, make_region, make_venue

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def session():
    office = make_organisation("office", region=make_region("瑞景街道"))
    return make_session(capacity=1, office=office, programme={"min_group": 1, "max_group": 6})


def page(client, session, by, **data):
    client.force_login(by.user)
    path = reverse("activities:places", args=[session.pk])
    if not data:
        return client.get(path, headers=ENGLISH)
    return client.post(path, {"seen": session.capacity, **data}, headers=ENGLISH)


@pytest.mark.parametrize("role", ["coordinator", "office"])
def test_more_places_go_to_who_waits(client, session, role):
    make_party(session)
    waits = make_party(session)
    by = make_member(session.office, "manager") if role == "office" else make_member(session.provider, role)
    assert "1 family waits" in page(client, session, by).text

    answer = page(client, session, by, capacity=2)

    assert answer.url == f"/sessions/{session.pk}/"
    assert statuses(waits) == ["offered"]
    client.force_login(by.user)
    assert "Change the number of places" in client.get(answer.url, headers=ENGLISH).text


def test_fewer_places_than_taken_drop_nobody(client, session):
    session.capacity = session.ceiling = 2
    session.save()
    held = [make_party(session), make_party(session)]

    page(client, session, make_member(session.provider, "manager"), capacity=1)

    assert [statuses(one) for one in held] == [["confirmed"], ["confirmed"]]
    assert Session.objects.values_list("capacity", "ceiling").get(pk=session.pk) == (1, 2)


@pytest.mark.parametrize(
    ("capacity", "sentence"),
    [
        (7, "The programme takes at most 6 children."),
        (0, "greater than or equal to 1"),
        ("many", "Enter a whole number"),
    ],
)
def test_a_number_that_does_not_fit_is_refused_and_kept_in_the_form(client, session, capacity, sentence):
    answer = page(client, session, make_member(session.provider, "manager"), capacity=capacity)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{capacity}"' in answer.text
    assert Session.objects.get(pk=session.pk).capacity == 1


def test_a_venue_holds_no_more_than_its_room():
    session = make_session(
        capacity=1, venue=make_venue(capacity=3), address="", programme={"min_group": 1, "max_group": 6}
    )

    with pytest.raises(BadPlaces, match=r"The venue holds at most 3 people\."):
        lifecycle.change_capacity(session, capacity=4, by=Acting(), now=NOW)
    assert lifecycle.change_capacity(session, capacity=3, by=Acting(), now=NOW).capacity == 3


def test_who_was_slower_sees_the_other_number_and_may_set_theirs(client, session):
    lifecycle.change_capacity(session, capacity=5, by=Acting(), now=NOW)
    by = make_member(session.provider, "manager")

    answer = page(client, session, by, seen=1, capacity=3)

    assert (answer.status_code, Session.objects.get(pk=session.pk).capacity) == (422, 5)
    assert "Somebody set it to 5 places meanwhile" in answer.text
    assert page(client, session, by, seen=5, capacity=3).status_code == 302


def test_a_double_click_changes_once_and_says_nothing_odd(client, session):
    by = make_member(session.provider, "manager")

    answers = [page(client, session, by, capacity=4).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert session.history.filter(verb="change_capacity").count() == 1


def test_a_session_that_is_off_takes_no_other_number(client, session):
    lifecycle.cancel(session, by=Acting(), now=STARTS_AT - timedelta(days=2), reason="Storm")

    answer = page(client, session, make_member(session.provider, "manager"), capacity=3)

    assert "takes no sign-ups any more" in answer.text


@pytest.mark.parametrize("who", ["finance", "clerk", "stranger", "guardian"])
def test_nobody_else_finds_the_page(client, session, who):
    by = {
        "finance": lambda: make_member(session.provider, "finance"),
        "clerk": lambda: make_member(session.office, "clerk"),
        "stranger": lambda: make_member(make_organisation("provider"), "manager"),
        "guardian": lambda: Acting(user=make_family()[0].user),
    }[who]()

    assert page(client, session, by).status_code == 404
    assert page(client, session, by, capacity=5).status_code == 404
