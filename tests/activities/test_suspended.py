"""Who is suspended gets no new place on any way, is told what would help, and keeps the places there are."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from activities import backups, checkin, eligibility, many, placements, series, signups, waiting
from activities.models import SignUp
from activities.reading import session_now
from core.memory import forget
from core.time import today
from organisations.models import Organisation
from people.models import Guardian, Guardianship
from tests.conftest import NOW
from tests.factories.activities import (
    BY,
    STARTS_AT,
    acting,
    by_guardian,
    make_crew_member,
    make_family,
    make_party,
    make_session,
    sign_up,
    statuses,
)
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_guardian

pytestmark = pytest.mark.django_db
TODAY = today(NOW)


def suspended_family(*, until=None, children: int = 1):
    guardian, found = make_family(children)
    suspend(guardian, until=until)
    return guardian, found


def suspend(guardian, *, until=None) -> None:
    Guardian.objects.filter(pk=guardian.pk).update(suspended_from=TODAY, suspended_until=until)
    guardian.refresh_from_db()


def codes(refusal) -> set[str]:
    return {one.code for found in refusal.value.obstacles.values() for one in found}


def test_their_own_sign_up_is_refused_and_says_what_would_help():
    guardian, children = suspended_family(until=TODAY + timedelta(days=60))

    with pytest.raises(eligibility.NotEligible, match=r"suspended .* until .*to whom to write") as refusal:
        sign_up(make_session(), guardian, children)

    assert codes(refusal) == {eligibility.SUSPENDED}
    assert not SignUp.objects.exists()


def test_an_office_signs_nobody_up_with_them_alone_or_among_many():
    clerk = make_member(make_organisation("office"), "clerk")
    guardian, children = suspended_family()
    session = make_session()

    with pytest.raises(eligibility.NotEligible):
        signups.sign_up(session.pk, children=children, guardian=guardian, by=clerk, now=NOW, submission_id=uuid.uuid4())
    [refused, taken] = many.sign_up_families(
        session.pk, [(guardian, children), make_family()], papers=None, by=clerk, now=NOW, submission_id=uuid.uuid4()
    )

    assert refused.party is None
    assert taken.party is not None


def test_another_guardian_signs_the_child_up():
    _guardian, [child] = suspended_family()
    other = make_guardian()
    Guardianship.objects.create(child=child, guardian=other, relation="parent", starts_on=TODAY)

    assert statuses(sign_up(make_session(), other, [child])) == ["confirmed"]


def test_back_ups_and_several_dates_are_no_way_round():
    guardian, children = suspended_family()
    number = uuid.uuid4()
    first = make_session(capacity=1, series=number)
    later = {"starts_at": STARTS_AT + timedelta(weeks=1), "version": first.version, "provider": first.provider}
    second = make_session(series=number, **later)
    what = {"children": children, "guardian": guardian, "by": by_guardian(guardian), "now": NOW}

    with pytest.raises(eligibility.NotEligible):
        backups.sign_up(first.pk, backups=[second.pk], submission_id=uuid.uuid4(), **what)
    with pytest.raises(series.AllRefused):
        series.sign_up(first.pk, dates=[first.pk, second.pk], submission_id=uuid.uuid4(), **what)


def test_a_demo_or_import_places_nobody_of_theirs():
    guardian, children = suspended_family()
    session = make_session()

    placed = placements.bulk_confirm([placements.Placement(session, children, guardian, by_guardian(guardian), NOW)])

    assert placed == []


def test_at_the_door_the_staff_learns_only_that_it_cannot_be():
    guardian, [child] = suspended_family()
    session = make_session()
    staff = acting(make_crew_member(session.provider))

    with pytest.raises(eligibility.NotEligible) as refusal:
        checkin.walk_in(session, child, guardian=guardian, by=staff, now=session.closes_at + timedelta(minutes=1))

    assert "suspended" not in refusal.value.at_the_door
    assert not SignUp.objects.exists()


@pytest.mark.parametrize(("until", "left"), [(TODAY, "waiting"), (None, "cancelled")])
def test_who_waits_is_passed_over_while_it_lasts_and_taken_out_if_it_outlasts_the_wait(until, left):
    session = make_session(capacity=1)
    holder, [mine, next_one] = make_party(session), [make_party(session) for _ in range(2)]
    suspend(mine.guardian, until=until)

    signups.cancel_party(holder, by=BY, now=NOW)

    assert statuses(mine) == [left]
    assert statuses(next_one) == ["offered"]
    assert waiting.left_behind(session, now=NOW) == []


def test_an_offer_made_before_is_not_taken_meanwhile():
    session = make_session(capacity=1)
    holder, party = make_party(session), make_party(session)
    signups.cancel_party(holder, by=BY, now=NOW)
    suspend(party.guardian)
    party.refresh_from_db()

    with pytest.raises(eligibility.NotEligible):
        signups.accept_offer(type(party).objects.get(pk=party.pk), by=by_guardian(party.guardian), now=NOW)


def test_places_they_have_are_kept_and_can_be_given_back():
    session = make_session()
    party = make_party(session)
    suspend(party.guardian)

    assert statuses(party) == ["confirmed"]
    signups.cancel_party(party, by=by_guardian(party.guardian), now=NOW)
    assert statuses(party) == ["cancelled"]


@pytest.mark.parametrize("what", ["provider", "programme"])
def test_nobody_new_joins_what_the_league_suspended_and_who_waits_keeps_the_rank(what):
    session = make_session(capacity=1)
    holder, waits = make_party(session), make_party(session)
    if what == "provider":
        Organisation.objects.filter(pk=session.provider_id).update(status="suspended")
    else:
        type(session.version.programme).objects.filter(pk=session.version.programme_id).update(status="suspended")
    forget()

    with pytest.raises(eligibility.NotEligible, match=f"suspended the {what} for now") as refusal:
        sign_up(session, *make_family())
    signups.cancel_party(holder, by=BY, now=NOW)

    assert codes(refusal) == {eligibility.PAUSED}
    assert statuses(waits) == ["waiting"]


def test_the_check_costs_no_query(django_assert_num_queries):
    guardian, children = suspended_family(children=3)
    session = session_now(make_session().pk)
    eligibility.find(session, children, NOW, guardian=None)

    with django_assert_num_queries(2):
        found = eligibility.find(session, children, NOW, guardian=guardian)

    assert all(one.code == eligibility.SUSPENDED for reasons in found.values() for one in reasons)


def test_the_form_leads_the_guardian_but_no_clerk_to_the_reason():
    office = make_organisation("office")
    clerk, session = make_member(office, "clerk"), make_session()
    own, _children = suspended_family()
    clerked, _others = make_family(guardian=make_guardian(registered_by=office))
    suspend(clerked)

    with time_machine.travel(NOW, tick=False):
        pages = [
            signed_in(user).get(f"/sessions/{session.pk}/sign-up/?guardian={guardian.pk}").text
            for user, guardian in ((own.user, own), (clerk.user, clerked))
        ]

    assert ["/safeguarding/suspended/" in page for page in pages] == [True, False]
    assert all("暂停" in page for page in pages)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client
