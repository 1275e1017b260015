"""A session read for the surge's pages: its places anew each time, its surroundings from memory, a move at once."""

from datetime import timedelta

import pytest
from django.http import Http404

from activities import lifecycle, reading
from activities.models import Session
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_crew_member, make_party, make_session
from tests.factories.organisations import make_organisation, make_venue

pytestmark = pytest.mark.django_db


def test_session_now_costs_one_query_once_it_is_known_and_counts_places_anew(django_assert_num_queries):
    pk = make_session(capacity=3).pk
    reading.session_now(pk)
    make_party(Session.objects.get(pk=pk), 2)

    with django_assert_num_queries(1):
        row = reading.session_now(pk)
        assert (row.free, row.version.theme.name != "", row.provider.name != "", row.venue) == (1, True, True, None)
        assert row.region.lineage.startswith("12")


def test_session_now_sees_a_move_at_once():
    session = make_session()
    reading.session_now(session.pk)
    venue, start = make_venue(), STARTS_AT + timedelta(days=1)

    lifecycle.reschedule(
        session,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        venue=venue,
        address="",
        by=Acting(),
        now=NOW,
    )

    row = reading.session_now(session.pk)
    assert (row.venue, row.starts_at) == (venue, start)


def test_session_that_is_none_is_not_found():
    with pytest.raises(Session.DoesNotExist):
        reading.session_now(9)
    with pytest.raises(Http404):
        reading.session_or_404(9)


def test_crew_shown_says_how_many_and_whether_they_passed_the_gate():
    provider = make_organisation("provider")
    crew = [(make_crew_member(provider).pk, True), (make_crew_member(provider).pk, False)]

    assert reading.crew_shown(make_session(provider=provider, crew=crew)) == reading.Crew(2, is_cleared=True)
    assert reading.crew_shown(make_session()) == reading.Crew(0, is_cleared=False)
