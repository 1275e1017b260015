"""A payout by Stripe is paid exactly once, whatever dies, gets lost or is refused on the way."""

from datetime import timedelta
from functools import partial

import pytest

from core.errors import StaleState
from funding import gateway, payouts
from funding.models import Entry, Payout, Quarantine, StripeTransfer
from funding.payouts import StripeDecides
from funding.policies import OwnMoney, SecondPersonNeeded
from funding.stripe import accounts, quarantine, reconcile, transfers
from funding.stripe.accounts import NotAtStripe
from organisations.models import Membership
from tests.factories.funding import make_finance, make_payout
from tests.factories.organisations import make_member
from tests.factories.stripe import make_sent_stripe_payout, make_stripe_account, make_stripe_payout

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at_stripe(stripe) -> list[dict]:
    return [one for one in stripe.books.objects.values() if one["object"] == "transfer"]


def booked(payout: Payout) -> int:
    """How often the ledger says it was paid, less how often that was taken back."""
    return Entry.objects.filter(payout=payout, kind="pay").count() - (
        Entry.objects.filter(payout=payout, kind="return").count()
    )


def push(payout: Payout, now) -> Payout:
    transfers.push(payout.pk, now=now)
    transfers.push_back(payout.pk, now=now)
    payout.refresh_from_db()
    return payout


def test_push_transfers_the_amount_to_the_provider_and_books_it(stripe, now):
    payout = push(make_sent_stripe_payout(stripe, 6_400), now)

    [made] = at_stripe(stripe)
    assert (made["amount"], made["currency"], made["transfer_group"]) == (6_400, "cny", payout.reference)
    assert made["destination"] == payout.stripe.account.account_id
    assert (payout.status, payout.bank_reference, booked(payout)) == ("paid", made["id"], 1)
    payout.settlement.refresh_from_db()
    assert payout.settlement.status == "paid"


def test_push_uses_the_payout_and_its_attempt_as_key(stripe, now):
    payout = push(make_sent_stripe_payout(stripe), now)

    assert [asked.key for asked in stripe.posts("/transfers")] == [f"{payout.pk}.1"]


def test_push_again_asks_for_nothing_more(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    for _again in range(3):
        push(payout, now)

    assert len(at_stripe(stripe)) == len(stripe.posts("/transfers")) == booked(payout) == 1


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late", "busy", "down"])
def test_push_that_was_left_open_stays_sent_and_ends_with_one_transfer(stripe, now, fault):
    payout = make_sent_stripe_payout(stripe)
    stripe.faults.append(fault)

    assert push(payout, now).status == "sent"
    stripe.settle()
    assert push(payout, now + MINUTE).status == "paid"
    assert len(at_stripe(stripe)) == booked(payout) == 1
    assert {asked.key for asked in stripe.posts("/transfers")} == {f"{payout.pk}.1"}


@pytest.mark.parametrize(("fault", "keys"), [("error_before", 2), ("error_after", 1)])
def test_push_after_a_kept_500_asks_what_exists_before_it_takes_another_key(stripe, now, fault, keys):
    payout = make_sent_stripe_payout(stripe)
    stripe.faults.append(fault)
    for minutes in range(4):
        push(payout, now + minutes * MINUTE)

    assert payout.status == "paid"
    assert len(at_stripe(stripe)) == booked(payout) == 1
    assert len({asked.key for asked in stripe.posts("/transfers")}) == keys


def test_push_after_a_day_asks_what_exists_before_it_asks_again(stripe, now):
    lost, done = make_sent_stripe_payout(stripe), make_sent_stripe_payout(stripe)
    stripe.faults.extend(["drop_before", "drop_after"])
    for payout in (lost, done):
        push(payout, now)
    stripe.prune_keys()
    for payout in (lost, done):
        push(payout, now + 25 * HOUR)

    assert [payout.status for payout in (lost, done)] == ["paid", "paid"]
    assert len(at_stripe(stripe)) == 2
    assert [asked.key for asked in stripe.posts("/transfers")] == [f"{lost.pk}.1", f"{done.pk}.1", f"{lost.pk}.2"]


def test_push_in_the_last_hour_of_a_key_only_looks(stripe, now):
    """Who set out with the old key then could meet one who takes the next."""
    payout = make_sent_stripe_payout(stripe)
    stripe.faults.append("drop_before")
    push(payout, now)

    assert push(payout, now + 23 * HOUR).status == "sent"
    assert len(stripe.posts("/transfers")) == 1


def test_push_while_another_worker_asks_leaves_it_to_that_one_until_its_claim_ends(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    StripeTransfer.objects.filter(payout=payout).update(busy_until=now + 10 * MINUTE)

    assert push(payout, now).status == "sent"
    assert stripe.posts("/transfers") == []
    assert push(payout, now + 10 * MINUTE).status == "paid"


def test_push_that_stripe_refuses_fails_the_payout_and_the_next_one_is_a_new_key(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    stripe.books.balance = 5

    assert push(payout, now).status == "failed"
    assert payout.history.last().note == "balance_insufficient"
    assert (booked(payout), at_stripe(stripe)) == (0, [])
    stripe.books.balance = 10**9
    again = payouts.queue(payout.settlement, rail="stripe", by=make_finance(), now=now)
    payouts.send(again, by=make_finance(), now=now)
    assert push(again, now).status == "paid"
    assert again.replaces == payout
    assert len(at_stripe(stripe)) == 1


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [("amount", 9_999, "amount"), ("currency", "usd", "currency"), ("destination", "", "payee")],
)
def test_transfer_that_differs_is_put_aside_and_never_paid(stripe, now, field, value, kind):
    other = make_stripe_account(stripe).account_id
    payout = make_sent_stripe_payout(stripe)
    stripe.books.spoil = lambda made: made.update({field: value or other})

    for minutes in range(3):
        assert push(payout, now + minutes * MINUTE).status == "sent"
    found = Quarantine.objects.get()
    assert (found.kind, found.payout, found.league) == (kind, payout, payout.settlement.commitment.line.fund.league)
    assert booked(payout) == 0
    assert len(at_stripe(stripe)) == 1


def test_transfer_that_differed_and_was_taken_back_at_stripe_makes_room_for_a_new_payout(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    stripe.books.spoil = lambda made: made.update(amount=9_999)
    push(payout, now)
    stripe.books.reverse(at_stripe(stripe)[0]["id"])

    assert push(payout, now + MINUTE).status == "returned"
    assert booked(payout) == 0
    found = quarantine.close(Quarantine.objects.get(), note="在Stripe上冲回", by=make_finance(), now=now)
    assert found.closed_at == now


def test_close_a_difference_without_a_word_is_refused(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    found = quarantine.put(payout.settlement.commitment.line.fund.league, "tr_1", "twice", now=now)

    with pytest.raises(quarantine.ReasonNeeded):
        quarantine.close(found, note="", by=make_finance(), now=now)


def test_two_transfers_for_one_payout_are_put_aside(stripe, now):
    payout = push(make_sent_stripe_payout(stripe), now)
    params = {name: at_stripe(stripe)[0][name] for name in ("amount", "currency", "destination", "transfer_group")}
    with stripe._lock:
        stripe.books.act("POST", "/v1/transfers", params, "")
    reconcile.everything(now=now + HOUR)

    assert sorted(Quarantine.objects.values_list("kind", flat=True)) == ["twice", "twice"]
    assert booked(payout) == 1


def test_key_that_was_used_for_something_else_raises_an_alarm_and_takes_the_next(stripe, now):
    """The database went back to an older copy: the numbers begin again, the keys at Stripe do not."""
    payout = make_sent_stripe_payout(stripe)
    gateway.create_transfer(
        amount=1, currency="CNY", destination=payout.stripe.account.account_id, group="X", key=f"{payout.pk}.1"
    )
    push(payout, now)
    push(payout, now + MINUTE)

    assert payout.status == "paid"
    assert Quarantine.objects.get().kind == "key"
    assert sum(one["transfer_group"] == payout.reference for one in at_stripe(stripe)) == 1


def test_ask_back_takes_the_money_back_and_makes_it_payable_again(stripe, now):
    payout = push(make_sent_stripe_payout(stripe), now)
    transfers.ask_back(payout, reason="机构退出", by=make_finance(), now=now)

    assert push(payout, now).status == "returned"
    assert at_stripe(stripe)[0]["reversed"] is True
    assert booked(payout) == 0
    line = payout.settlement.commitment.line
    line.refresh_from_db()
    assert (line.paid, line.payable) == (0, payout.amount)
    assert payout.history.last().note == "机构退出"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late", "busy", "down", "error_before", "error_after"])
def test_ask_back_that_was_left_open_ends_once(stripe, now, fault):
    payout = push(make_sent_stripe_payout(stripe), now)
    transfers.ask_back(payout, reason="机构退出", by=make_finance(), now=now)
    stripe.faults.append(fault)
    for minutes in range(4):
        push(payout, now + minutes * MINUTE)
        stripe.settle()

    assert payout.status == "returned"
    assert at_stripe(stripe)[0]["amount_reversed"] == payout.amount
    assert payout.history.filter(verb="mark_returned").count() == 1


def test_ask_back_what_is_spent_raises_an_alarm_and_stays_paid(stripe, now):
    payout = push(make_sent_stripe_payout(stripe), now)
    stripe.books.objects[payout.stripe.account.account_id]["_balance"] = 0
    transfers.ask_back(payout, reason="机构退出", by=make_finance(), now=now)

    assert push(payout, now).status == "paid"
    assert Quarantine.objects.get().kind == "stuck"
    assert not StripeTransfer.objects.in_doubt().exists()


def test_ask_back_is_refused_to_members_and_where_nothing_arrived(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    with pytest.raises(StaleState):
        transfers.ask_back(payout, reason="x", by=make_finance(), now=now)
    push(payout, now)
    with pytest.raises(OwnMoney):
        transfers.ask_back(payout, reason="x", by=make_member(payout.stripe.account.organisation, "manager"), now=now)


def test_no_person_says_how_a_transfer_at_stripe_ended(stripe, now):
    payout, by = make_sent_stripe_payout(stripe), make_finance()

    for act in (
        partial(payouts.mark_paid, bank_reference="N1"),
        partial(payouts.mark_failed, reason="x"),
        partial(payouts.mark_returned, reason="x"),
    ):
        with pytest.raises(StripeDecides):
            act(payout, by=by, now=now)
    payout.refresh_from_db()
    assert payout.status == "sent"


def test_queued_payout_can_be_taken_back_and_paid_by_the_bank(stripe, now):
    payout, by = make_stripe_payout(stripe), make_finance()
    payouts.mark_failed(payout, reason="改走银行", by=by, now=now)
    other = make_payout(settlement=payout.settlement)

    assert (other.rail, other.replaces) == ("bank", payout)
    assert not transfers.push(payout.pk, now=now)
    assert at_stripe(stripe) == []


def test_second_payout_by_the_other_rail_is_the_first(stripe, now):
    payout = make_stripe_payout(stripe)

    assert payouts.queue(payout.settlement, by=make_finance(), now=now) == payout
    assert Payout.objects.count() == 1


def test_send_above_the_amount_needs_a_second_person(stripe, now):
    maker = make_finance()
    payout = make_stripe_payout(stripe, 10_000_000, maker=maker)

    with pytest.raises(SecondPersonNeeded):
        payouts.send(payout, by=maker, now=now)


def test_queue_without_a_fit_account_is_refused(stripe, now, settings):
    payout = make_stripe_payout(stripe)
    account = payout.stripe.account
    payouts.mark_failed(payout, reason="x", by=make_finance(), now=now)
    changes = [{"is_ready": False}, {"has_failed_payout": True}, {"holder": "别人"}, {"account_id": ""}]

    def refused() -> bool:
        with pytest.raises(NotAtStripe):
            payouts.queue(payout.settlement, rail="stripe", by=make_finance(), now=now)
        return True

    for change in changes:
        before = {name: getattr(account, name) for name in change}
        type(account).objects.filter(pk=account.pk).update(**change)
        assert refused()
        type(account).objects.filter(pk=account.pk).update(**before)
    settings.STRIPE_SECRET_KEY = ""
    assert refused()


@pytest.mark.parametrize("change", [{"has_failed_payout": True}, {"confirmed_at": None, "confirmed_by": None}])
def test_send_to_an_account_that_is_not_fit_any_more_is_refused(stripe, now, change):
    payout = make_stripe_payout(stripe)
    type(payout.stripe.account).objects.update(**change)

    with pytest.raises(NotAtStripe):
        payouts.send(payout, by=make_finance(), now=now)


def test_payable_account_is_the_one_for_which_the_payout_was_made(stripe):
    account = make_stripe_account(stripe)
    before = type(account)(account_id="acct_before")

    with pytest.raises(NotAtStripe):
        accounts.payable(account.organisation, queued_as=before)


def test_push_after_the_database_forgot_the_try_finds_what_the_kept_500_hides(stripe, now):
    payout = make_sent_stripe_payout(stripe)
    stripe.faults.append("error_after")
    push(payout, now)
    StripeTransfer.objects.filter(payout=payout).update(tried_at=None)

    assert push(payout, now).status == "paid"
    assert StripeTransfer.objects.get(payout=payout).attempt == 1
    assert len(at_stripe(stripe)) == 1


def test_nothing_of_a_person_or_an_order_goes_to_stripe(stripe, now):
    payout = push(make_sent_stripe_payout(stripe), now)

    sent = {name for asked in stripe.asked if asked.method == "POST" for name in asked.params}
    assert sent == {
        "type", "business_type", "business_profile", "capabilities", "metadata",
        "amount", "currency", "destination", "transfer_group", "description",
    }  # fmt: skip
    texts = [asked.params["description"] for asked in stripe.posts("/transfers")]
    assert texts == [payout.reference]
    person = Membership.objects.filter(organisation=payout.stripe.account.organisation).first().user
    assert all(person.email not in str(asked.params) for asked in stripe.asked)
