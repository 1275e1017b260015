"""What Stripe posts counts once, in any order, and only if it is Stripe's, fresh, of our mode and our accounts."""

import json
import time
from datetime import timedelta
from itertools import permutations

import pytest
from django.test import Client

from funding.models import Entry, StripeAccount, StripeEvent
from funding.stripe import transfers, webhooks
from funding.tasks import stripe_event
from notifications.models import Message
from tests.factories.funding import make_finance
from tests.factories.stripe import EVENTS, make_sent_stripe_payout, make_stripe_account, post
from tests.fakes.stripe_server import SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(stripe, now):
    """A payout that Stripe made, whose answer never came."""
    payout = make_sent_stripe_payout(stripe)
    stripe.faults.append("drop_after")
    transfers.push(payout.pk, now=now)
    return payout


def status(payout) -> str:
    payout.refresh_from_db()
    return payout.status


def test_event_is_kept_and_the_payout_is_paid_by_a_worker(stripe, lost, now):
    answer = post(stripe, stripe.events[-1])

    kept = StripeEvent.objects.get()
    assert (answer.status_code, kept.kind, kept.done_at, status(lost)) == (200, "transfer.created", None, "sent")
    stripe_event(kept.pk)
    kept.refresh_from_db()
    assert kept.done_at is not None
    assert status(lost) == "paid"


def test_event_that_comes_three_times_is_kept_once_and_pays_once(stripe, lost, now):
    for _time in range(3):
        assert post(stripe, stripe.events[-1]).status_code == 200
        webhooks.act_on_all(now=now)

    assert StripeEvent.objects.count() == Entry.objects.filter(payout=lost, kind="pay").count() == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_order_of_events_does_not_decide(stripe, lost, now, order):
    made = stripe.events[-1]["data"]["object"]["id"]
    stripe.books.reverse(made)
    stripe.books._emit("transfer.updated", stripe.books.objects[made])
    events = [event for event in stripe.events if event["type"].startswith("transfer.")]
    for number in order:
        post(stripe, events[number])
        webhooks.act_on_all(now=now)

    assert status(lost) == "returned"
    assert Entry.objects.filter(payout=lost).count() == 0


@pytest.mark.parametrize(
    "how",
    [{"secret": "whsec_other"}, {"at": 1.0}, {"changed": True}],
    ids=["signed by another", "too old", "changed on the way"],
)
def test_event_that_is_not_stripes_is_refused_and_changes_nothing(stripe, lost, how):
    assert post(stripe, stripe.events[-1], **how).status_code == 400
    assert not StripeEvent.objects.exists()


def test_event_without_a_signature_or_sense_is_refused(stripe, client):
    bodies = [b"", b"[]", b"\xff\xfe", json.dumps(stripe.events).encode()]

    for body in bodies:
        assert client.post(EVENTS, body, content_type="application/json").status_code == 400
    assert client.post(EVENTS, {"file": "x"}).status_code == 400
    body, header = stripe.signed({"id": "evt_1"}, secret=SECRET)
    answer = client.post(EVENTS, body, content_type="application/json", headers={"Stripe-Signature": header})
    assert answer.status_code == 400
    assert not StripeEvent.objects.exists()


def test_event_older_than_five_minutes_is_refused(stripe, lost):
    assert post(stripe, stripe.events[-1], at=time.time() - 301).status_code == 400
    assert post(stripe, stripe.events[-1], at=time.time() - 290).status_code == 200


def test_event_of_the_other_mode_or_of_a_strange_account_changes_nothing(stripe, lost, now):
    live = {**stripe.events[-1], "livemode": True}
    strange = {**stripe.events[-1], "account": "acct_strange"}

    assert [post(stripe, event).status_code for event in (live, strange)] == [200, 200]
    webhooks.act_on_all(now=now)
    assert not StripeEvent.objects.exists()
    assert status(lost) == "sent"


def test_event_of_a_connected_account_cannot_speak_of_our_transfers(stripe, lost, now):
    """A provider could make transfers of its own; only what stands at our own account pays."""
    forged = {**stripe.events[-1], "id": "evt_forged", "account": lost.stripe.account.account_id}
    post(stripe, forged)
    webhooks.act_on_all(now=now)

    assert status(lost) == "sent"


def test_what_an_event_says_of_itself_does_not_count(stripe, lost, now):
    """Its number leads to the thing at Stripe; the amount in the message may be years old."""
    event = json.loads(json.dumps(stripe.events[-1]))
    event["data"]["object"] |= {"amount": 1, "amount_reversed": 1, "transfer_group": "X"}
    post(stripe, event)
    webhooks.act_on_all(now=now)

    assert status(lost) == "paid"


def test_event_waits_while_stripe_does_not_answer(stripe, lost, now):
    post(stripe, stripe.events[-1])
    stripe.chance = lambda _asked: "down"
    assert webhooks.act_on_all(now=now) == (0, 1)
    stripe.chance = lambda _asked: ""

    assert webhooks.act_on_all(now=now + timedelta(minutes=1)) == (1, 0)
    assert status(lost) == "paid"


def test_events_about_other_things_are_kept_and_left_alone(stripe, lost, now):
    stripe.books._emit("transfer.created", {"id": "tr_gone"})
    stripe.books._emit("invoice.paid", {"id": "in_1"})
    for event in stripe.events[-2:]:
        post(stripe, event)

    assert webhooks.act_on_all(now=now) == (2, 0)


def test_account_event_takes_over_what_stripe_says(stripe, now):
    account = make_stripe_account(stripe, is_confirmed=False)
    StripeAccount.objects.update(is_ready=False, holder="")
    post(stripe, stripe.events[-1])
    webhooks.act_on_all(now=now)

    account.refresh_from_db()
    assert (account.is_ready, account.holder) == (True, account.organisation.name)


def test_failed_payout_stops_the_account_and_tells_provider_and_league_once(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    make_finance(payout.settlement.commitment.line.fund.league)
    account = payout.stripe.account
    stripe.books.fail_payout(account.account_id)
    for event in stripe.events[-2:]:
        post(stripe, event)
        post(stripe, event)
    webhooks.act_on_all(now=now)

    account.refresh_from_db()
    assert (account.has_failed_payout, account.is_ready) == (True, False)
    told = Message.objects.filter(kind="stripe_account_failed").values_list("recipient", flat=True)
    assert len(told) == len(set(told)) == 3


def test_without_a_key_there_is_no_such_page(client, settings):
    assert client.post(EVENTS, b"{}", content_type="application/json").status_code == 404


def test_only_posting_is_answered_and_csrf_is_not_asked(stripe, lost):
    assert Client().get(EVENTS).status_code == 405
    assert post(stripe, stripe.events[-1], client=Client(enforce_csrf_checks=True)).status_code == 200
