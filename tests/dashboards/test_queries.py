"""What the start pages read: the own rows, all of them, and nobody else's."""

import uuid
from datetime import timedelta

import pytest

from activities import lifecycle as sessions
from activities import signups
from core.time import today
from dashboards import queries
from funding import settlements
from orders import lifecycle
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_family, make_session, sign_up
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_paid_advance,
    make_paid_payout,
    make_settlement,
)
from tests.factories.orders import at_day, make_approved, make_stage
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_child, make_family_office, make_guardian
from tests.factories.safeguarding import make_consent

pytestmark = pytest.mark.django_db


def propose(stage, by):
    """A new date for the first session of an approved order."""
    planned, start = make_approved(stage).planned.get(position=1), at_day(40)
    ends_at = start + timedelta(minutes=90)
    return lifecycle.propose_reschedule(
        planned, starts_at=start, ends_at=ends_at, venue=stage.venue, address="", by=by, now=NOW
    )


def test_a_proposed_date_waits_for_the_other_side_alone():
    stage = make_stage()
    proposal = propose(stage, stage.office)
    stranger = make_member(make_organisation("provider"), "manager")

    found = [list(queries.proposals_to_answer(by)) for by in (stage.provider, stage.office, stranger)]

    assert found == [[proposal], [], []]


def test_a_proposed_date_that_was_taken_back_waits_for_nobody():
    stage = make_stage()
    lifecycle.withdraw_reschedule(propose(stage, stage.office), by=stage.office, now=NOW)

    assert list(queries.proposals_to_answer(stage.provider)) == []


def test_sessions_of_a_provider_and_of_an_office_are_their_own_and_not_cancelled():
    office, provider = make_family_office(), make_organisation("provider")
    held, ordered, off = make_session(provider=provider), make_session(office=office), make_session(provider=provider)
    sessions.cancel(off, by=clock("test"), now=NOW, reason="雨")
    span = (NOW, NOW + timedelta(days=14))

    assert list(queries.sessions_of(provider, *span)) == [held]
    assert list(queries.sessions_of(office, *span)) == [ordered]


def test_receivable_is_the_own_money_that_is_not_paid():
    settlement = make_settlement(10_000)
    make_settlement(5_000)
    fund = settlement.commitment.line.fund
    officer = make_member(fund.league, "officer")
    commitment = make_commitment(7_000, provider=settlement.commitment.provider)
    other = make_settlement(7_000, commitment=commitment, approved_by=officer)
    assert queries.receivable(settlement.commitment.provider) == (2, 17_000)

    make_paid_payout(settlement=other)

    assert queries.receivable(settlement.commitment.provider) == (1, 10_000)


def test_receivable_leaves_out_what_was_advanced():
    """A provider would wait for money that it has."""
    advance = make_paid_advance(3_000)
    provider = advance.commitment.provider
    settlement = make_settlement(9_000, commitment=advance.commitment)

    assert queries.receivable(provider) == (1, 6_000)
    settlements.approve(settlement, by=make_finance(), now=NOW)
    assert queries.receivable(provider) == (1, 6_000)


def test_own_sign_ups_are_the_familys_also_for_who_works_in_the_office_that_registered_others():
    guardian, children = make_family()
    mine = sign_up(make_session(), guardian, children).sign_ups.get()
    office = make_family_office()
    clerk = make_member(office, "clerk", user=guardian.user)
    other = make_guardian(registered_by=office)
    child = make_child(other, registered_by=office)
    make_consent(child, other)
    session = make_session(starts_at=STARTS_AT + timedelta(days=1))
    number = uuid.uuid4()
    signups.sign_up(session.pk, children=[child], guardian=other, by=clerk, now=NOW, submission_id=number)

    assert queries.own_sign_ups(queries.own_family(clerk.user, today(NOW))) == [mine]
