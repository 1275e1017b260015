"""Why a child may not come, and who may do what."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection

from activities import eligibility, lifecycle, policies, queries, signups, waiting
from activities.eligibility import WrongAge
from activities.models import SignUp
from activities.templatetags.activities_tags import given, this_week, upcoming_sessions
from organisations.acting import Acting
from people import services as people
from people.models import Child
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    acting,
    by_guardian,
    make_crew_member,
    make_family,
    make_party,
    make_session,
    sign_up,
)
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_child

pytestmark = pytest.mark.django_db


def sentences(session, children, now):
    """What stands against each child, in words."""
    return {
        pk: [one.sentence for one in found]
        for pk, found in eligibility.find(session, children, now, guardian=None).items()
    }


def test_check_welcomes_who_may_come():
    _, (child,) = make_family()

    assert sentences(make_session(), [child], NOW) == {child.pk: []}


def test_check_says_too_old():
    _, (child,) = make_family(age=13)

    assert sentences(make_session(), [child], NOW) == {child.pk: ["Too old: up to 12 years."]}


def test_check_counts_the_age_on_the_sessions_day():
    birthday = STARTS_AT.date().replace(year=2018)
    _, (child,) = make_family(birth_date=birthday)

    assert sentences(make_session(), [child], NOW) == {child.pk: []}


def test_check_says_that_a_record_was_joined_with_another():
    _, (child,) = make_family()
    child.merged_into = make_child()

    assert eligibility.find(make_session(), [child], NOW, guardian=None)[child.pk][0].code == eligibility.MERGED


def test_check_names_the_other_session_at_that_time():
    guardian, (child,) = make_family()
    sign_up(make_session(programme={"title_en": "Dogs"}), guardian, [child])

    (sentence,) = sentences(make_session(), [child], NOW)[child.pk]

    assert sentence.startswith("Has a place in “Dogs” at that time (Sat 28 Nov 2026, 09:30).")


def test_check_minds_who_waits_for_this_session_and_not_who_waits_for_another_at_that_time():
    full, (guardian, (child,)) = make_session(capacity=1), make_family()
    sign_up(full, *make_family())
    sign_up(full, guardian, [child])

    assert sentences(make_session(), [child], NOW) == {child.pk: []}
    assert sentences(full, [child], NOW) == {child.pk: ["Already signed up for this session."]}


def test_closed_because_it_was_closed():
    session = make_session()

    closed = lifecycle.close(session, by=Acting(), now=session.ends_at)

    assert "has begun" in eligibility.closed_because(closed, session.ends_at)
    assert eligibility.closed_because(session, NOW) == ""


def test_refuse_overlap_asks_again_inside_the_transaction_on_sqlite():
    guardian, children = make_family()
    sign_up(make_session(), guardian, children)
    other = make_session()

    if connection.vendor == "sqlite":
        with pytest.raises(eligibility.NotEligible):
            eligibility.refuse_overlap(other, children)
    else:
        eligibility.refuse_overlap(other, children)


def test_settled_runs_once_more_after_an_overlap_at_the_commit(monkeypatch):
    monkeypatch.setattr(waiting, "connection", type("Free", (), {"in_atomic_block": False}))
    calls = []

    @waiting.settled
    def verb(message):
        calls.append(message)
        if len(calls) == 1:
            raise IntegrityError(message)
        return "done"

    assert verb("signup_child_overlap") == "done"
    calls.clear()
    with pytest.raises(IntegrityError):
        verb("something else")


def test_policies_of_the_people_around_a_session():
    member = make_crew_member(make_organisation("provider"))
    session = make_session(provider=member.organisation, crew=[(member.pk, True)])
    finance = make_member(session.provider, "finance")
    officer = make_member(make_organisation("league"), "officer")
    stranger = make_member(make_organisation("provider"), "manager")

    assert policies.is_crew(acting(member), session)
    assert not policies.is_crew(Acting(), session)
    assert [policies.runs(by, session) for by in (acting(member), finance, officer, stranger)] == [True, *[False] * 3]
    assert policies.may_see_roster(acting(member), session, STARTS_AT + timedelta(hours=72))
    assert not policies.may_see_roster(acting(member), session, STARTS_AT + timedelta(hours=73))


def test_queries_for_start_pages():
    member = make_crew_member(make_organisation("provider"))
    session = make_session(provider=member.organisation, crew=[(member.pk, True)])
    guardian, children = make_family()
    sign_up(session, guardian, children)

    assert list(queries.sessions_of_crew(acting(member), NOW)) == [session]
    assert list(queries.sign_ups_of(Child.objects.all())) == [SignUp.objects.get()]
    assert list(queries.to_review(by_guardian(guardian), NOW)) == []
    assert queries.attendance_counts([session.pk]) == {session.pk: (1, 0)}
    assert queries.held([session.pk]) == set()
    assert queries.own_parties(session, Acting()) == []


def _edit_birth_date(child: Child, born: date) -> None:
    people.edit_child(
        child,
        name=child.name,
        birth_date=born,
        home_community=child.home_community,
        by=Acting(),
        now=NOW,
    )


def test_a_birth_date_that_does_not_fit_where_the_child_has_a_place_is_refused_by_name():
    session = make_session(programme={"title_en": "Dogs next door", "min_age": 8, "max_age": 12})
    guardian, (child,) = make_family()
    party = sign_up(session, guardian, [child])

    with pytest.raises(WrongAge) as refused:
        _edit_birth_date(child, date(2020, 1, 15))

    assert "Dogs next door" in str(refused.value)
    assert refused.value.field == "birth_date"
    child.refresh_from_db()
    assert child.age(NOW.date()) == 10
    assert not child.history.filter(verb="edit").exists()

    _edit_birth_date(child, date(2015, 1, 15))
    signups.cancel(party.sign_ups.get(), by=by_guardian(guardian), now=NOW)
    _edit_birth_date(child, date(2020, 1, 15))


def test_a_birth_date_may_change_while_the_child_only_waits_or_was_there():
    waiting = make_session(capacity=1, programme={"min_age": 8})
    make_party(waiting)
    guardian, (child,) = make_family()
    sign_up(waiting, guardian, [child])
    sign_up(make_session(starts_at=NOW + timedelta(hours=3)), guardian, [child])
    SignUp.objects.filter(child=child, status="confirmed").update(starts_at=NOW)

    _edit_birth_date(child, date(2020, 1, 15))

    child.refresh_from_db()
    assert child.birth_date == date(2020, 1, 15)


def test_tags_for_other_pages():
    session = make_session()

    assert [given(name) for name in ("林小满", "林满", "Anna Smith")] == ["小满", "林满", "Anna"]
    assert this_week()["sessions"] is not None
    assert "sessions" in upcoming_sessions({}, session.version.programme)
