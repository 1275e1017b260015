"""``reconcile`` finds what lost events left undone, repairs it, and says in figures what it did."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from funding import payouts, tasks
from funding.models import Entry, Quarantine, StripeAccount, StripeEvent, StripeTransfer
from funding.stripe import reconcile, transfers, webhooks
from tests.factories.funding import make_finance
from tests.factories.stripe import make_sent_stripe_payout, make_stripe_account, post

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def paid(stripe, now, **more):
    payout = make_sent_stripe_payout(stripe, **more)
    transfers.push(payout.pk, now=now)
    return payout


def status(payout) -> str:
    payout.refresh_from_db()
    return payout.status


def test_everything_takes_up_events_that_never_came(stripe, now):
    payout = paid(stripe, now)
    stripe.books.reverse(StripeTransfer.objects.get(payout=payout).transfer_id)

    figures = reconcile.everything(now=now + HOUR)

    assert status(payout) == "returned"
    assert (
        figures.events_lost == figures.events_acted_on == 2
    )  # made, taken back; the account's own are in a list of its own
    assert (figures.payouts_moved, figures.still_in_doubt, figures.unanswered) == (1, 0, 0)


def test_everything_finds_what_not_even_stripes_list_of_events_has(stripe, now):
    payout = paid(stripe, now)
    stripe.books.reverse(StripeTransfer.objects.get(payout=payout).transfer_id)
    for event in stripe.events:
        del stripe.books.objects[event["id"]]

    figures = reconcile.everything(now=now + HOUR)

    assert status(payout) == "returned"
    assert (figures.events_lost, figures.transfers_compared, figures.payouts_moved) == (0, 1, 1)


@pytest.mark.slow
def test_everything_reads_all_pages(stripe, now):
    account = make_stripe_account(stripe)
    for number in range(130):
        stripe.books._emit("transfer.updated", {"id": f"tr_{number}"})
    with stripe._lock:
        for number in range(120):
            params = {"amount": 1, "currency": "cny", "destination": account.account_id, "transfer_group": f"X{number}"}
            stripe.books.act("POST", "/v1/transfers", params, "")

    figures = reconcile.everything(now=now)

    assert figures.events_lost == StripeEvent.objects.count() == 250
    assert figures.transfers_unknown == 120


def test_everything_again_finds_nothing_more(stripe, now):
    paid(stripe, now)
    reconcile.everything(now=now)

    figures = reconcile.everything(now=now + HOUR)
    assert (figures.events_lost, figures.events_acted_on, figures.payouts_moved) == (0, 0, 0)


def test_sweep_goes_on_with_payouts_whose_worker_died(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    StripeTransfer.objects.filter(payout=payout).update(tried_at=now, busy_until=now + transfers.CLAIM)

    assert reconcile.sweep(now=now + HOUR).transfers_in_doubt == 1
    assert status(payout) == "paid"


def test_sweep_goes_on_with_transfers_to_take_back(stripe, now):
    payout = paid(stripe, now)
    transfers.ask_back(payout, reason="x", by=make_finance(), now=now)

    assert reconcile.sweep(now=now).payouts_moved == 1
    assert status(payout) == "returned"


def test_one_payout_that_the_books_refuse_does_not_stop_the_others(stripe, now, monkeypatch):
    first, second = make_sent_stripe_payout(stripe), make_sent_stripe_payout(stripe)
    arrive = payouts.arrive

    def refuse_first(payout, **more):
        if payout.pk == first.pk:
            raise payouts.BankReferenceUsed("x")
        arrive(payout, **more)

    monkeypatch.setattr(payouts, "arrive", refuse_first)
    reconcile.sweep(now=now)

    assert [status(one) for one in (first, second)] == ["sent", "paid"]
    monkeypatch.undo()
    reconcile.sweep(now=now)
    assert status(first) == "paid"
    assert Entry.objects.filter(payout=first, kind="pay").count() == 1


def test_one_event_that_fails_stops_no_other_and_stays_open(stripe, now, monkeypatch, caplog):
    """Nothing at Stripe was looked at any more, for every League, because of one event."""
    payout = paid(stripe, now)
    stripe.books.reverse(StripeTransfer.objects.get(payout=payout).transfer_id)
    monkeypatch.setitem(webhooks._HANDLERS, "refund.", lambda _event, _now: {}["小明"])
    StripeEvent.objects.create(event_id="evt_0", kind="refund.updated", is_live=False, received_at=now)

    figures = reconcile.everything(now=now)

    assert (status(payout), figures.unanswered) == ("returned", 1)
    assert list(StripeEvent.objects.waiting().values_list("event_id", flat=True)) == ["evt_0"]
    assert "KeyError" in caplog.text
    assert "小明" not in caplog.text


def test_stripe_away_leaves_everything_as_it_is_and_says_so(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    post(stripe, stripe.events[0])
    stripe.chance = lambda _asked: "down"

    figures = reconcile.everything(now=now)

    assert status(payout) == "sent"
    assert figures.unanswered == 4  # the list of events, the event, the list of transfers, the account
    assert figures.still_in_doubt == 1


def test_command_prints_figures_and_fails_where_something_differs(stripe, now):
    payout = paid(stripe, now)
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "transfers compared          1" in out.getvalue()

    Quarantine.objects.create(
        league=payout.settlement.commitment.line.fund.league, object_id="tr_1", kind="amount", found_at=now
    )
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("reconcile", "--json", stdout=out)
    assert json.loads(out.getvalue())["differences_open"] == 1


def test_command_without_a_key_says_so():
    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY"):
        call_command("reconcile")


def test_tasks_do_the_same_and_nothing_without_a_key(stripe, now, settings):
    payout = make_sent_stripe_payout(stripe)
    key, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, ""
    for task in (tasks.stripe_sweep, tasks.reconcile_all):
        task()
    tasks.transfer(payout.pk)
    assert status(payout) == "sent"

    settings.STRIPE_SECRET_KEY = key
    tasks.transfer(payout.pk)
    assert status(payout) == "paid"
    transfers.ask_back(payout, reason="x", by=make_finance(), now=now)
    tasks.transfer(payout.pk)
    assert status(payout) == "returned"
    StripeAccount.objects.update(is_ready=False)
    tasks.reconcile_all()
    tasks.stripe_sweep()
    assert StripeAccount.objects.get().is_ready
