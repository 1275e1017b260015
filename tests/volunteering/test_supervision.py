"""Enough adults: when sessions are opened, and again whenever somebody falls away; and nobody stays who lost leave."""

from datetime import date, timedelta

import pytest

from activities import adults
from activities.adults import TooFewAdults
from activities.models import CrewAssignment, Session, SessionHistory
from catalog.models import ProgrammeVersion
from core.time import today
from notifications.models import Message
from organisations.acting import Acting
from safeguarding import services
from tests.conftest import NOW
from tests.factories.activities import make_session
from tests.factories.catalog import make_programme
from tests.factories.organisations import make_member, make_organisation
from tests.factories.safeguarding import make_check
from tests.factories.volunteering import ENDS, STARTS, lead_of, make_assignment, make_helped_session, make_shift
from volunteering import assignments, supervision
from volunteering.invariants import too_few_adults_are_told
from volunteering.models import Assignment

pytestmark = pytest.mark.django_db


def said():
    return list(SessionHistory.objects.filter(verb__endswith="adults").order_by("pk").values_list("verb", "note"))


def told():
    return Message.objects.filter(kind="too_few_adults").values("cause").distinct().count()


@pytest.mark.parametrize(
    ("ratio", "two", "children", "needed"),
    [
        (None, False, 30, 0),
        (10, False, 20, 2),
        (10, False, 21, 3),
        (None, True, 1, 2),
        (20, True, 8, 2),
        (4, True, 0, 0),
    ],
)
def test_needed_follows_ratio_and_two_adult_rule(ratio, two, children, needed):
    assert adults.needed(ProgrammeVersion(children_per_adult=ratio, two_adults=two), children) == needed


def test_a_session_is_not_opened_with_fewer_adults_planned_than_its_places_need():
    rule = {"children_per_adult": 10, "two_adults": True, "volunteers_wanted": 1}
    with pytest.raises(TooFewAdults, match="asks for 3 adults; 1 are planned"):
        make_session(capacity=21, programme=rule)

    assert not Session.objects.exists()
    make_session(capacity=21, programme={**rule, "volunteers_wanted": 3})


@pytest.fixture
def session():
    """A lead and one volunteer for ten children where two adults are asked for."""
    programme = make_programme(children_per_adult=5, two_adults=True, volunteers_wanted=1)
    session = make_helped_session(programme)
    Session.objects.filter(pk=session.pk).update(taken=10)
    return session


def test_when_a_volunteer_withdraws_the_provider_is_told_at_once_and_again_only_when_it_happens_again(session):
    place = make_assignment(make_shift(session))
    assert supervision.sweep(NOW) == 0
    assert told() == 0

    assignments.withdraw(place, by=Acting(user=place.user), now=NOW)
    for _ in range(2):
        assert supervision.sweep(NOW) == 1
    assert said() == [("too_few_adults", "1 of 2")]
    assert told() == 1

    again = make_assignment(place.shift)
    supervision.sweep(NOW)
    assert said()[-1] == ("enough_adults", "2 of 2")
    assignments.withdraw(again, by=Acting(user=again.user), now=NOW)
    assert (len(said()), told()) == (3, 2)


def plan(session, *hours):
    """A volunteer for each span, in hours from the session's start."""
    start = session.starts_at
    for begins, ends in hours:
        times = {"starts_at": start + timedelta(hours=begins), "ends_at": start + timedelta(hours=ends)}
        make_assignment(make_shift(session, **times))


@pytest.mark.parametrize(
    ("hours", "there"),
    [
        ([(-4, -2)], 1),
        ([(1.5, 3)], 1),
        ([(0, 1)], 1),
        ([(0.5, 1.5)], 1),
        ([(0, 0.5), (1, 1.5)], 1),
        ([(0, 0.5), (0.5, 2)], 2),
        ([(-1, 2)], 2),
        ([(0, 1), (0, 1.5), (0.5, 1.5)], 3),
        ([(0, 1.5), (0, 1.5)], 3),
    ],
)
def test_adults_count_who_are_there_at_every_moment_of_the_session(session, hours, there):
    """A volunteer who carries chairs two hours before counted as the second adult: one was alone with the children."""
    plan(session, *hours)

    assert supervision.of_session(session.pk, NOW) == supervision.Adults(there, 2)


def test_when_a_volunteer_is_sent_home_the_provider_is_told_that_adults_are_missing(session):
    place = make_assignment(make_shift(session))
    assignments.check_in(place, by=lead_of(session), now=STARTS)
    supervision.sweep(STARTS)
    assert said() == []

    make_check(place.user, result="adverse", checked_on=date(2026, 11, 28), now=STARTS + timedelta(minutes=20))

    assert said() == [("too_few_adults", "1 of 2")]


def test_an_adverse_result_takes_a_volunteer_off_in_its_own_transaction_and_tells_the_lead(session):
    place = make_assignment(make_shift(session))
    lead = session.crew.get().user

    make_check(place.user, result="adverse", checked_on=date(2026, 11, 23))

    assert Assignment.objects.get().status == "cancelled"
    assert said() == [("too_few_adults", "1 of 2")]
    assert {"shift_lost_volunteer", "too_few_adults"} <= set(
        Message.objects.filter(recipient=lead).values_list("kind", flat=True)
    )


def test_an_adverse_result_or_a_suspension_takes_staff_off_every_session_to_come(session):
    officer = make_member(make_organisation("league"), "safeguarding")
    later = make_helped_session()
    make_check(session.crew.get().user, result="adverse", checked_on=date(2026, 11, 23))
    services.suspend(
        later.crew.get().user, from_on=today(NOW), until_on=None, reason="x", by=officer, now=NOW
    )  # fmt: skip

    assert not CrewAssignment.objects.active().exists()
    assert said() == [("too_few_adults", "0 of 2")]
    assert SessionHistory.objects.filter(verb="crew_removed").values_list("actor", flat=True)[1] == officer.user.pk


def test_an_adverse_result_touches_no_session_that_is_over(session):
    place = make_assignment(make_shift(session))
    services.record_check(
        place.user, result="adverse", checked_on=date(2026, 11, 23), reference="x",
        by=make_member(make_organisation("league"), "safeguarding"), now=ENDS,
    )  # fmt: skip

    assert Assignment.objects.get().status == "confirmed"


def test_the_crew_page_says_that_adults_are_missing(session, client, time_machine):
    time_machine.move_to(NOW)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(lead_of(session).user)

    assert "Too few adults: 1 are on duty, 2 are needed" in client.get(f"/sessions/{session.pk}/crew/").text
    Session.objects.filter(pk=session.pk).update(taken=0)
    assert "Too few adults" not in client.get(f"/sessions/{session.pk}/crew/").text


def test_h4_sees_what_nobody_said(session, time_machine):
    time_machine.move_to(NOW)
    assert [line.partition(":")[0] for line in too_few_adults_are_told().breaches] == [f"session {session.pk}"]

    supervision.sweep(NOW)

    found = too_few_adults_are_told()
    assert (found.checked, found.breaches) == (1, [])
