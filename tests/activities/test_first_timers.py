"""Places kept for children who come for the first time: whoever came before leaves them alone until they open."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from activities import (
    checkin,
    lifecycle,
    places,
    scheduling,
    signups,
    tasks,
    waiting,
)
from activities.invariants import nobody_left_behind, nobody_lost
from activities.invariants import places as counters_true
from activities.models import Party, Session
from notifications.models import Message
from organisations.acting import Acting
from people.models import Child
from tests.conftest import NOW
from tests.factories.activities import (
    BY,
    STARTS_AT,
    come,
    make_family,
    make_party,
    make_past,
    make_returning,
    make_session,
    sign_up,
    statuses,
)
from tests.factories.organisations import make_region

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


# Who is a first-timer


def found(session: Session, children: list[Child]) -> frozenset[int]:
    return places.been_before(session, children, NOW)


def test_child_that_was_checked_in_at_the_programme_came_before():
    session = kept()
    _guardian, (child,) = make_returning(session)
    _other, (newcomer,) = make_family()

    assert found(session, [child, newcomer]) == {child.pk}


@pytest.mark.parametrize("status", ["absent", "excused"])
def test_child_that_was_signed_up_but_not_there_is_a_first_timer(status):
    session = kept()
    family = make_family()
    come(make_past(session), *family, status=status)

    assert found(session, family[1]) == frozenset()


def test_child_whose_check_in_was_taken_back_is_a_first_timer():
    session = kept()
    family = make_family()
    (row,) = come(make_past(session), *family)
    checkin.undo(row, by=BY, now=row.starts_at + timedelta(minutes=5))

    assert found(session, family[1]) == frozenset()


def test_child_that_was_at_another_programme_is_a_first_timer():
    session = kept()
    _guardian, children = make_returning(make_session())

    assert found(session, children) == frozenset()


def test_child_is_a_first_timer_until_the_moment_of_its_check_in():
    """A list of sign-ups of an earlier day, read in later, is decided by what was so on that day."""
    session = kept()
    family = make_family()
    (row,) = come(make_past(session), *family)

    assert places.been_before(session, family[1], row.starts_at - timedelta(minutes=1)) == frozenset()


def test_session_that_keeps_nothing_asks_nothing():
    session = make_session()
    _guardian, children = make_returning(session)

    with CaptureQueriesContext(connection) as asked:
        assert found(session, children) == frozenset()
    assert len(asked) == 0


# Signing up


def test_returning_children_leave_the_kept_places_alone_until_they_open():
    session = kept(3, 2)
    first, second, newcomers = returning_party(session), returning_party(session), make_party(session, 2)

    assert [statuses(one)[0] for one in (first, second, newcomers)] == ["confirmed", "waiting", "confirmed"]
    assert counts(session) == (3, 1, 1)
    assert (first.returning, first.sign_ups.get().is_returning, newcomers.returning) == (1, True, 0)


def test_party_fits_only_when_all_its_children_do():
    """Else two would get places and the third, who came before, none."""
    session = kept(4, 3)
    guardian, children = make_returning(session, 2)
    newcomer = make_family(1, guardian=guardian)[1]

    party = sign_up(session, guardian, [*children, *newcomer])

    assert statuses(party) == ["waiting"] * 3
    assert (party.size, party.returning) == (3, 2)


def test_first_timer_takes_a_kept_place_past_those_who_came_before():
    session = kept()
    waits = [returning_party(session), returning_party(session)][1]

    newcomer = make_party(session)

    assert (statuses(waits), statuses(newcomer)) == (["waiting"], ["confirmed"])
    assert Message.objects.filter(kind="passed_over").count() == 1


def test_who_is_returning_is_decided_at_the_sign_up():
    """A family that waits is not set back because the child went to another date meanwhile."""
    session = kept(1, 1)
    held = make_party(session)
    family = make_family()
    waits = sign_up(session, *family)
    come(make_past(session), *family)

    signups.cancel_party(held, by=Acting(), now=NOW)

    assert statuses(waits) == ["offered"]
    assert counts(session) == (1, 0, 0)


@pytest.mark.parametrize(
    ("home", "comes_again", "expected"),
    [
        ("翡翠城社区", False, "confirmed"),
        ("翡翠城社区", True, "waiting"),
        ("天穆村", False, "waiting"),
        ("天穆村", True, "waiting"),
    ],
)
def test_both_kinds_of_kept_places_may_be_the_same_places(home, comes_again, expected):
    """An office that keeps all places for its area can keep some of them for first-timers too."""
    session = kept(2, 2, reserved=2)
    family = make_returning(session, home=make_region(home)) if comes_again else make_family(home=make_region(home))

    assert statuses(sign_up(session, *family)) == [expected]


def test_each_kind_is_asked_by_itself():
    session = kept(3, 2, reserved=2)
    far = make_party(session, home=make_region("天穆村"))
    local = returning_party(session)
    others = [make_party(session, home=make_region("天穆村")), returning_party(session)]

    assert [statuses(one) for one in (far, local, *others)] == [["confirmed"]] * 2 + [["waiting"]] * 2
    assert statuses(make_party(session)) == ["confirmed"]
    session.refresh_from_db()
    assert (session.taken_outside, session.taken_returning) == (1, 1)


def test_sign_up_after_the_places_opened_counts_as_before():
    session = kept(1, 1)

    party = sign_up(session, *make_returning(session), now=UNTIL)

    assert statuses(party) == ["confirmed"]
    assert counts(session) == (1, 1, 0)


# The waiting list


def test_places_that_open_go_along_the_line():
    session = kept(1, 1)
    first, second = returning_party(session), returning_party(session)
    tasks.run_sweep(UNTIL - timedelta(minutes=1))
    assert statuses(first) == ["waiting"]

    tasks.run_sweep(UNTIL)

    assert (statuses(first), statuses(second)) == (["offered"], ["waiting"])


def test_freed_kept_place_goes_to_the_first_that_fits_and_the_others_are_told():
    session = kept(1, 1)
    held, again, newcomer = make_party(session), returning_party(session), make_party(session)

    signups.cancel_party(held, by=Acting(), now=NOW)

    assert (statuses(again), statuses(newcomer)) == (["waiting"], ["offered"])
    told = Message.objects.filter(kind="passed_over").values_list("recipient", flat=True)
    assert list(told) == [again.guardian.user_id]
    assert waiting.position(again) == 1
    assert nobody_left_behind().breaches == []


def test_freed_place_that_was_not_kept_goes_to_the_first_in_the_line():
    session = kept()
    held, again, newcomer = returning_party(session), returning_party(session), make_party(session)
    late = make_party(session)

    signups.cancel_party(held, by=Acting(), now=NOW)

    assert [statuses(one) for one in (again, newcomer, late)] == [["offered"], ["confirmed"], ["waiting"]]
    assert counts(session) == (2, 1, 1)


def test_returning_child_that_leaves_lets_the_first_timer_beside_it_in():
    """What the ticket advises: the brother who has been before leaves the line, the sister gets her place at once."""
    session = kept(1, 1)
    guardian, children = make_returning(session)
    party = sign_up(session, guardian, [*children, *make_family(guardian=guardian)[1]])

    signups.cancel(party.sign_ups.get(child=children[0]), by=Acting(), now=NOW)

    assert statuses(party) == ["cancelled", "offered"]
    party.refresh_from_db()
    assert (party.size, party.returning, counts(session)) == (1, 0, (1, 0, 0))


def test_offer_that_ends_gives_the_place_back_to_its_kind():
    session = kept()
    held, again = returning_party(session), returning_party(session)
    signups.cancel_party(held, by=Acting(), now=NOW)
    assert statuses(again) == ["offered"]

    waiting.expire_offers(again.sign_ups.get().offered_until)

    again.refresh_from_db()
    assert (statuses(again), again.returning, counts(session)) == (["cancelled"], 0, (0, 0, 0))


# What changes a session


def test_more_places_are_not_kept_ones():
    session = kept(1, 1)
    again = returning_party(session)

    lifecycle.change_capacity(session, capacity=2, by=Acting(), now=NOW)

    assert statuses(again) == ["offered"]
    assert Session.objects.values_list("capacity", "first_timers").get(pk=session.pk) == (2, 1)


def test_fewer_places_keep_no_more_than_there_are():
    session = kept(3, 2)
    make_party(session, 3)

    lowered = lifecycle.change_capacity(session, capacity=1, by=Acting(), now=NOW)

    assert (lowered.first_timers, lowered.taken) == (1, 3)


def test_session_that_is_called_off_counts_nobody():
    session = kept(2, 1)
    party = returning_party(session)

    lifecycle.cancel(session, by=Acting(), now=NOW, reason="Storm")

    party.refresh_from_db()
    assert (counts(session), party.returning) == ((0, 0, 0), 0)


def test_session_that_is_moved_keeps_its_places_as_long_before_the_new_date():
    session = kept(2, 1)
    held = returning_party(session)
    where = {"venue": None, "address": "x"}
    later = {"starts_at": session.starts_at + 7 * DAY, "ends_at": session.ends_at + 7 * DAY}

    lifecycle.reschedule(session, **later, **where, by=Acting(), now=UNTIL)

    again = sign_up(session, *make_returning(session), now=UNTIL + DAY)
    assert (statuses(held), statuses(again)) == (["confirmed"], ["waiting"])


@pytest.mark.parametrize("first_timers", [-1, 3])
def test_session_that_would_keep_more_than_it_has_is_refused(first_timers):
    with pytest.raises(scheduling.BadPlaces):
        kept(2, first_timers)


@pytest.mark.parametrize(
    "wrong",
    [{"first_timers": 3}, {"taken_returning": 2}, {"first_timers": 0, "taken_returning": 1}],
)
def test_database_itself_refuses_nonsense(wrong):
    session = kept(2, 1)
    returning_party(session)

    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.filter(session=session).update(returning=2)


# Other ways in
