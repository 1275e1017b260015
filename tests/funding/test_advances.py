"""Advances: bounded by the fund's rule, counted against the settlement, and owed back where they were too much."""

from datetime import timedelta

import pytest

from core.errors import StaleState
from core.time import today
from funding import (
    advances,
    advancing,
    batches,
    carrying,
    claims,
    commitments,
    funds,
    outside,
    payouts,
    settlements,
)
from funding.advances import NoAdvances, TooMuchAdvanced
from funding.claims import ClaimSmaller, NotRepaidYet
from funding.invariants import INVARIANTS
from funding.models import BudgetLine, Claim, Commitment, Settlement
from funding.policies import OwnMoney
from notifications.models import Message
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_paid_advance,
    make_paid_payout,
    make_paper,
    make_payee_account,
    make_payout,
    make_proposed_lines,
    make_rule,
    make_settlement,
)
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
BY = clock("tests")
ORDER, ADVANCE = 10_000, 3_000


def parts(one):
    """What stands on the line: available, committed, payable, paid."""
    line = BudgetLine.objects.get(commitments=getattr(one, "commitment_id", one.pk))
    assert line.allocated == line.available + line.committed + line.payable + line.paid
    return line.available - (line.allocated - ORDER), line.committed, line.payable, line.paid


def breaches():
    return [line for promise in INVARIANTS for line in promise.check().breaches]


def confirm(advance, worth, by=None):
    """The order is worth so much, and finance approves it."""
    found = settlements.propose(
        advance.commitment, make_proposed_lines(worth), explanation={"raters": 0}, by=BY, now=NOW
    )
    return settlements.approve(found, by=by or make_finance(), now=NOW)


def repay(claim, amount, key="repay:1", **fields):
    words = {"received_on": today(NOW), "document": "回单 7 号", "file": make_paper(), "by": make_finance(), "now": NOW}
    return claims.repay(claim, amount, key=key, **{**words, **fields})


@pytest.mark.parametrize(
    ("rule", "amount", "refusal"),
    [
        (None, 1, NoAdvances),
        ({"advance_share": 0}, 1, NoAdvances),
        ({"advance_share": 3_000}, 3_000, None),
        ({"advance_share": 3_000}, 3_001, TooMuchAdvanced),
        ({"advance_share": 9_000, "advance_cap": 500}, 500, None),
        ({"advance_share": 9_000, "advance_cap": 500}, 501, TooMuchAdvanced),
        ({"advance_share": 3_333}, 3_334, TooMuchAdvanced),
    ],
)
def test_ask_is_bounded_by_the_rule_of_the_day(rule, amount, refusal):
    commitment = make_commitment(ORDER)
    if rule is not None:
        make_rule(commitment.line.fund, **rule)
    words = {"reason": "采购教具", "by": make_member(commitment.provider, "finance"), "now": NOW}
    if refusal is None:
        assert advancing.ask(commitment, amount, **words).status == "proposed"
        return
    with pytest.raises(refusal, match="rule"):
        advancing.ask(commitment, amount, **words)


def test_approve_asks_the_rule_that_is_in_force_then():
    advance = make_advance()
    make_rule(advance.commitment.line.fund, since=today(NOW) + timedelta(days=1), advance_share=100)

    with pytest.raises(TooMuchAdvanced, match=r"At most ¥1\.00"):
        settlements.approve(advance, by=make_finance(), now=NOW + timedelta(days=1))

    assert parts(advance) == (0, ORDER, 0, 0)


def test_advance_is_paid_out_of_the_commitment_and_the_settlement_pays_the_rest():
    advance = make_advance(approved_by=make_finance())
    assert parts(advance) == (0, 7_000, 3_000, 0)
    payout = make_paid_payout(settlement=advance)
    assert (payout.amount, payout.reference[-3:]) == (ADVANCE, "-A1")
    assert parts(advance) == (0, 7_000, 0, 3_000)

    settlement = confirm(advance, 9_000)

    assert (settlement.due, parts(advance)) == (6_000, (1_000, 0, 6_000, 3_000))
    assert make_paid_payout(settlement=settlement).amount == 6_000
    assert parts(advance) == (1_000, 0, 0, 9_000)
    assert breaches() == []


def test_order_worth_what_was_advanced_is_settled_at_once_and_owes_nothing():
    advance = make_paid_advance()

    settlement = confirm(advance, ADVANCE)

    assert (settlement.status, settlement.due, Claim.objects.count()) == ("paid", 0, 0)
    assert parts(advance) == (7_000, 0, 0, 3_000)
    assert breaches() == []


def test_order_worth_less_than_was_advanced_leaves_a_claim_that_both_sides_hear_of():
    advance = make_paid_advance()

    settlement = confirm(advance, 1_000)

    claim = Claim.objects.get()
    assert (settlement.status, claim.open, claim.advance) == ("paid", 2_000, advance)
    told = Message.objects.filter(kind="claim_opened").values_list("recipient", flat=True)
    assert advance.history.get(verb="ask").actor_id in told
    assert parts(advance) == (7_000, 0, 0, 3_000)
    assert breaches() == []


def test_cancelled_order_owes_its_whole_advance():
    advance = make_paid_advance()

    commitments.void(advance.commitment, by=BY, now=NOW, reason="取消")

    assert Claim.objects.get().open == ADVANCE
    assert parts(advance) == (7_000, 0, 0, 3_000)
    assert breaches() == []


def test_advance_that_nobody_began_to_pay_is_taken_back_when_the_order_ends():
    advance = make_advance(approved_by=make_finance())

    settlement = confirm(advance, 9_000)

    advance.refresh_from_db()
    assert (advance.status, settlement.due, Claim.objects.count()) == ("ended", 9_000, 0)
    assert parts(advance) == (1_000, 0, 9_000, 0)
    assert breaches() == []


def test_settlement_waits_while_an_advance_is_on_its_way():
    payout = make_payout(settlement=make_advance(approved_by=make_finance()))

    with pytest.raises(StaleState, match="Confirm that it arrived or failed"):
        confirm(payout.settlement, 9_000)


def test_advance_under_way_of_a_cancelled_order_is_owed_until_its_transfer_fails():
    payout = make_payout(settlement=make_advance(approved_by=make_finance()))
    commitments.void(payout.settlement.commitment, by=BY, now=NOW, reason="取消")
    assert (Claim.objects.get().open, parts(payout.settlement)) == (ADVANCE, (7_000, 0, 3_000, 0))
    assert breaches() == []

    payouts.mark_failed(payout, reason="账号错误", by=make_finance(), now=NOW)

    payout.settlement.refresh_from_db()
    assert (Claim.objects.get().open, payout.settlement.status) == (0, "ended")
    assert parts(payout.settlement) == (ORDER, 0, 0, 0)
    assert breaches() == []


def test_advance_that_comes_back_after_the_settlement_is_paid_again_as_far_as_it_was_earned():
    advance = make_paid_advance()
    confirm(advance, 1_000)

    payouts.mark_returned(advance.payouts.get(), reason="退票", by=make_finance(), now=NOW)

    advance.refresh_from_db()
    assert (advance.status, advance.due, Claim.objects.get().open) == ("approved", 1_000, 0)
    assert parts(advance) == (9_000, 0, 1_000, 0)
    assert make_payout(settlement=advance).amount == 1_000
    assert breaches() == []


def test_claim_is_set_off_against_the_next_settlement_of_the_same_provider_and_fund():
    advance = make_paid_advance()
    confirm(advance, 1_000)
    old, fund, provider = advance.commitment.line, advance.commitment.line.fund, advance.commitment.provider
    foreign = make_settlement(500, commitment=make_commitment(500, provider=provider), approved_by=make_finance())
    funds.receive(fund, 10_000, document="d", by=BY, now=NOW, key="more")
    line = make_line(10_000, fund=fund, theme_slug="law")

    first = make_settlement(
        500, commitment=make_commitment(500, line=line, provider=provider), approved_by=make_finance()
    )
    second = make_settlement(
        4_000, commitment=make_commitment(4_000, line=line, provider=provider), approved_by=make_finance()
    )

    assert (foreign.due, first.due, first.status) == (500, 0, "paid")
    assert (second.due, Claim.objects.get().open) == (2_500, 0)
    assert make_payout(settlement=second).amount == 2_500
    line.refresh_from_db()
    old.refresh_from_db()
    assert (line.paid, line.payable, old.paid) == (2_000, 2_500, 1_000)
    assert breaches() == []


def test_claim_is_repaid_with_date_and_document_once_and_never_too_much():
    advance = make_paid_advance()
    confirm(advance, 1_000)
    claim = Claim.objects.get()

    assert repay(claim, 500).open == 1_500
    assert repay(claim, 500).open == 1_500  # the same form twice
    with pytest.raises(ClaimSmaller, match=r"Only ¥15\.00 is owed"):
        repay(claim, 1_501, key="repay:2")
    with pytest.raises(NotRepaidYet, match="still to come"):
        repay(claim, 1, key="repay:2", received_on=today(NOW) + timedelta(days=1))
    with pytest.raises(OwnMoney):
        repay(claim, 1, key="repay:2", by=make_member(advance.commitment.provider, "finance"))
    with pytest.raises(StaleState, match="set off or repaid already"):
        payouts.mark_returned(advance.payouts.get(), reason="退票", by=make_finance(), now=NOW)

    row = claim.history.get(verb="repay")
    assert (row.amount, row.note, row.happened_on) == (500, "回单 7 号", today(NOW))
    assert row.entry.document.file
    assert parts(advance) == (7_500, 0, 0, 2_500)
    assert breaches() == []


def test_one_slip_of_a_repayment_is_entered_once_however_many_have_it():
    """The provider would have to pay the rest of what it owes no more."""
    advance = make_paid_advance()
    confirm(advance, 1_000)
    claim = Claim.objects.get()
    repay(claim, 500)

    with pytest.raises(outside.DocumentEntered, match="part 2"):
        repay(claim, 500, key="repay:2", document="回单７号")
    assert repay(claim, 300, key="repay:3", document="回单 8 号").open == 1_200
    assert breaches() == []


def test_who_owes_gets_no_other_advance_and_one_order_has_one():
    advance = make_paid_advance()
    with pytest.raises(StaleState, match="asked for already"):
        make_advance(1, commitment=advance.commitment)
    confirm(advance, 1_000)
    line = make_line(ORDER, fund=make_fund(ORDER))
    fund = advance.commitment.line.fund
    other = make_commitment(1_000, line=BudgetLine.objects.get(fund=fund), provider=advance.commitment.provider)

    with pytest.raises(NoAdvances, match="still owes"):
        make_advance(1, commitment=other)
    settled = make_settlement(10, commitment=make_commitment(10, line=other.line), approved_by=make_finance())
    with pytest.raises(StaleState, match="confirmed or has ended"):
        make_advance(1, commitment=settled.commitment)
    assert make_advance(1, commitment=make_commitment(100, line=line, provider=other.provider)).status == "proposed"


def test_take_back_ends_what_was_not_paid():
    by = make_finance()
    asked = make_advance()
    approved = make_advance(approved_by=by)
    payout = make_payout(settlement=make_advance(approved_by=by))
    for one in (asked, approved):
        assert advancing.take_back(one, reason="不需要", by=by, now=NOW).status == "ended"
        assert advancing.take_back(one, reason="不需要", by=by, now=NOW).status == "ended"
        assert parts(one) == (0, ORDER, 0, 0)
    with pytest.raises(StaleState, match="paid or on its way"):
        advancing.take_back(payout.settlement, reason="不需要", by=by, now=NOW)
    assert make_advance(commitment=Commitment.objects.with_line().get(pk=approved.commitment_id)).pk != approved.pk
    assert breaches() == []


def test_batch_pays_advances_and_what_is_due_of_settlements():
    by = make_finance()
    line = make_line(2 * ORDER, fund=make_fund(2 * ORDER, league=by.organisation))
    make_rule(line.fund, advance_share=5_000)
    rest = confirm(make_paid_advance(commitment=make_commitment(ORDER, line=line)), 9_000, by)
    advance = make_advance(commitment=make_commitment(ORDER, line=line), approved_by=by)
    for one in (rest, advance):
        settlements.record_invoice(one, exception="定额收据", by=by, now=NOW)
    make_payee_account(advance.commitment.provider)
    form = "7b2c8a3e-4f0e-4f63-9a6c-0d1d6f1f2a11"
    batch = batches.make([rest.pk, advance.pk], by=by, submission_id=form, now=NOW + timedelta(hours=1))
    batches.fill(batch, by=by, now=NOW + timedelta(hours=1))

    rows = batch.rows.order_by("settlement").values_list("settlement__kind", "payout__amount", "problem")
    assert sorted(rows) == [("advance", 3_000, ""), ("settlement", 6_000, "")]


def test_order_with_an_advance_is_not_carried_over():
    advance = make_paid_advance()
    line = advance.commitment.line
    target = make_line(1, fund=make_fund(1, league=line.fund.league, ends_on=line.fund.ends_on.replace(year=2027)))

    with pytest.raises(carrying.NothingOpen, match="has an advance"):
        carrying.carry_over(line, target, by=make_finance(), now=NOW, key="carry")


@pytest.mark.parametrize("was_sent", [False, True])
def test_order_whose_advance_was_taken_back_is_carried_over_without_an_alarm(was_sent):
    """The advance was decided by the old fund's rule; the order stands on the new fund since."""
    by, later = make_finance(), NOW + timedelta(hours=1)
    advance = make_advance(approved_by=by)
    if was_sent:
        payout = payouts.send(make_payout(settlement=advance, maker=by), by=make_finance(), now=NOW)
        payouts.mark_failed(payout, reason="账号错误", by=by, now=NOW)
    advancing.take_back(advance, reason="不需要", by=by, now=NOW)
    fund = advance.commitment.line.fund
    assert breaches() == []

    target = make_line(1, fund=make_fund(1, league=fund.league, ends_on=fund.ends_on.replace(year=2027)))
    carrying.carry_over(advance.commitment.line, target, by=by, now=later, key="carry")

    assert breaches() == []
    Settlement.objects.filter(pk=advance.pk).update(fund_rule=None)
    assert f"settlement {advance.pk}: it was decided by another rule than the one in force" in breaches()


def test_verify_sees_an_advance_and_a_claim_that_are_not_what_they_say():
    advance = make_paid_advance()
    confirm(advance, 1_000)
    assert breaches() == []
    keys = {promise.key: promise.check for promise in INVARIANTS if promise.key.startswith("funding.")}

    Settlement.objects.filter(pk=advance.pk).update(fund_rule=None)
    assert keys["funding.advances"]().breaches == [f"advance {advance.pk}: it is more than its rule allows"]
    Claim.objects.update(amount=1_999)
    Claim.objects.update(repaid=5)
    assert len(keys["funding.claims"]().breaches) == 2
    assert advances.most(advance.commitment, None) == 0
