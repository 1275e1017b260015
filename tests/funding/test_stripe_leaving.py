"""What left at Stripe while its fund had allocated it: never lost from the books, and never in them twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from funding import funds, ledger
from funding.models import BudgetLine, Entry, Quarantine, StripeRefund
from funding.stripe import quarantine, reconcile
from funding.stripe_invariants import refunds_are_booked
from organisations.acting import clock
from tests.factories.funding import make_finance, make_line
from tests.funding.test_stripe_gifts import paid, unallocated

pytestmark = pytest.mark.django_db
BY = clock("tests")
DAY = timedelta(days=1)
EN = {"accept-language": "en"}


@pytest.fixture
def line(stripe, now) -> BudgetLine:
    """The line that has 400 of a donation of 500, of which 200 went back on Stripe's pages since."""
    donation = paid(stripe, now)
    line = make_line(40_000, fund=donation.fund)
    stripe.books.refund(donation.bank_reference, 20_000)
    reconcile.everything(now=now)
    return line


def gift() -> StripeRefund:
    return StripeRefund.objects.select_related("gift__donation__fund").get()


def take_back(line, now) -> None:
    funds.take_back(BudgetLine.objects.get(pk=line.pk), 40_000, by=BY, now=now, key="back")


def refund_by_hand(line, now, amount=20_000) -> None:
    by = make_finance(line.fund.league)
    funds.refund(line.fund, amount, document="Stripe 退款", by=by, now=now, key=f"refund:{uuid4()}")


def test_refund_of_what_was_allocated_is_booked_once_the_fund_has_it_again(stripe, now, line):
    """The fund would show money for ever that its giver has got back."""
    assert (gift().status, unallocated(gift().gift.donation)) == ("short", 10_000)
    assert refunds_are_booked().breaches == []
    take_back(line, now)

    for days in range(3):
        reconcile.everything(now=now + days * DAY)

    assert (gift().status, unallocated(gift().gift.donation)) == ("done", 30_000)
    assert Entry.objects.get(kind="refund").actor is None
    assert refunds_are_booked().breaches == []


def test_settling_the_difference_books_it_and_a_refund_by_hand_does_not_as_well(stripe, now, line):
    found, by = Quarantine.objects.get(), make_finance(line.fund.league)
    with pytest.raises(ledger.NotEnough):
        quarantine.close(found, note="已处理", by=by, now=now)
    take_back(line, now)
    with pytest.raises(funds.LeftAtStripe, match="Settle that difference first"):
        refund_by_hand(line, now)

    for _click in range(2):
        quarantine.close(found, note="已处理", by=by, now=now)

    assert unallocated(gift().gift.donation) == 30_000
    stripe.books.refund(gift().gift.donation.bank_reference, 5_000)
    reconcile.everything(now=now + DAY)
    refund_by_hand(line, now, 1_000)
    line.fund.refresh_from_db()
    assert line.fund.unallocated == 24_000


def test_refund_that_waited_and_failed_at_the_givers_bank_is_never_booked(stripe, now, line):
    refund = next(one for one in stripe.books.objects.values() if one["object"] == "refund")
    refund["status"] = "failed"
    stripe.books._emit("refund.failed", refund)
    take_back(line, now)

    reconcile.everything(now=now)

    assert (gift().status, unallocated(gift().gift.donation)) == ("refused", 50_000)
    assert refunds_are_booked().breaches == []


def test_lost_dispute_of_what_was_allocated_is_booked_once_the_fund_has_it_again(stripe, now):
    donation = paid(stripe, now)
    line = make_line(40_000, fund=donation.fund)
    stripe.books.end_dispute(stripe.books.dispute(donation.bank_reference)["id"], "lost")
    reconcile.everything(now=now)
    take_back(line, now)

    for days in range(2):
        reconcile.everything(now=now + days * DAY)

    assert (gift().status, unallocated(donation)) == ("done", 0)


def test_what_finance_settled_before_refunds_waited_is_not_booked_again(stripe, now, line):
    donation = gift().gift.donation
    StripeRefund.objects.all().delete()
    take_back(line, now)
    quarantine.close(Quarantine.objects.get(), note="已记账", by=make_finance(line.fund.league), now=now)
    refund_by_hand(line, now)

    stripe.books.refund(donation.bank_reference, 5_000)
    reconcile.everything(now=now)

    assert unallocated(donation) == 25_000


def test_finance_sees_on_the_difference_what_books_it(client, stripe, now, line):
    client.force_login(make_finance(line.fund.league).user)
    url = reverse("funding:settle-difference", args=[Quarantine.objects.get().pk])

    page = client.get(url, headers=EN).content.decode()

    assert "Noting it as settled books it" in page
    assert gift().gift.donation.reference in page
    assert client.post(url, {"note": "已处理"}, headers=EN).status_code == 422
    take_back(line, now)
    assert client.post(url, {"note": "已处理"}, headers=EN).status_code == 302
    assert gift().status == "done"
