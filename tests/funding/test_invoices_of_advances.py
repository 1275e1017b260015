"""An advance and its order's settlement each have an invoice: together they are over what the order is worth."""

import pytest

from core.errors import StaleState
from funding import payouts, queries, settlements, tracking
from funding.models import Invoice, Settlement
from notifications.models import Message
from notifications.rendering import render
from tests.conftest import NOW
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_paid_advance,
    make_payee_account,
    make_proposed_lines,
    make_rule,
)
from tests.funding.test_advances import ADVANCE, BY, ORDER, breaches, confirm

pytestmark = pytest.mark.django_db


def test_invoices_of_an_advance_and_of_the_rest_are_together_over_what_the_order_is_worth():
    advance = make_paid_advance()
    rest = confirm(advance, 9_000)
    given = {"number": "2613", "by": make_finance(), "now": NOW}

    with pytest.raises(settlements.InvoiceAmountDiffers, match=r"60\.00"):
        settlements.record_invoice(rest, amount=9_000, **given)
    settlements.record_invoice(rest, amount=6_000, **given)
    payout = payouts.queue(rest, by=make_finance(), now=NOW)

    assert (payout.amount, breaches()) == (6_000, [])
    Invoice.objects.filter(number="2613").update(amount=6_001)
    assert breaches() == [
        "invoice 2613: with the advance's it is over more than the order is worth",
        f"settlement {payout.settlement_id}: it is paid without an invoice that fits",
    ]


def test_an_advance_that_comes_back_after_the_approval_leaves_the_rest_as_it_was_invoiced():
    advance = make_paid_advance()
    rest = confirm(advance, 9_000)
    settlements.record_invoice(rest, number="2613", amount=6_000, by=make_finance(), now=NOW)
    payouts.mark_returned(advance.payouts.get(), reason="账户已注销", by=make_finance(), now=NOW)

    assert payouts.queue(rest, by=make_finance(), now=NOW).amount == 6_000
    assert breaches() == []


def test_invoice_is_over_the_whole_where_the_advance_had_none():
    advance = make_advance(ADVANCE, of=ORDER, approved_by=make_finance())
    settlements.record_invoice(advance, exception="定额收据", by=make_finance(), now=NOW)
    make_payee_account(advance.commitment.provider)
    payout = payouts.send(payouts.queue(advance, by=make_finance(), now=NOW), by=make_finance(), now=NOW)
    payouts.mark_paid(payout, bank_reference="ICBC1", by=make_finance(), now=NOW)
    rest = confirm(advance, 9_000)

    settlements.record_invoice(rest, number="2613", amount=9_000, by=make_finance(), now=NOW)

    assert payouts.queue(rest, by=make_finance(), now=NOW).amount == 6_000
    assert breaches() == []


def test_invoice_of_the_rest_comes_after_the_approval_which_counts_the_advance():
    advance = make_paid_advance()
    rest = settlements.propose(
        advance.commitment, make_proposed_lines(9_000), explanation={"raters": 0}, by=BY, now=NOW
    )

    for amount in (9_000, 6_000):
        with pytest.raises(StaleState, match="after the approval"):
            settlements.record_invoice(rest, number="2613", amount=amount, by=make_finance(), now=NOW)


@pytest.mark.parametrize("had", [{"exception": "定额收据"}, {"number": "2612", "amount": ADVANCE}])
def test_an_advance_keeps_its_invoice_or_has_none_once_the_order_is_settled(had):
    by = make_finance()
    advance = make_advance(ADVANCE, of=ORDER, approved_by=by)
    settlements.record_invoice(advance, **had, by=by, now=NOW)
    make_payee_account(advance.commitment.provider)
    payout = payouts.send(payouts.queue(advance, by=by, now=NOW), by=make_finance(), now=NOW)
    payouts.mark_paid(payout, bank_reference="ICBC1", by=make_finance(), now=NOW)
    confirm(advance, 9_000)
    payouts.mark_returned(payout, reason="账户已注销", by=make_finance(), now=NOW)
    other = {"number": "2613", "amount": ADVANCE} if "exception" in had else {"exception": "定额收据"}

    with pytest.raises(StaleState, match="rests on this one"):
        settlements.record_invoice(advance, **other, by=by, now=NOW)
    settlements.record_invoice(advance, **had, by=by, now=NOW)

    assert breaches() == []


def test_the_message_names_what_the_invoice_is_to_be_over():
    advance = make_paid_advance()
    confirm(advance, 9_000)
    confirm(make_paid_advance(), ADVANCE)

    told = Message.objects.filter(kind="settlement_approved").order_by("pk")
    first, second = {one.cause: render(one, "en").body for one in told}.values()
    assert "exactly ¥60.00" in first
    assert "Nothing is left to pay" in second
    assert "exactly" not in second


def test_an_invoice_that_no_longer_fits_is_asked_for_anew_on_each_page():
    advance = make_paid_advance()
    rest = confirm(advance, 9_000)
    settlements.record_invoice(rest, number="2613", amount=6_000, by=make_finance(), now=NOW)
    payout = payouts.send(payouts.queue(rest, by=make_finance(), now=NOW), by=make_finance(), now=NOW)
    payouts.mark_failed(payout, reason="户名不符", by=make_finance(), now=NOW)
    Invoice.objects.filter(number="2613").update(amount=9_000)

    found = Settlement.objects.with_commitment().get(pk=rest.pk)

    assert "exactly ¥60.00" in tracking.parcel(found).next
    with pytest.raises(settlements.InvoiceNeeded):
        payouts.queue(rest, by=make_finance(), now=NOW)


def test_what_is_left_to_invoice_costs_one_query_for_all_that_wait(django_assert_num_queries):
    by = make_finance()
    line = make_line(3 * ORDER, fund=make_fund(3 * ORDER, league=by.organisation))
    make_rule(line.fund, advance_share=5_000)
    for _ in range(3):
        rest = confirm(make_paid_advance(commitment=make_commitment(ORDER, line=line)), 9_000, by)
        settlements.record_invoice(rest, exception="定额收据", by=by, now=NOW)

    with django_assert_num_queries(2):
        found = [(one.to_invoice, one.is_invoiced) for one in queries.to_pay(by)]

    assert found == [(6_000, True)] * 3


def test_invoice_of_an_advance_that_came_back_is_over_what_was_earned_of_it():
    """The provider can bill no more than it is paid; the invoice over the whole advance would be refused by its own."""
    advance = make_paid_advance()
    confirm(advance, 1_000)
    payouts.mark_returned(advance.payouts.get(), reason="退票", by=make_finance(), now=NOW)
    advance = Settlement.objects.with_commitment().get(pk=advance.pk)

    assert list(queries.to_invoice(advance.commitment.provider)) == [advance]
    with pytest.raises(settlements.InvoiceNeeded):
        payouts.queue(advance, by=make_finance(), now=NOW)
    with pytest.raises(settlements.InvoiceAmountDiffers):
        settlements.record_invoice(advance, number="2614", amount=3_000, by=make_finance(), now=NOW)
    settlements.record_invoice(advance, number="2614", amount=1_000, by=make_finance(), now=NOW)

    assert payouts.queue(advance, by=make_finance(), now=NOW).amount == 1_000
    assert breaches() == []
