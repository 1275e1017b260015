"""Whatever happens to money, in whatever order, every equation holds after every step."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.errors import StaleState
from funding import advances, advancing, claims, commitments, funds, ledger, payouts, settlements
from funding.invariants import INVARIANTS
from funding.models import BudgetLine, Claim, Commitment, Payout, Settlement
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import (
    make_finance,
    make_fund,
    make_line,
    make_paper,
    make_payee_account,
    make_proposed_lines,
    make_rule,
)
from tests.factories.organisations import make_organisation, make_region
from tests.proving import share

BY = clock("tests")
AMOUNTS = st.integers(min_value=1, max_value=400)
PERCENTS = st.sampled_from([0, 50, 90, 98, 100])
PICKS = st.integers(0, 9)


def one_of(rows, pick):
    """Return one of the rows, or nothing if there are none."""
    found = list(rows)
    return found[pick % len(found)] if found else None


class Money(RuleBasedStateMachine):
    """A fund of 1,500 with two lines, one provider, two people of finance."""

    looks = 0  # how often the promises were checked: once a step

    def __init__(self):
        super().__init__()
        self.step = 0
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.fund = make_fund(1500)
        make_rule(self.fund, advance_share=5_000)
        regions = [make_region("瑞景街道"), make_region("天穆镇")]
        self.lines = [make_line(600, fund=self.fund, region=region) for region in regions]
        self.provider = make_organisation()
        make_payee_account(self.provider)
        self.maker, self.checker = make_finance(), make_finance()

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def key(self):
        self.step += 1
        return f"step:{self.step}"

    @rule(amount=AMOUNTS, which=st.integers(0, 1))
    def allocate_and_take_back(self, amount, which):
        line = self.lines[which]
        try:
            funds.allocate(self.fund, line.region, amount, by=BY, now=NOW, key=self.key())
            funds.take_back(line, amount // 2 + 1, by=BY, now=NOW, key=self.key())
        except ledger.NotEnough:
            return

    @rule(amount=AMOUNTS)
    def receive_and_refund(self, amount):
        paper = self.key()
        funds.receive(self.fund, amount, document=paper, by=BY, now=NOW, key=self.key())
        funds.refund(self.fund, amount // 2 + 1, document=paper, by=BY, now=NOW, key=self.key())

    @rule(amount=AMOUNTS, which=st.integers(0, 1), stages=st.integers(0, 6), percent=PERCENTS)
    def order(self, amount, which, stages, percent):
        """Reserve, and walk the order that many stages towards its payment."""
        line = BudgetLine.objects.get(pk=self.lines[which].pk)
        wanted = {"provider": self.provider, "reference": self.key(), "by": BY, "now": NOW}
        if line.available < amount:
            with pytest.raises(commitments.BudgetShort) as refusal:
                commitments.reserve(line.pk, amount, **wanted)
            assert refusal.value.short_by == amount - line.available
            return
        commitment = commitments.reserve(line.pk, amount, **wanted)
        if stages > 0 and (settlement := self.propose(commitment, percent)):
            for _stage in range(stages - 1):
                self.advance(settlement)

    def propose(self, commitment, percent):
        halves = [commitment.amount // 2, commitment.amount - commitment.amount // 2]
        lines = make_proposed_lines(*halves, percent=percent)
        return settlements.propose(commitment, lines, explanation={}, by=BY, now=NOW)

    def advance(self, settlement):
        """Take the settlement's next step; after the last one its payment comes back."""
        settlement.refresh_from_db()
        payout = settlement.payouts.alive().first()
        if settlement.status == "ended" or (settlement.status == "paid" and payout is None):
            return  # an advance that was taken back, or a settlement of which nothing was left to pay
        if settlement.status == "proposed":
            self.approve(settlement)
        elif payout is None:
            if not settlement.payouts.exists():
                settlements.record_invoice(settlement, exception="x", by=self.maker, now=NOW)
            payouts.queue(settlement, by=self.maker, now=NOW)
        elif payout.status == "queued":
            payouts.send(payout, by=self.checker, now=NOW)
        elif payout.status == "sent":
            payouts.mark_paid(payout, bank_reference=self.key(), by=self.maker, now=NOW)
        else:
            self.bring_back(payout)

    def approve(self, settlement):
        """Approve it, unless an advance on its order is on the way, or its order has ended meanwhile."""
        commitment = Commitment.objects.get(pk=settlement.commitment_id)
        advance = commitment.advance
        if settlement.is_advance:
            is_free = commitment.is_open and commitment.settlement is None and not self.owes()
        else:
            is_free = advance is None or not advance.payouts.under_way().exists()
        if is_free:
            settlements.approve(settlement, by=self.maker, now=NOW)
            return
        with pytest.raises((StaleState, advances.NoAdvances)):
            settlements.approve(settlement, by=self.maker, now=NOW)

    def bring_back(self, payout):
        """Let it come back, unless it is an advance of which a part was set off or repaid."""
        claim = Claim.objects.filter(advance=payout.settlement_id).first()
        if claim is None or claim.netted == claim.repaid == 0:
            payouts.mark_returned(payout, reason="x", by=self.maker, now=NOW)
            return
        with pytest.raises(StaleState):
            payouts.mark_returned(payout, reason="x", by=self.maker, now=NOW)

    def owes(self):
        return Claim.objects.open().exists()

    @rule(pick=PICKS, percent=st.integers(1, 90))
    def ask_any(self, pick, percent):
        """Ask for an advance on an open order, within the rule or above it."""
        there = Settlement.objects.exclude(status="ended").values("commitment")
        commitment = one_of(Commitment.objects.open().exclude(pk__in=there).order_by("pk"), pick)
        if commitment is None:
            return
        amount = commitment.amount * percent // 100
        words = {"reason": "x", "by": self.checker, "now": NOW}
        if 0 < amount <= commitment.amount // 2 and not self.owes():
            self.approve(advancing.ask(commitment, amount, **words))
        elif amount:
            with pytest.raises((advances.TooMuchAdvanced, advances.NoAdvances)):
                advancing.ask(commitment, amount, **words)

    @rule(pick=PICKS, amount=AMOUNTS)
    def repay_any(self, pick, amount):
        claim = one_of(Claim.objects.open().order_by("pk"), pick)
        if claim is None:
            return
        words = {"received_on": NOW.date(), "document": "d", "file": make_paper(), "by": self.maker, "now": NOW}
        if amount <= claim.open and claim.advance.status == "paid":
            claims.repay(claim, amount, key=self.key(), **words)
            return
        with pytest.raises((claims.ClaimSmaller, claims.NotRepaidYet)):
            claims.repay(claim, amount, key=self.key(), **words)

    @rule(pick=PICKS)
    def take_back_any(self, pick):
        """Take an advance back that was not paid, while its order goes on."""
        waiting = Settlement.objects.filter(
            kind="advance", status__in=["proposed", "approved"], commitment__status="open"
        )
        if advance := one_of(waiting.exclude(payouts__in=Payout.objects.alive()).order_by("pk"), pick):
            advancing.take_back(advance, reason="x", by=self.maker, now=NOW)

    @rule(pick=PICKS)
    def advance_any(self, pick):
        if settlement := one_of(Settlement.objects.order_by("pk"), pick):
            self.advance(settlement)

    @rule(pick=PICKS)
    def drop_any(self, pick):
        settled = Settlement.objects.filter(kind="settlement").values("commitment")
        if commitment := one_of(Commitment.objects.open().exclude(pk__in=settled).order_by("pk"), pick):
            commitments.void(commitment, by=BY, now=NOW, reason="x")

    @rule(pick=PICKS, verb=st.sampled_from([payouts.mark_failed, payouts.mark_returned]))
    def end_any(self, pick, verb):
        if payout := one_of(Payout.objects.alive().order_by("pk"), pick):
            to = "failed" if verb is payouts.mark_failed else "returned"
            if to in payouts.TRANSITIONS[payout.status]:
                self.bring_back(payout) if to == "returned" else verb(payout, reason="x", by=self.maker, now=NOW)
                return
            with pytest.raises(StaleState):
                verb(payout, reason="x", by=self.maker, now=NOW)

    @invariant()
    def every_promise_holds(self):
        Money.looks += 1
        for promise in INVARIANTS:
            assert promise.check().breaches == [], promise.key


def play(examples, steps):
    """Take so many walks; return after how many steps every promise was checked."""
    Money.looks = 0
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a failing run is short enough to read, and shrinking it takes minutes
        ),
    )
    return Money.looks


@pytest.mark.django_db
@pytest.mark.slow
def test_money_in_any_order_keeps_every_promise():
    assert play(examples=4, steps=15) > 4 * 5


@pytest.mark.django_db
@pytest.mark.prove
def test_money_in_any_order_keeps_every_promise_for_long():
    assert play(examples=share(100), steps=60) > share(100) * 20
