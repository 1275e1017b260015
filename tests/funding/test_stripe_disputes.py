"""Donations that the giver's bank wants back: seen at once, booked once, and never below what the fund still has."""

import pytest

from funding.models import Donation, Quarantine, StripeRefund
from funding.stripe import disputes, reconcile, webhooks
from tests.factories.funding import make_line
from tests.factories.stripe import post
from tests.funding.test_stripe_gifts import paid, unallocated

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return sorted(Quarantine.objects.values_list("kind", flat=True))


def heard(stripe, now) -> None:
    """All that Stripe told arrives, the newest first, and once more."""
    for event in [*reversed(stripe.events), *stripe.events]:
        post(stripe, event)
    webhooks.act_on_all(now=now)


def test_an_open_dispute_alerts_finance_and_moves_no_money(stripe, now):
    donation = paid(stripe, now)
    stripe.books.dispute(donation.bank_reference)

    heard(stripe, now)

    assert (kinds(), unallocated(donation)) == (["disputed"], 50_000)
    assert not StripeRefund.objects.exists()


def test_a_lost_dispute_leaves_the_fund_once_however_often_it_is_told(stripe, now):
    donation = paid(stripe, now)
    dispute = stripe.books.dispute(donation.bank_reference)
    stripe.books.end_dispute(dispute["id"], "lost")

    heard(stripe, now)
    for _time in range(2):
        reconcile.everything(now=now)
        disputes.hear(dispute["id"], now=now)

    assert (kinds(), unallocated(donation)) == (["disputed"], 0)
    assert StripeRefund.objects.get().amount == 50_000


def test_a_lost_dispute_of_which_no_event_came_is_found(stripe, now):
    donation = paid(stripe, now)
    stripe.books.end_dispute(stripe.books.dispute(donation.bank_reference)["id"], "lost")

    reconcile.everything(now=now)

    assert unallocated(donation) == 0


def test_a_won_dispute_leaves_the_money_where_it_is(stripe, now):
    donation = paid(stripe, now)
    stripe.books.end_dispute(stripe.books.dispute(donation.bank_reference)["id"], "won")

    heard(stripe, now)

    assert (kinds(), unallocated(donation)) == (["disputed"], 50_000)


def test_a_lost_dispute_of_what_is_allocated_is_left_to_a_person(stripe, now):
    donation = paid(stripe, now)
    make_line(40_000, fund=donation.fund)
    stripe.books.end_dispute(stripe.books.dispute(donation.bank_reference)["id"], "lost")

    heard(stripe, now)

    assert (kinds(), unallocated(donation)) == (["disputed", "spent"], 10_000)


def test_a_dispute_about_somebody_elses_payment_is_no_business_of_ours(stripe, now):
    donation = paid(stripe, now)
    Donation.objects.filter(pk=donation.pk).update(bank_reference="pi_other")
    stripe.books.dispute(donation.bank_reference)

    heard(stripe, now)

    assert kinds() == []
