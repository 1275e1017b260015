"""Places kept for first-timers, by every other way to a place: door, list, bulk, series, back-up dates."""

import uuid
from datetime import timedelta

import pytest

from activities import backups, checkin, many, placements, series
from activities.invariants import nobody_lost
from activities.invariants import places as counters_true
from activities.models import Party, Session, SignUp
from people.models import Child, Guardian
from tests.conftest import NOW
from tests.factories.activities import (
    BY,
    STARTS_AT,
    by_guardian,
    make_family,
    make_returning,
    make_session,
    sign_up,
    statuses,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
UNTIL = NOW + DAY
BEFORE = STARTS_AT - timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _counters_stay_true():
    """Whatever a test does, the counters tell what the rows tell."""
    yield
    assert counters_true().breaches == nobody_lost().breaches == []


def kept(capacity: int = 2, first_timers: int = 1, **fields) -> Session:
    return make_session(capacity=capacity, first_timers=first_timers, opens_to_all_at=UNTIL, **fields)


def returning_party(session: Session, children: int = 1, **fields) -> Party:
    return sign_up(session, *make_returning(session, children, **fields))


def counts(session: Session) -> tuple[int, int, int]:
    session.refresh_from_db()
    return session.taken, session.taken_returning, session.waiting_parties


def test_walk_in_takes_a_free_place_whoever_it_is_kept_for():
    session = make_session(capacity=1, first_timers=1, opens_to_all_at=STARTS_AT)
    guardian, (child,) = make_returning(session)

    row = checkin.walk_in(session, child, guardian=guardian, by=BY, now=BEFORE)

    assert (row.status, row.is_returning, row.party.returning) == ("confirmed", True, 1)
    assert counts(session) == (1, 1, 0)


def placement(session: Session, guardian: Guardian, children: list[Child]) -> placements.Placement:
    return placements.Placement(session, children, guardian, by_guardian(guardian), NOW)


def test_bulk_confirm_leaves_the_kept_places_alone():
    session = kept(3, 2)
    families = [make_returning(session), make_returning(session), make_family(2)]

    made = placements.bulk_confirm([placement(session, *family) for family in families])

    assert [(party.size, party.returning) for party in made] == [(1, 1), (2, 0)]
    assert counts(session) == (3, 1, 0)


def test_families_signed_up_by_a_clerk_count_each_by_itself():
    session = kept()
    groups = [make_returning(session), make_returning(session), make_family()]

    done = many.sign_up_families(session.pk, groups, papers=None, by=BY, now=NOW, submission_id=uuid.uuid4())

    assert [one.status for one in done] == ["confirmed", "waiting", "confirmed"]
    assert counts(session) == (2, 1, 1)


def form(family: tuple[Guardian, list[Child]]) -> dict:
    guardian, children = family
    return {
        "children": children,
        "guardian": guardian,
        "by": by_guardian(guardian),
        "now": NOW,
        "submission_id": uuid.uuid4(),
    }


def test_each_date_of_a_series_keeps_its_own_places():
    number = uuid.uuid4()
    first = kept(1, 1, series=number)
    second = kept(1, 0, series=number, version=first.version, provider=first.provider, starts_at=STARTS_AT + DAY)

    answers = series.sign_up(first.pk, dates=[first.pk, second.pk], **form(make_returning(first)))

    assert [statuses(one.party) for one in answers] == [["waiting"], ["confirmed"]]
    assert [(counts(one)[1]) for one in (first, second)] == [0, 0]


def test_backup_whose_places_are_kept_for_others_is_passed_over():
    first = kept(1, 1)
    same = {"version": first.version, "provider": first.provider}
    also = kept(1, 1, starts_at=STARTS_AT + DAY, **same)
    free = make_session(capacity=1, starts_at=STARTS_AT + 2 * DAY, **same)

    party = backups.sign_up(first.pk, backups=[also.pk, free.pk], **form(make_returning(first)))

    assert (party.session_id, statuses(party)) == (free.pk, ["confirmed"])
    assert SignUp.objects.filter(session__in=[first, also]).count() == 0
