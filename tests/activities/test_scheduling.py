"""Opening sessions: times, venues, crew."""

from datetime import timedelta

import pytest

from activities import lifecycle, scheduling
from activities.models import CrewAssignment, Session, SessionHistory
from organisations.acting import Acting
from safeguarding.clearance import NotCleared
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    acting,
    make_crew_member,
    make_session,
)
from tests.factories.organisations import make_member, make_organisation, make_venue
from tests.factories.safeguarding import make_cleared

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def make_crewed(**fields) -> tuple[Session, Acting]:
    provider = make_organisation("provider")
    member = make_crew_member(provider)
    return make_session(provider=provider, crew=[(member.pk, True)], **fields), acting(member)


def test_open_session_books_crew_and_says_when_sign_up_ends():
    session, by = make_crewed()

    row = CrewAssignment.objects.get()
    assert (row.user, row.is_lead, row.starts_at) == (by.user, True, session.starts_at)
    assert session.closes_at == STARTS_AT - timedelta(hours=2)
    assert session.opens_to_all_at == session.closes_at - timedelta(hours=72)
    assert SessionHistory.objects.get().verb == "open"


def test_open_session_in_a_taken_venue_names_it():
    venue = make_venue(name="Hall")
    make_session(venue=venue)

    with pytest.raises(scheduling.VenueTaken, match="Hall is taken Sat 28 Nov 2026, 09:30–11:00"):
        make_session(venue=venue, starts_at=STARTS_AT + timedelta(minutes=89))


def test_open_session_right_after_another_is_no_clash():
    venue = make_venue()
    make_session(venue=venue)

    make_session(venue=venue, starts_at=STARTS_AT + timedelta(minutes=90))

    assert Session.objects.count() == 2


def test_open_session_with_a_taken_crew_member_names_them():
    provider = make_organisation("provider")
    member = make_crew_member(provider)
    make_session(provider=provider, crew=[(member.pk, True)])

    with pytest.raises(scheduling.CrewTaken, match=str(member.user)):
        make_session(provider=provider, crew=[(member.pk, False)])


def test_open_session_of_a_cancelled_one_s_crew_and_venue_is_free():
    provider, venue = make_organisation("provider"), make_venue()
    member = make_crew_member(provider)
    first = make_session(provider=provider, crew=[(member.pk, True)], venue=venue)

    lifecycle.cancel(first, by=Acting(), now=NOW, reason="Storm")

    assert make_session(provider=provider, crew=[(member.pk, True)], venue=venue).pk


def test_open_session_with_somebody_who_is_not_cleared_on_its_date_is_refused():
    provider = make_organisation("provider")
    by = make_member(provider, "coordinator", user=make_cleared(checked_on=STARTS_AT.date() - timedelta(days=370)))
    member = by.user.memberships.get()

    with pytest.raises(NotCleared):
        make_session(provider=provider, crew=[(member.pk, True)])


@pytest.mark.parametrize("role", ["finance", None])
def test_open_session_with_somebody_elses_member_is_refused(role):
    provider = make_organisation("provider")
    member = make_crew_member(provider if role else make_organisation("provider"), role or "coordinator")

    with pytest.raises(scheduling.NotOfProvider):
        make_session(provider=provider, crew=[(member.pk, True)])


def test_open_session_with_nobody_s_membership_is_refused():
    with pytest.raises(scheduling.NotOfProvider):
        make_session(crew=[(999, True)])


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"starts_at": NOW - DAY, "now": NOW}, scheduling.BadTimes),
        ({"minutes": 0}, scheduling.BadTimes),
        ({"capacity": 0}, scheduling.BadPlaces),
        ({"capacity": 2, "reserved": 3}, scheduling.BadPlaces),
    ],
)
def test_open_session_that_makes_no_sense_is_refused(fields, refusal):
    with pytest.raises(refusal):
        make_session(**fields)


def test_open_session_shortly_before_its_start_closes_sign_up_at_once():
    session = make_session(starts_at=NOW + timedelta(hours=1), now=NOW)

    assert session.opens_at == session.closes_at == NOW


def test_open_sessions_refuses_a_clash_between_two_plans():
    first = make_session()
    venue = make_venue()
    plan = scheduling.SessionPlan(
        version=first.version,
        provider=first.provider,
        region=first.region,
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(hours=1),
        capacity=5,
        venue=venue,
    )

    with pytest.raises(scheduling.VenueTaken):
        scheduling.open_sessions([plan, plan], by=Acting(), now=NOW)
    assert Session.objects.count() == 1


def test_clashes_names_venue_and_crew_except_of_the_session_itself():
    provider, venue = make_organisation("provider"), make_venue()
    member = make_crew_member(provider)
    session = make_session(provider=provider, crew=[(member.pk, True)], venue=venue)
    ask = {
        "venue_id": venue.pk,
        "membership_ids": [member.pk],
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + DAY,
    }

    assert [(row.venue, row.membership) for row in scheduling.clashes(**ask)] == [(venue, None), (None, member)]
    assert scheduling.clashes(**ask, exclude_session=session) == []
    assert scheduling.clashes(**ask | {"venue_id": None, "membership_ids": []}) == []
