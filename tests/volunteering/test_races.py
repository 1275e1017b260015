"""Volunteers racing for the last place, on both databases."""

import uuid

import pytest
from django.db.models import F

from tests.factories.safeguarding import make_cleared
from tests.factories.threads import run_together
from tests.factories.volunteering import make_assignment, make_helped_session, make_shift
from volunteering import assignments
from volunteering.models import Assignment, Shift

pytestmark = pytest.mark.race


def test_join_in_four_threads_gives_the_last_place_once(fresh_db):
    shift = make_shift(places=1)
    people = [make_cleared() for _ in range(4)]

    outcomes = run_together(*[lambda user=user: make_assignment(shift, user) for user in people])

    assert [row for row in outcomes if isinstance(row, Exception)] == []
    assert sorted(row.status for row in outcomes) == ["confirmed", "waiting", "waiting", "waiting"]
    assert Shift.objects.get().taken == 1
    assert sorted(Assignment.objects.values_list("join_seq", flat=True)) == [1, 2, 3, 4]


def test_join_two_overlapping_shifts_at_once_gives_one(fresh_db):
    user = make_cleared()
    both = [make_shift(make_helped_session()), make_shift(make_helped_session())]

    outcomes = run_together(*[lambda shift=shift: make_assignment(shift, user) for shift in both])

    assert sorted(type(row).__name__ for row in outcomes) == ["Assignment", "Overlapping"]
    assert Assignment.objects.confirmed().count() == 1


def test_join_and_withdraw_at_once_lose_no_place(fresh_db):
    shift = make_shift(places=1)
    first = make_assignment(shift)
    people = [make_cleared() for _ in range(3)]

    run_together(
        lambda: assignments.withdraw(first, by=_acting(first.user), now=first.created_at),
        *[lambda user=user: make_assignment(shift, user) for user in people],
    )

    assert Shift.objects.get().taken == 1
    assert Assignment.objects.confirmed().count() == 1
    assert Assignment.objects.waiting().count() == 2


def _acting(user):
    from organisations.acting import Acting

    return Acting(user=user)


def test_claim_without_its_condition_is_stopped_by_the_database(fresh_db, monkeypatch):
    """The negative control: a claim that does not ask for a free place is refused by the table itself."""
    shift = make_shift(places=1)
    make_assignment(shift)

    def greedy(pk):
        return Shift.objects.filter(pk=pk).update(taken=F("taken") + 1) == 1

    monkeypatch.setattr(assignments, "claim", greedy)

    with pytest.raises(assignments.Overlapping):
        make_assignment(shift)
    assert Shift.objects.get().taken == 1


def test_opening_one_shift_in_two_clicks_makes_one(fresh_db):
    session, number = make_helped_session(), uuid.uuid4()

    outcomes = run_together(*[lambda: make_shift(session, submission_id=number)] * 4)

    assert {getattr(row, "pk", row) for row in outcomes} == {Shift.objects.get().pk}
