"""Volunteers are checked in and out."""

from datetime import date, timedelta

import pytest

from activities.models import Session
from organisations.acting import Acting, clock
from safeguarding.clearance import NotCleared
from tests.conftest import NOW
from tests.factories.safeguarding import make_adverse_untold
from tests.factories.volunteering import ENDS, STARTS, lead_of, make_assignment, make_shift
from volunteering import assignments
from volunteering.assignments import NotPresent
from volunteering.models import AssignmentHistory

pytestmark = pytest.mark.django_db


def withdraw(assignment, *, now=NOW, reason=""):
    return assignments.withdraw(assignment, by=Acting(user=assignment.user), now=now, reason=reason)


def test_check_in_and_out_are_recorded_once():
    assignment = make_assignment()
    by = lead_of(assignment.shift.session)

    for _ in range(2):
        assignments.check_in(assignment, by=by, now=STARTS)
        assignments.check_out(assignment, by=by, now=ENDS)

    assignment.refresh_from_db()
    assert (assignment.checked_in_at, assignment.checked_out_at) == (STARTS, ENDS)
    verbs = AssignmentHistory.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["join", "check_in", "check_out"]


def test_check_in_too_early_is_refused():
    assignment = make_assignment()

    with pytest.raises(NotPresent, match="two hours"):
        assignments.check_in(assignment, by=clock("test"), now=STARTS - timedelta(hours=2, seconds=1))


def test_check_in_of_who_waits_is_refused():
    shift = make_shift(places=1)
    make_assignment(shift)

    with pytest.raises(NotPresent, match="no place"):
        assignments.check_in(make_assignment(shift), by=clock("test"), now=STARTS)


def test_check_in_asks_the_gate_again():
    assignment = make_assignment()
    make_adverse_untold(assignment.user, checked_on=date(2026, 11, 20))

    with pytest.raises(NotCleared):
        assignments.check_in(assignment, by=clock("test"), now=STARTS)


def test_check_out_of_who_was_not_there_is_refused():
    with pytest.raises(NotPresent):
        assignments.check_out(make_assignment(), by=clock("test"), now=ENDS)


def test_undo_check_in_until_the_session_is_closed():
    assignment = make_assignment()
    assignments.check_in(assignment, by=clock("test"), now=STARTS)

    assert assignments.undo_check_in(assignment, by=clock("test"), now=STARTS).checked_in_at is None
    assert assignments.undo_check_in(assignment, by=clock("test"), now=STARTS).checked_in_at is None
    Session.objects.update(status="closed")
    with pytest.raises(NotPresent):
        assignments.undo_check_in(assignment, by=clock("test"), now=ENDS)
