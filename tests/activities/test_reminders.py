"""The evening before, everybody who comes is told once: guardians, youths, the crew; and nobody who does not come."""

from datetime import timedelta

import pytest

from activities import lifecycle, tasks
from activities.models import Session, SignUp
from notifications.models import Message
from people.models import ToTell
from tests.factories.activities import (
    BY,
    STARTS_AT,
    make_crew_member,
    make_family,
    make_party,
    make_session,
    sign_up,
)
from tests.factories.organisations import make_organisation
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
EVENING = STARTS_AT - timedelta(hours=15, minutes=30)  # 18:00 the day before
WEEK = timedelta(days=7)


@pytest.fixture
def session() -> Session:
    provider = make_organisation("provider")
    return make_session(provider=provider, crew=[(make_crew_member(provider).pk, True)], capacity=4)


def told(kind: str = "session_tomorrow") -> list[User]:
    return [row.recipient for row in Message.objects.filter(kind=kind).order_by("pk")]


def test_families_and_crew_are_told_the_day_before_once(session):
    party = make_party(session, 2)

    assert tasks.run_reminders(EVENING - timedelta(days=1)) == 0
    assert tasks.run_reminders(EVENING) == 1
    tasks.run_reminders(EVENING)
    tasks.remind()

    assert told() == [party.guardian.user]
    assert told("crew_tomorrow") == [session.crew.get().user]


def test_a_guardian_who_signed_up_twice_is_told_once(session):
    guardian, children = make_family(2)
    for child in children:
        sign_up(session, guardian, [child])

    tasks.run_reminders(EVENING)

    assert told() == [guardian.user]


def test_a_youth_whom_a_guardian_signed_up_is_told_as_well(session):
    guardian, children = make_family(age=12, user=make_user())
    sign_up(session, guardian, children)

    tasks.run_reminders(EVENING)

    assert set(told()) == {guardian.user, children[0].user}


def test_a_family_without_a_login_is_told_by_its_office(session):
    party, office = make_party(session), make_organisation("office")
    type(party.guardian).objects.filter(pk=party.guardian_id).update(user=None, registered_by=office)

    tasks.run_reminders(EVENING)
    tasks.run_reminders(EVENING)

    assert ToTell.objects.get(kind="session_tomorrow").office == office


@pytest.mark.parametrize("status", ["waiting", "cancelled", "offered"])
def test_who_has_no_sure_place_is_not_reminded(session, status):
    party = make_party(session)
    until = STARTS_AT if status == "offered" else None
    SignUp.objects.filter(party=party).update(status=status, offered_until=until)

    tasks.run_reminders(EVENING)

    assert told() == []


def test_a_session_that_was_called_off_reminds_nobody(session):
    make_party(session)
    lifecycle.cancel(session, by=BY, now=EVENING - timedelta(hours=1), reason="rain")

    assert tasks.run_reminders(EVENING) == 0
    assert told() == told("crew_tomorrow") == []


def test_a_session_that_was_moved_after_its_reminder_reminds_anew(session):
    make_party(session)
    tasks.run_reminders(EVENING)
    moved = {"starts_at": session.starts_at + WEEK, "ends_at": session.ends_at + WEEK}
    lifecycle.reschedule(session, **moved, venue=None, address="新址", by=BY, now=EVENING)

    tasks.run_reminders(EVENING + WEEK)

    assert (len(told()), len(told("crew_tomorrow"))) == (2, 2)


@pytest.mark.parametrize("count", [1, 3])
def test_a_reminder_costs_the_same_with_more_families(session, django_assert_num_queries, count):
    for _ in range(count):
        make_party(session)

    with django_assert_num_queries(11):
        tasks.run_reminders(EVENING)
