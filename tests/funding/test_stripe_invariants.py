"""``verify`` sees what went wrong between our books and Stripe's: each promise is broken on purpose."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from funding.models import Payout, StripeEvent, StripeGift, StripeRefund, StripeTransfer
from funding.stripe import gifts, quarantine, reconcile, transfers
from funding.stripe_invariants import INVARIANTS
from tests.breaking import drop_constraint
from tests.factories.funding import make_donation, make_finance, make_payout
from tests.factories.stripe import make_sent_stripe_payout
from tests.fakes.stripe_server import no_fault

CHECKS = {invariant.key: invariant.check for invariant in INVARIANTS}
SENT, PAID, BACK = 0, 1, 2


@pytest.fixture
def payouts(breakable_db, stripe, now):
    """One on its way, one paid, one taken back, and all events heard."""
    made = [make_sent_stripe_payout(stripe) for _each in range(3)]
    for payout in made[1:]:
        transfers.push(payout.pk, now=now)
    transfers.ask_back(made[BACK], reason="x", by=make_finance(), now=now)
    transfers.push_back(made[BACK].pk, now=now)
    stripe.chance = lambda asked: "down" if asked.method == "POST" else ""
    reconcile.everything(now=timezone.now())
    Payout.objects.filter(pk=made[SENT].pk).update(sent_at=timezone.now())
    if connection.vendor == "sqlite":
        run("PRAGMA ignore_check_constraints = ON")
        run("PRAGMA foreign_keys = OFF")
    return made


def run(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@pytest.fixture
def refund(payouts, stripe, now):
    """A donation of which a part went back."""
    stripe.chance = no_fault
    donation = make_donation(50_000)
    gifts.open_page(donation, back="https://x.test/", now=now)
    gift = StripeGift.objects.get()
    stripe.books.pay(gift.checkout_id)
    gifts.look(gift, now=now)
    one = gifts.ask_refund(donation, 100, reason="x", by=make_finance(), now=now, submission_id=uuid4())
    gifts.push_refund(one.pk, now=now)
    return one


def test_whole_books_have_no_breach(payouts, refund):
    assert {key: check().breaches for key, check in CHECKS.items()} == {key: [] for key in CHECKS}
    assert all(check().checked for check in CHECKS.values())


OF_TRANSFERS = {
    "paid, nothing stands": ("E3", PAID, {"seen_reversed": 10_000}),
    "paid by another transfer": ("E3", PAID, {"transfer_id": "tr_x"}),
    "ended, and stands": ("E3", BACK, {"seen_reversed": 0}),
    "another amount": ("E4", PAID, {"seen_amount": 1}),
    "another currency": ("E4", PAID, {"seen_currency": "USD"}),
    "another payee": ("E4", PAID, {"seen_destination": "acct_x"}),
    "not taken back for a day": ("E5", PAID, {"undo_asked_at": timezone.now() - timedelta(hours=25)}),
}


@pytest.mark.parametrize("what", OF_TRANSFERS)
def test_transfer_that_is_not_what_it_should_be_is_reported(payouts, what):
    key, which, changes = OF_TRANSFERS[what]
    StripeTransfer.objects.filter(payout=payouts[which]).update(**changes)

    assert CHECKS[key]().breaches[0].startswith(f"payout {payouts[which].pk}:")


def test_event_that_is_there_twice_is_reported(payouts):
    if connection.vendor == "sqlite":
        run("CREATE TABLE copy AS SELECT * FROM funding_stripeevent")
        run("DROP TABLE funding_stripeevent")
        run("ALTER TABLE copy RENAME TO funding_stripeevent")
    else:
        run("ALTER TABLE funding_stripeevent DROP CONSTRAINT funding_stripeevent_event_id_key")
    first = StripeEvent.objects.order_by("pk").values_list("pk", flat=True)[:2]
    StripeEvent.objects.filter(pk__in=list(first)).update(event_id="evt_same")

    assert CHECKS["E1"]().breaches == ["event evt_same: it is there twice"]


def test_event_of_a_strange_account_or_the_other_mode_is_reported(payouts):
    first, second = StripeEvent.objects.order_by("pk")[:2]
    StripeEvent.objects.filter(pk=first.pk).update(account_id="acct_x")
    StripeEvent.objects.filter(pk=second.pk).update(is_live=True)

    assert CHECKS["E2"]().breaches == [
        f"event {first.pk}: it is of an account that nobody here has",
        f"event {second.pk}: it is of the other mode",
    ]


def test_event_and_payout_in_doubt_for_a_day_are_reported_unless_a_person_knows(payouts, now):
    long_ago = timezone.now() - timedelta(hours=25)
    event = StripeEvent.objects.order_by("pk").first()
    StripeEvent.objects.filter(pk=event.pk).update(done_at=None, received_at=long_ago)
    Payout.objects.filter(pk=payouts[SENT].pk).update(sent_at=long_ago)

    assert CHECKS["E5"]().breaches == [
        f"event {event.pk}: nobody acted on it for a day",
        f"payout {payouts[SENT].pk}: it is in doubt for a day",
    ]
    league = payouts[SENT].settlement.commitment.line.fund.league
    quarantine.put(league, "tr_x", "amount", payout=payouts[SENT], now=now)
    assert CHECKS["E5"]().breaches == [f"event {event.pk}: nobody acted on it for a day"]


def test_payout_on_both_rails_or_on_none_is_reported(payouts):
    bank = make_payout()
    drop_constraint(Payout, "payout_bank_needs_account")
    Payout.objects.filter(pk=payouts[PAID].pk).update(rail="bank")
    Payout.objects.filter(pk=bank.pk).update(rail="stripe")

    assert CHECKS["D10"]().breaches == [
        f"payout {bank.pk}: it goes by Stripe without an account there",
        f"payout {payouts[PAID].pk}: it goes by both rails",
    ]


def test_refund_that_is_not_booked_as_it_stands_is_reported(payouts, refund):
    StripeRefund.objects.filter(pk=refund.pk).update(status="refused")
    assert CHECKS["D7"]().breaches == [f"refund {refund.pk}: it is not booked as it stands"]
    StripeRefund.objects.filter(pk=refund.pk).update(status="short")
    assert CHECKS["D7"]().breaches == [f"refund {refund.pk}: it is not booked as it stands"]
    StripeRefund.objects.filter(pk=refund.pk).update(status="done", amount=50_001)

    assert CHECKS["D7"]().breaches == [f"donation {refund.gift_id}: more went back than was given"]


def test_transfer_that_pays_two_payouts_is_reported(payouts):
    drop_constraint(StripeTransfer, "stripetransfer_id_once")
    StripeTransfer.objects.filter(payout__in=payouts[1:]).update(transfer_id="tr_same")

    assert CHECKS["D10"]().breaches == ["transfer tr_same: it pays two payouts"]
