"""Report, confirm, dispute, resolve, settle, reopen."""

from datetime import timedelta

import pytest

from activities import lifecycle as sessions
from activities.lifecycle import Final
from activities.models import Review, Session
from core.errors import StaleState
from funding import payouts, rules, settlements
from funding.models import BudgetLine, Settlement
from orders import lifecycle
from orders.invariants import settled_once
from orders.lifecycle.delivering import OfficeReview, SessionsOpen, VerdictMissing
from orders.lifecycle.edge import NotYours
from orders.models import DisputedSession, Order
from orders.statuses import Status
from organisations.acting import clock
from organisations.policies import OwnOrganisation
from tests.factories.funding import make_paid_advance, make_paid_payout, make_payout
from tests.factories.orders import (
    PRICE,
    after,
    close_sessions,
    make_approved,
    make_confirmed,
    make_delivered,
    make_stage,
)
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


# Report


def test_report_with_a_session_open_names_its_date(stage):
    order = make_approved(stage)

    with pytest.raises(SessionsOpen, match="Tue 8 Dec 2026, Tue 15 Dec 2026"):
        lifecycle.report(order, by=stage.coordinator, now=after(order), text="办完了")


def test_report_hands_the_order_to_the_office_for_a_week(stage):
    order = make_delivered(stage)

    assert (order.status, order.report_text, order.report_by) == (
        Status.DELIVERED,
        "都办完了。",
        stage.coordinator.user,
    )
    assert order.waits_until == after(order) + timedelta(days=7)


def test_report_by_the_office_is_refused(stage):
    order = make_approved(stage)
    close_sessions(order)

    with pytest.raises(NotYours):
        lifecycle.report(order, by=stage.office, now=after(order), text="办完了")


def test_report_with_cancelled_sessions_goes_through(stage, now):
    order = make_approved(stage)
    for planned in order.planned.select_related("session"):
        sessions.cancel(planned.session, by=stage.provider, now=now, reason="下雪")

    assert lifecycle.report(order, by=stage.officer, now=now, text="都取消了").status == Status.DELIVERED


# Confirm


def test_confirm_proposes_the_frozen_price_for_each_held_session(stage):
    order = make_confirmed(stage)

    settlement = Settlement.objects.get(commitment__order=order)
    assert (
        list(settlement.lines.order_by("position").values_list("price", "rate", "amount", "reason"))
        == [(PRICE, 100, PRICE, "full")] * 2
    )
    assert (order.status, settlement.amount, settlement.explanation["held"]) == (Status.CONFIRMED, 2 * PRICE, 2)


def test_confirm_keeps_the_offices_review_beside_the_order(stage):
    order = make_confirmed(stage)

    review = Review.objects.get(kind="office")
    assert (review.mark, review.office, review.reference) == (5, order.office, order.number)


def test_confirm_a_session_that_was_cancelled_pays_the_other(stage, now):
    order = make_approved(stage)
    first, second = order.planned.select_related("session").order_by("position")
    sessions.cancel(second.session, by=stage.provider, now=now, reason="下雪")
    _close(stage, order, first)
    lifecycle.report(order, by=stage.coordinator, now=after(order), text="一场")

    lifecycle.confirm(order, by=stage.office, now=after(order))

    settlement = Settlement.objects.get(commitment__order=order)
    assert list(settlement.lines.order_by("position").values_list("amount", "reason")) == [
        (PRICE, "full"),
        (0, "not_held"),
    ]


def _close(stage, order, planned):
    from tests.factories.orders import make_present

    make_present(planned.session)
    sessions.close(planned.session, by=stage.coordinator, now=planned.ends_at)


def test_confirm_when_nobody_came_pays_by_the_rule(stage, now):
    order = make_delivered(stage, present=False)

    lifecycle.confirm(order, by=stage.office, now=after(order))

    percent = rules.in_force(now.date()).no_attendance_percent
    settlement = Settlement.objects.get(commitment__order=order)
    assert settlement.amount == 2 * rules.portion(PRICE, percent)
    assert set(settlement.lines.values_list("reason", flat=True)) == {"no_attendance"}


def test_confirm_what_is_worth_nothing_settles_at_once(stage, now):
    order = make_approved(stage)
    for planned in order.planned.select_related("session"):
        sessions.cancel(planned.session, by=stage.provider, now=now, reason="下雪")
    lifecycle.report(order, by=stage.coordinator, now=now, text="都取消了")

    lifecycle.confirm(order, by=stage.office, now=now)

    line = BudgetLine.objects.get(pk=stage.line.pk)
    assert (order.status, order.settled_at, order.commitment.posted) == (Status.SETTLED, now, 0)
    assert (line.available, line.committed) == (4_000_000, 0)


def test_confirm_a_free_order_settles_at_once():
    stage = make_stage(price=0)
    order = make_delivered(stage)

    lifecycle.confirm(order, by=stage.office, now=after(order))

    assert order.status == Status.SETTLED


def test_confirm_makes_attendance_final(stage):
    order = make_confirmed(stage)
    session = Session.objects.filter(planned__order=order).first()

    with pytest.raises(Final):
        sessions.reopen(session, by=stage.coordinator, now=after(order), reason="漏了")


def test_confirm_while_a_session_is_open_again_waits_so_that_it_is_not_paid_as_never_held(stage):
    order = make_delivered(stage)
    held = order.planned.order_by("position").first().session
    sessions.reopen(held, by=stage.coordinator, now=after(order), reason="漏了一个")

    with pytest.raises(SessionsOpen, match="Tue 8 Dec 2026"):
        lifecycle.confirm(order, by=stage.office, now=after(order))

    sessions.close(held, by=stage.coordinator, now=after(order))
    lifecycle.confirm(order, by=stage.office, now=after(order))
    assert Settlement.objects.get(commitment__order=order).amount == 2 * PRICE


def test_confirm_by_the_provider_is_refused(stage):
    order = make_delivered(stage)

    with pytest.raises(NotYours):
        lifecycle.confirm(order, by=stage.provider, now=after(order))


def test_confirm_twice_proposes_once(stage):
    order = make_confirmed(stage)

    with pytest.raises(StaleState):
        lifecycle.confirm(order, by=stage.office, now=after(order))

    assert Settlement.objects.count() == 1


# Dispute and resolve


def _disputed(stage) -> Order:
    order = make_delivered(stage)
    lifecycle.dispute(order, by=stage.office, now=after(order), note="第二场只来了一个人带队")
    return order


def test_dispute_waits_ten_working_days_for_the_league(stage):
    order = _disputed(stage)

    # Reported Tuesday 15 December 2026; ten working days later is 29 December, until midnight.
    assert order.status == Status.DISPUTED
    assert order.waits_until.isoformat() == "2026-12-29T16:00:00+00:00"
    assert order.dispute.reason == "第二场只来了一个人带队"


def test_resolve_pays_what_the_league_says(stage):
    order = _disputed(stage)

    lifecycle.resolve(order, by=stage.officer, now=after(order), verdicts={1: True, 2: False}, note="按场结")

    settlement = Settlement.objects.get(commitment__order=order)
    assert (order.status, settlement.amount) == (Status.CONFIRMED, PRICE)
    assert list(settlement.lines.order_by("position").values_list("reason", flat=True)) == ["full", "disputed"]
    assert list(DisputedSession.objects.order_by("pk").values_list("is_payable", flat=True)) == [True, False]


def test_resolve_nothing_payable_settles_at_once(stage):
    order = _disputed(stage)

    lifecycle.resolve(order, by=stage.officer, now=after(order), verdicts={1: False, 2: False}, note="都没办")

    assert (order.status, Settlement.objects.count()) == (Status.SETTLED, 0)


def test_resolve_without_a_word_on_each_session_is_refused(stage):
    order = _disputed(stage)

    with pytest.raises(VerdictMissing):
        lifecycle.resolve(order, by=stage.officer, now=after(order), verdicts={1: True}, note="按场结")


# Settle and reopen


def test_the_last_payout_paid_settles_the_order(stage):
    order = make_confirmed(stage)

    _pay(stage, order)

    order.refresh_from_db()
    assert order.status == Status.SETTLED
    assert order.history.get(verb="settle").system == "funding.payout_changed"


def _pay(stage, order):
    now = after(order)
    settlement = settlements.approve(Settlement.objects.get(commitment__order=order), by=stage.finance, now=now)
    payout = make_payout(settlement=settlement, maker=stage.finance, now=now)
    payout = payouts.send(payout, by=stage.finance, now=now)
    return payouts.mark_paid(payout, bank_reference="ABC1", by=stage.finance, now=now)


def test_a_returned_payment_reopens_the_order(stage):
    order = make_confirmed(stage)
    payout = _pay(stage, order)

    payouts.mark_returned(payout, by=stage.finance, now=after(order), reason="账号已注销")

    order.refresh_from_db()
    assert (order.status, order.settled_at) == (Status.CONFIRMED, None)


def test_an_advance_that_comes_back_reopens_the_order_until_it_is_paid_again(stage):
    """The provider has not all of its money: the ring must not be shown as closed."""
    order = make_approved(stage)
    advance = make_paid_advance(70_000, commitment=order.commitment)
    _confirm(stage, order)
    settlement = Settlement.objects.get(commitment__order=order, kind="settlement")
    make_paid_payout(settlement=settlements.approve(settlement, by=stage.finance, now=after(order)))
    payouts.mark_returned(advance.payouts.get(), by=stage.finance, now=after(order), reason="退票")

    order.refresh_from_db()
    assert (order.status, order.settled_at) == (Status.CONFIRMED, None)
    assert settled_once().breaches == []

    again = payouts.send(payouts.queue(advance, by=stage.finance, now=after(order)), by=stage.finance, now=after(order))
    payouts.mark_paid(again, bank_reference="ABC2", by=stage.finance, now=after(order))

    order.refresh_from_db()
    assert order.status == Status.SETTLED
    assert settled_once().breaches == []


def test_an_order_is_not_settled_by_its_rest_alone_while_its_advance_is_out(stage):
    order = make_approved(stage)
    advance = make_paid_advance(70_000, commitment=order.commitment)
    _confirm(stage, order)
    settlement = Settlement.objects.get(commitment__order=order, kind="settlement")
    settlement = settlements.approve(settlement, by=stage.finance, now=after(order))
    payouts.mark_returned(advance.payouts.get(), by=stage.finance, now=after(order), reason="退票")

    make_paid_payout(settlement=settlement)

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert settled_once().breaches == []


def _confirm(stage, order):
    close_sessions(order)
    lifecycle.report(order, by=stage.coordinator, now=after(order), text="x")
    lifecycle.confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))


def test_a_settlement_of_no_order_changes_none(stage):
    order = make_confirmed(stage)

    _payout_of_somebody_else(stage)

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED


def _payout_of_somebody_else(stage):
    make_paid_payout()


@pytest.mark.parametrize("who", ["office", "provider", "officer", "finance"])
def test_settle_and_reopen_by_hand_are_nobodys(stage, who):
    order = make_confirmed(stage)

    with pytest.raises(NotYours):
        lifecycle.settle(order, by=getattr(stage, who), now=after(order))
    lifecycle.settle(order, by=clock("tests"), now=after(order))
    with pytest.raises(NotYours):
        lifecycle.reopen(order, by=getattr(stage, who), now=after(order))


def test_review_needs_a_session_that_took_place(stage, now):
    order = make_approved(stage)
    for planned in order.planned.select_related("session"):
        sessions.cancel(planned.session, by=stage.provider, now=now, reason="下雪")
    lifecycle.report(order, by=stage.coordinator, now=now, text="都取消了")

    lifecycle.confirm(order, by=stage.office, now=now, review=OfficeReview(mark=1))

    assert Review.objects.count() == 0


def test_confirm_by_a_member_of_the_provider_is_refused(stage):
    """Who works for both would accept, and rate, what they delivered themselves."""
    order = make_delivered(stage)
    make_member(order.provider, "coordinator", user=stage.office.user)

    with pytest.raises(OwnOrganisation, match="Ask somebody else of Ruijing"):
        lifecycle.confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))

    order.refresh_from_db()
    assert order.status == Status.DELIVERED
    lifecycle.confirm(order, by=make_member(order.office, "manager"), now=after(order))
