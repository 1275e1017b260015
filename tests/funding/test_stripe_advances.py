"""Advances that went by Stripe: taken back there or met by the provider, never both without anybody knowing."""

import pytest

from core.errors import StaleState
from core.time import today
from funding import claims, commitments, payouts, settlements
from funding.claims import NotRepaidYet
from funding.invariants import INVARIANTS
from funding.models import Claim, Payout, Quarantine, Settlement
from funding.stripe import reconcile, transfers
from organisations.acting import clock
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_finance,
    make_line,
    make_paper,
    make_rule,
    make_settlement,
)
from tests.factories.stripe import make_stripe_account

pytestmark = pytest.mark.django_db
BY = clock("tests")


@pytest.fixture
def payout(stripe, now) -> Payout:
    """An advance of 3,000 that arrived by Stripe, and whose order was cancelled: all of it is owed back."""
    account = make_stripe_account(stripe, now=now)
    line = make_line(10_000, now=now)
    make_rule(line.fund, advance_share=5_000, now=now)
    commitment = make_commitment(5_000, line=line, provider=account.organisation, now=now)
    advance = make_advance(2_000, commitment=commitment, approved_by=make_finance(), now=now)
    settlements.record_invoice(advance, exception="小额免票", by=make_finance(), now=now)
    payout = payouts.queue(advance, rail=Payout.Rail.STRIPE, by=make_finance(), now=now)
    payout = payouts.send(payout, by=make_finance(), now=now)
    transfers.push(payout.pk, now=now)
    commitments.void(commitment, by=BY, now=now, reason="取消")
    return Payout.objects.with_settlement().get(pk=payout.pk)


def repay(amount, now):
    words = {"received_on": today(now), "document": "回单 7 号", "file": make_paper(), "by": make_finance(), "now": now}
    return claims.repay(Claim.objects.get(), amount, key="repay:1", **words)


def reversed_at(stripe) -> list[int]:
    return [one["amount_reversed"] for one in stripe.books.objects.values() if one["object"] == "transfer"]


def breaches() -> list[str]:
    return [line for promise in INVARIANTS for line in promise.check().breaches]


def test_ask_back_of_an_advance_that_was_repaid_in_part_is_refused(stripe, now, payout):
    """Stripe would take all of it from the provider, who had paid a part back already."""
    repay(500, now)

    with pytest.raises(StaleState, match="set off or repaid already"):
        transfers.ask_back(payout, reason="取消", by=make_finance(), now=now)

    reconcile.everything(now=now)
    assert reversed_at(stripe) == [0]
    assert breaches() == []


def test_advance_that_stripe_takes_back_is_neither_repaid_nor_set_off_meanwhile(stripe, now, payout):
    transfers.ask_back(payout, reason="取消", by=make_finance(), now=now)
    with pytest.raises(NotRepaidYet, match="Stripe was asked"):
        repay(500, now)
    line = payout.settlement.commitment.line
    later = make_commitment(1_500, line=line, provider=payout.settlement.commitment.provider, now=now)
    settlement = make_settlement(1_500, commitment=later, approved_by=make_finance(), now=now)

    reconcile.everything(now=now)

    payout.refresh_from_db()
    claim = Claim.objects.get()
    assert (payout.status, reversed_at(stripe)) == ("returned", [2_000])
    assert (settlement.due, claim.netted, claim.repaid, claim.dropped) == (1_500, 0, 0, 2_000)
    assert breaches() == []


def test_advance_taken_back_on_stripes_pages_after_a_part_was_repaid_is_put_aside(stripe, now, payout):
    """The money moved, the books cannot follow: finance hears of it, instead of a retry without end."""
    repay(500, now)
    stripe.books.reverse(payout.bank_reference)

    for _time in range(2):
        figures = reconcile.everything(now=now)

    assert Quarantine.objects.get().kind == "met"
    assert (figures.unanswered, figures.still_in_doubt) == (0, 0)
    payout.refresh_from_db()
    assert (payout.status, Settlement.objects.get(pk=payout.settlement_id).status) == ("paid", "paid")
    assert breaches() == []
