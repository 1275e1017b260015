"""The words and the order of what somebody has to do."""

from datetime import timedelta

import pytest

from activities.models.session import CLOCK_CLOSES_AFTER_END
from dashboards import todos
from orders.models import RescheduleProposal
from tests.conftest import NOW
from tests.factories.activities import make_session
from tests.factories.orders import at_day, make_approved, make_stage


def todo(title, deadline):
    return todos.Todo(title, "/", "", "", "/", deadline)


def test_what_is_late_first_comes_first_and_what_has_no_deadline_last():
    soon, late, never = todo("soon", NOW), todo("late", NOW + timedelta(days=9)), todo("never", None)

    assert todos.by_deadline([never, late, soon]) == [soon, late, never]


@pytest.mark.django_db
def test_a_session_that_is_over_is_to_be_closed_before_the_clock_does_it():
    session = make_session()

    before, over = (todos.session_todo(session, now) for now in (session.starts_at, session.ends_at))

    assert (before.action, before.deadline) == ("Check in", session.starts_at)
    assert (over.action, over.deadline) == ("Close", session.ends_at + CLOCK_CLOSES_AFTER_END)


@pytest.mark.django_db
@pytest.mark.parametrize("days", [10, 40])
def test_a_proposed_date_is_answered_before_the_earlier_of_both_dates(days):
    planned = make_approved(make_stage()).planned.get(position=1)
    proposal = RescheduleProposal(planned=planned, starts_at=at_day(days))

    assert todos.proposal_todo(proposal, NOW).deadline == min(planned.starts_at, proposal.starts_at)
