"""Two people at once: threads against a database of the test's own, with real commits."""

from datetime import timedelta
from uuid import uuid4

import pytest

from activities.models import Session
from core.errors import StaleState
from core.time import today
from funding.commitments import BudgetShort
from funding.models import BudgetLine, Commitment, Settlement
from notifications.models import Message
from orders import lifecycle, moving, weather
from orders.models import DisputedSession, Order, RescheduleProposal
from orders.splitting import Together
from orders.statuses import Status
from tests.conftest import NOW
from tests.factories.funding import make_rule
from tests.factories.orders import (
    PRICE,
    after,
    make_accepted,
    make_approved,
    make_delivered,
    make_order,
    make_stage,
    make_submitted,
    rows_for,
)
from tests.factories.organisations import make_member
from tests.factories.threads import run_together

pytestmark = [pytest.mark.race, pytest.mark.slow]


@pytest.fixture
def stage(fresh_db):
    return make_stage()


def _fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def test_two_officers_approve_at_once_commits_once(stage):
    order = make_accepted(stage)
    officers = [stage.officer, make_member(order.league, "officer")]

    outcomes = run_together(*(lambda by=by: lifecycle.approve(_fresh(order), by=by, now=NOW) for by in officers))

    refusals = [outcome for outcome in outcomes if isinstance(outcome, StaleState)]
    assert (len(refusals), Commitment.objects.count()) == (1, 1)
    assert any(str(by.user) in str(refusals[0]) for by in officers)
    assert _fresh(order).history.filter(verb="approve").count() == 1


def two_parts(stage) -> list[Order]:
    """Two orders of an office with one provider, each below the ceiling and both above it, taken at the same moment."""
    make_rule(stage.line.fund, automatic_up_to=3 * PRICE)
    orders = [make_submitted(stage, rows=rows_for(stage, 2, days_ahead=days)) for days in (14, 35)]
    crews = [stage.crew_for(order) for order in orders]
    run_together(
        *(
            lambda order=order, crew=crew: lifecycle.accept(_fresh(order), by=stage.provider, now=NOW, crew=crew)
            for order, crew in zip(orders, crews, strict=True)
        )
    )
    return [_fresh(order) for order in orders]


def test_parts_of_an_order_that_come_at_once_do_not_go_by_themselves(stage):
    assert [order.status for order in two_parts(stage)] == [Status.ACCEPTED, Status.ACCEPTED]
    assert Commitment.objects.count() == 0


def test_parts_counted_each_alone_would_both_go(stage, monkeypatch):
    """What the test above would see if the office's other orders were not counted."""
    monkeypatch.setattr(Together, "is_within", True)

    assert [order.status for order in two_parts(stage)] == [Status.APPROVED, Status.APPROVED]


def test_a_double_click_happens_once(stage):
    order = make_submitted(stage)
    crew = stage.crew_for(order)

    outcomes = run_together(
        lambda: lifecycle.accept(_fresh(order), by=stage.provider, now=NOW, crew=crew, seen=1), times=4
    )

    assert sum(isinstance(outcome, StaleState) for outcome in outcomes) == 3
    assert _fresh(order).history.filter(verb="accept").count() == 1
    told = Message.objects.filter(kind="order_accept").values_list("recipient", flat=True)
    assert sorted(told) == sorted(set(told))


def test_accepting_and_cancelling_at_once_lets_one_win(stage):
    order = make_submitted(stage)
    crew = stage.crew_for(order)

    outcomes = run_together(
        lambda: lifecycle.accept(_fresh(order), by=stage.provider, now=NOW, crew=crew, seen=1),
        lambda: lifecycle.cancel(_fresh(order), by=stage.office, now=NOW, note="不办了", seen=1),
    )

    assert sum(isinstance(outcome, StaleState) for outcome in outcomes) == 1
    assert _fresh(order).status in {Status.ACCEPTED, Status.CANCELLED}
    assert _fresh(order).revision == 2


def test_approving_and_cancelling_at_once_leaves_no_money_behind(stage):
    order = make_accepted(stage)

    run_together(
        lambda: lifecycle.approve(_fresh(order), by=stage.officer, now=NOW, seen=2),
        lambda: lifecycle.cancel(_fresh(order), by=stage.office, now=NOW, note="不办了", seen=2),
    )

    committed = 2 * PRICE if _fresh(order).status == Status.APPROVED else 0
    assert BudgetLine.objects.get(pk=stage.line.pk).committed == committed


def test_confirming_and_disputing_at_once_proposes_one_settlement_or_none(stage):
    order = make_delivered(stage)
    now = after(order)

    outcomes = run_together(
        lambda: lifecycle.confirm(_fresh(order), by=stage.office, now=now),
        lambda: lifecycle.confirm(_fresh(order), by=stage.office, now=now),
        lambda: lifecycle.dispute(_fresh(order), by=stage.office, now=now, note="第二场没来"),
    )

    assert sum(isinstance(outcome, StaleState) for outcome in outcomes) == 2
    assert Settlement.objects.count() == (1 if _fresh(order).status == Status.CONFIRMED else 0)


def test_two_officers_resolve_a_dispute_at_once_and_one_word_counts(stage):
    order = make_delivered(stage)
    now = after(order)
    lifecycle.dispute(order, by=stage.office, now=now, note="第二场没来")
    officers = [stage.officer, make_member(order.league, "officer")]
    verdicts = [{1: True, 2: True}, {1: True, 2: False}]

    outcomes = run_together(
        *(
            lambda by=by, said=said: lifecycle.resolve(_fresh(order), by=by, now=now, verdicts=said, note="定了")
            for by, said in zip(officers, verdicts, strict=True)
        )
    )

    assert sum(isinstance(outcome, StaleState) for outcome in outcomes) == 1
    assert Settlement.objects.count() == 1
    assert DisputedSession.objects.count() == 2


def test_the_last_money_goes_to_one_of_two_orders(fresh_db):
    stage = make_stage(budget=PRICE)
    orders = [make_accepted(stage, sessions=1), make_accepted(stage, rows=_another_day(stage))]

    outcomes = run_together(
        *(lambda order=order: lifecycle.approve(_fresh(order), by=stage.officer, now=NOW) for order in orders)
    )

    line = BudgetLine.objects.get(pk=stage.line.pk)
    assert (line.available, line.committed) == (0, PRICE)
    assert sum(isinstance(outcome, BudgetShort) for outcome in outcomes) == 1
    assert sorted(order.status for order in Order.objects.all()) == [Status.ACCEPTED, Status.APPROVED]


def _another_day(stage):
    return rows_for(stage, 1, days_ahead=30)


def test_numbers_taken_at_once_differ(stage):
    outcomes = run_together(lambda: make_order(stage), times=6)

    assert len({outcome.number for outcome in outcomes}) == 6


def test_two_people_call_a_day_off_at_once_and_each_session_is_off_once(stage):
    order = make_approved(stage)
    plans = list(order.planned.select_related("session"))
    seen = [(one.pk, one.session.sequence) for one in plans]

    outcomes = run_together(
        *(lambda by=by: weather.call_off(seen, by=by, now=NOW, reason="暴雨") for by in (stage.officer, stage.office))
    )

    assert sum(one.is_done for done in outcomes for one in done) == len(seen)
    assert _fresh(order).history.filter(verb="call_off").count() == len(seen)
    assert Message.objects.filter(kind="crew_session_cancelled").count() == 2 * len(seen)


def test_two_people_propose_and_agree_a_day_at_once_and_each_session_moves_once(stage):
    planned = make_approved(stage).planned.select_related("session").get(position=1)
    day, to = today(planned.starts_at), today(planned.starts_at) + timedelta(days=2)
    seen = [(planned.pk, planned.session.sequence)]

    run_together(
        lambda: moving.propose(seen, to=to, by=stage.office, now=NOW, note="", act=uuid4()),
        lambda: moving.propose(seen, to=to, by=stage.coordinator, now=NOW, note="", act=uuid4()),
    )
    [proposal] = RescheduleProposal.objects.all()
    answerer = stage.coordinator if proposal.proposed_by == stage.office.user else stage.office
    outcomes = run_together(lambda: moving.agree([proposal.pk], by=answerer, now=NOW, act=uuid4()), times=2)

    assert [one.is_done for done in outcomes for one in done] == [True, True]
    assert today(Session.objects.get(pk=planned.session_id).starts_at) == to != day
    assert Message.objects.filter(kind="crew_session_moved").count() == 2
    assert _fresh(planned.order).history.filter(verb="move").count() == 1
