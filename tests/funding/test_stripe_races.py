"""Many at once: workers at one payout, the same event twice, two finance officers, Stripe and the bank."""

from functools import partial

import pytest

from core.errors import StaleState
from funding import gateway, payouts
from funding.models import Entry, Payout, StripeAccount, StripeEvent
from funding.stripe import accounts, transfers, webhooks
from tests import races
from tests.factories.funding import make_finance, make_payee_account
from tests.factories.organisations import make_member, make_organisation
from tests.factories.stripe import make_sent_stripe_payout, make_stripe_payout

pytestmark = pytest.mark.race
ROUNDS = 5


def at_stripe(stripe, payout) -> int:
    return sum(one.get("transfer_group") == payout.reference for one in list(stripe.books.objects.values()))


def test_many_workers_at_once_make_one_transfer(fresh_db, stripe, now):
    for _round in range(ROUNDS):
        payout = make_sent_stripe_payout(stripe)
        race = races.run_same(4, partial(transfers.push, payout.pk, now=now))
        transfers.push(payout.pk, now=now)

        assert race.errors == []
        assert at_stripe(stripe, payout) == Entry.objects.filter(payout=payout, kind="pay").count() == 1


def test_worker_and_event_at_once_book_one_payment(fresh_db, stripe, now):
    for _round in range(ROUNDS):
        payout = make_sent_stripe_payout(stripe)
        stripe.faults.append("drop_after")
        transfers.push(payout.pk, now=now)
        said = stripe.events[-1]
        event = gateway.Event(said["id"], said["type"], said["data"]["object"]["id"], "", is_live=False)
        kept, _new = webhooks.keep(event, now=now)

        race = races.run(
            partial(transfers.push, payout.pk, now=now),
            partial(webhooks.act, kept.pk, now=now),
            partial(webhooks.act, kept.pk, now=now),
        )

        assert race.errors == []
        assert at_stripe(stripe, payout) == Entry.objects.filter(payout=payout, kind="pay").count() == 1


def test_same_event_twice_at_once_is_kept_once(fresh_db, stripe, now):
    for number in range(ROUNDS):
        event = gateway.Event(f"evt_{number}", "transfer.created", "tr_1", "", is_live=False)
        race = races.run_same(4, partial(webhooks.keep, event, now=now))

        assert race.errors == []
        assert sorted(is_new for _kept, is_new in race.results) == [False, False, False, True]
    assert StripeEvent.objects.count() == ROUNDS


def test_two_officers_and_two_rails_make_one_payout(fresh_db, stripe, now):
    for _round in range(ROUNDS):
        first = make_stripe_payout(stripe)
        make_payee_account(first.settlement.commitment.provider)
        payouts.mark_failed(first, reason="重做", by=make_finance(), now=now)
        people = [make_finance(), make_finance()]

        race = races.run(
            partial(payouts.queue, first.settlement, rail=Payout.Rail.STRIPE, by=people[0], now=now),
            partial(payouts.queue, first.settlement, by=people[1], now=now),
        )

        assert race.errors == []
        assert Payout.objects.filter(settlement=first.settlement).alive().count() == 1


def test_sent_and_taken_back_at_once_is_one_of_the_two(fresh_db, stripe, now):
    for _round in range(ROUNDS):
        payout = make_stripe_payout(stripe)
        people = [make_finance(), make_finance()]

        race = races.run(
            partial(payouts.send, payout, by=people[0], now=now),
            partial(payouts.mark_failed, payout, reason="改走银行", by=people[1], now=now),
        )
        transfers.push(payout.pk, now=now)

        assert race.errors_other_than(StaleState, payouts.StripeDecides) == []
        payout.refresh_from_db()
        assert payout.status == ("paid" if at_stripe(stripe, payout) else "failed")


def test_open_account_by_two_clicks_opens_one(fresh_db, stripe, now):
    for _round in range(ROUNDS):
        provider = make_organisation()
        by = make_member(provider, "finance")

        race = races.run_same(3, partial(accounts.open_account, provider, by=by, now=now))

        assert race.errors_other_than(accounts.StripeAway) == []
        assert StripeAccount.objects.filter(organisation=provider).count() == 1
    made = [one for one in stripe.books.objects.values() if one["object"] == "account"]
    assert len(made) == ROUNDS
