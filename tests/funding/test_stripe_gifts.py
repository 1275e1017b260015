"""Donations by Stripe: paid once into a fund's unallocated money, and given back only from it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import SentByAnother, StaleState
from funding import donations, ledger, tables
from funding.corrections import NotByHand, correct, is_correctable
from funding.models import Donation, Entry, Quarantine, StripeEvent, StripeGift, StripeRefund
from funding.policies import PersonNeeded
from funding.stripe import gifts, reconcile, webhooks
from funding.stripe.accounts import StripeAway
from funding.tasks import stripe_refund
from organisations.acting import clock
from tests.factories.funding import make_donation, make_finance, make_line
from tests.factories.organisations import make_member, make_organisation
from tests.factories.stripe import post

pytestmark = pytest.mark.django_db
BACK = "https://x.test/"
HOUR = timedelta(hours=1)


def opened(stripe, now, donation=None):
    donation = donation or make_donation(50_000)
    gifts.open_page(donation, back=BACK, now=now)
    return donation, StripeGift.objects.get(donation=donation).checkout_id


def paid(stripe, now, **changes):
    donation, checkout = opened(stripe, now)
    stripe.books.pay(checkout, **changes)
    gifts.look(StripeGift.objects.get(donation=donation), now=now)
    donation.refresh_from_db()
    return donation


def unallocated(donation) -> int:
    donation.fund.refresh_from_db()
    return donation.fund.unallocated


def give_back(donation, amount, now, by=None):
    by = by or make_finance(donation.fund.league)
    return gifts.ask_refund(donation, amount, reason="误付", by=by, now=now, submission_id=uuid4())


def made(stripe, kind) -> list[dict]:
    return [one for one in stripe.books.objects.values() if one["object"] == kind]


def test_page_of_payment_is_over_the_announced_amount_and_says_nothing_more(stripe, now):
    donation, checkout = opened(stripe, now)

    asked = stripe.posts("checkout")[0]
    session = stripe.books.objects[checkout]
    assert (session["amount_total"], session["currency"]) == (50_000, "cny")
    assert asked.params["line_items"]["0"]["price_data"]["product_data"] == {"name": donation.reference}
    assert set(asked.params) == {"mode", "line_items", "client_reference_id", "success_url", "cancel_url"}


def test_page_that_is_open_is_the_same_again_and_a_new_one_after_it_expired(stripe, now):
    donation, checkout = opened(stripe, now)
    stripe.prune_keys()
    address = gifts.open_page(donation, back=BACK, now=now)
    assert address.endswith(checkout)
    stripe.books.expire(checkout)

    assert not gifts.open_page(donation, back=BACK, now=now).endswith(checkout)
    assert len(made(stripe, "checkout.session")) == 2


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "down", "error_before", "error_after"])
def test_page_that_stripe_did_not_give_is_asked_for_again(stripe, now, fault):
    donation = make_donation(50_000)
    stripe.faults.append(fault)
    tries = 0
    while not StripeGift.objects.filter(donation=donation).exclude(checkout_id="").exists():
        tries += 1
        try:
            gifts.open_page(donation, back=BACK, now=now)
        except StripeAway:
            assert tries < 4

    assert tries > 1


def test_payment_is_booked_once_by_event_page_and_sweep(stripe, now):
    donation, checkout = opened(stripe, now)
    stripe.books.pay(checkout)
    post(stripe, stripe.events[-1])
    webhooks.act_on_all(now=now)
    gifts.look(StripeGift.objects.get(), now=now)
    reconcile.everything(now=now)

    donation.refresh_from_db()
    assert (donation.status, donation.bank_reference) == ("received", stripe.books.objects[checkout]["payment_intent"])
    assert Entry.objects.filter(kind="donate").count() == 1
    assert unallocated(donation) == 50_000


def test_payment_whose_event_never_came_is_found_by_the_sweep(stripe, now):
    donation, checkout = opened(stripe, now)
    stripe.books.pay(checkout)

    assert reconcile.sweep(now=now).donations_asked == 1
    assert unallocated(donation) == 50_000


@pytest.mark.parametrize(("changes", "kind"), [({"amount_total": 1}, "amount"), ({"currency": "usd"}, "currency")])
def test_payment_that_differs_is_put_aside_and_not_booked(stripe, now, changes, kind):
    donation = paid(stripe, now, **changes)

    assert donation.status == "announced"
    assert (Quarantine.objects.get().kind, unallocated(donation)) == (kind, 0)


def test_payment_of_what_came_by_the_bank_meanwhile_is_put_aside(stripe, now):
    donation, checkout = opened(stripe, now)
    donations.receive(donation, amount=50_000, bank_reference="N1", by=make_finance(), now=now)
    stripe.books.pay(checkout)
    gifts.look(StripeGift.objects.get(), now=now)

    assert Quarantine.objects.get().kind == "ended"
    assert unallocated(donation) == 50_000


def test_page_of_a_donation_that_arrived_is_not_opened(stripe, now):
    donation = paid(stripe, now)

    with pytest.raises(StaleState):
        gifts.open_page(donation, back=BACK, now=now)


def test_refund_leaves_the_fund_and_reaches_the_giver_once(stripe, now):
    donation = paid(stripe, now)
    one = give_back(donation, 20_000, timezone.now())
    assert unallocated(donation) == 30_000
    for _again in range(2):
        stripe_refund(one.pk)
    for event in stripe.events[-1:]:
        post(stripe, event)
    webhooks.act_on_all(now=now)

    one.refresh_from_db()
    assert (one.status, [refund["amount"] for refund in made(stripe, "refund")]) == ("done", [20_000])
    assert unallocated(donation) == 30_000
    assert StripeRefund.objects.count() == 1


@pytest.mark.parametrize("kind", ["donate", "refund"])
def test_what_stripe_moved_is_not_corrected_by_hand(stripe, now, kind):
    """The books would say that the money is not there, and the giver be asked for it again."""
    donation = paid(stripe, now)
    give_back(donation, 20_000, now)
    entry = Entry.objects.get(kind=kind)

    with pytest.raises(NotByHand, match="Stripe moved this money"):
        correct(entry, reason="记错", by=make_finance(donation.fund.league), now=now)

    assert not is_correctable(entry)
    assert unallocated(donation) == 30_000


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late", "busy", "down", "error_before", "error_after"])
def test_refund_that_was_left_open_ends_once(stripe, now, fault):
    donation = paid(stripe, now)
    one = give_back(donation, 20_000, now)
    stripe.faults.append(fault)
    for _minute in range(4):
        reconcile.sweep(now=now)
        stripe.settle()

    one.refresh_from_db()
    assert (one.status, len(made(stripe, "refund")), unallocated(donation)) == ("done", 1, 30_000)


def test_refund_that_stripe_refuses_is_back_in_the_fund(stripe, now):
    donation = paid(stripe, now)
    stripe.books.objects[donation.bank_reference]["_refunded"] = 50_000
    one = give_back(donation, 20_000, now)
    gifts.push_refund(one.pk, now=now)
    gifts.push_refund(one.pk, now=now)

    one.refresh_from_db()
    assert (one.status, unallocated(donation)) == ("refused", 50_000)


def test_refund_of_which_nothing_exists_after_a_day_is_back_in_the_fund(stripe, now):
    donation = paid(stripe, now)
    one = give_back(donation, 20_000, now)
    gifts.push_refund(one.pk, now=now + 23 * HOUR)
    assert made(stripe, "refund") == []
    gifts.push_refund(one.pk, now=now + 25 * HOUR)

    assert unallocated(donation) == 50_000


def test_refund_that_failed_at_the_givers_bank_is_back_in_the_fund(stripe, now):
    donation = paid(stripe, now)
    one = give_back(donation, 20_000, now)
    gifts.push_refund(one.pk, now=now)
    refund = made(stripe, "refund")[0]
    refund["status"] = "failed"
    stripe.books._emit("refund.failed", refund)
    post(stripe, stripe.events[-1])
    webhooks.act_on_all(now=now)

    one.refresh_from_db()
    assert (one.status, unallocated(donation)) == ("refused", 50_000)


def test_refund_made_at_stripe_is_taken_over_once(stripe, now):
    donation = paid(stripe, now)
    stripe.books.refund(donation.bank_reference, 20_000)
    for _time in range(2):
        reconcile.everything(now=now)
        gifts.hear_refunds(donation.bank_reference, now=now)

    assert (StripeRefund.objects.get().status, unallocated(donation)) == ("done", 30_000)


def test_refund_made_at_stripe_of_what_is_allocated_raises_an_alarm(stripe, now):
    donation = paid(stripe, now)
    make_line(40_000, fund=donation.fund)
    stripe.books.refund(donation.bank_reference, 20_000)
    reconcile.everything(now=now)

    assert Quarantine.objects.get().kind == "spent"
    assert unallocated(donation) == 10_000


def test_refund_of_what_was_booked_by_hand_under_its_number_there_is_taken_over(stripe, now):
    """The page was paid after the donation had been withdrawn, and finance booked the money: it went back since."""
    gone, checkout = opened(stripe, now)
    by = make_finance(gone.fund.league)
    donations.withdraw(gone, reason="x", by=by, now=now)
    stripe.books.pay(checkout)
    reconcile.everything(now=now)
    payment = Quarantine.objects.get().object_id
    donation = make_donation(50_000, fund=gone.fund)
    donations.receive(donation, amount=50_000, bank_reference=payment, by=by, now=now)
    stripe.books.refund(payment, 20_000)

    reconcile.everything(now=now)

    assert (unallocated(donation), StripeRefund.objects.get().status) == (30_000, "done")
    assert not StripeEvent.objects.waiting().exists()


def test_refund_of_more_than_is_there_is_refused(stripe, now):
    donation = paid(stripe, now)
    give_back(donation, 20_000, now)
    with pytest.raises(gifts.MoreThanGiven):
        give_back(donation, 30_001, now)
    make_line(20_000, fund=donation.fund)
    with pytest.raises(ledger.NotEnough):
        give_back(donation, 15_000, now)
    with pytest.raises(PersonNeeded):
        give_back(donation, 1, now, by=clock("x"))


def test_refund_of_a_bank_transfer_is_refused(stripe, now):
    donation = make_donation()
    donations.receive(donation, amount=50_000, bank_reference="N1", by=make_finance(), now=now)

    with pytest.raises(StaleState):
        give_back(donation, 1, now)


def test_double_click_gives_back_once(stripe, now):
    donation, number = paid(stripe, now), uuid4()
    by = make_finance(donation.fund.league)
    words = {"reason": "误付", "now": now, "submission_id": number}
    first = gifts.ask_refund(donation, 20_000, by=by, **words)

    assert gifts.ask_refund(donation, 20_000, by=by, **words) == first
    assert unallocated(donation) == 30_000
    with pytest.raises(SentByAnother):
        gifts.ask_refund(donation, 20_000, by=make_finance(), **words)


# Pages


def url(name, pk):
    return reverse(f"funding:{name}", args=[pk])


def text(response):
    return response.content.decode()


def test_giver_goes_to_stripe_and_comes_back_with_a_receipt(client, stripe, now):
    donor = make_organisation("enterprise")
    client.force_login(make_member(donor, "manager").user)
    donation = make_donation(50_000, donor=donor)
    give = reverse("funding:give")
    assert url("pay-gift", donation.pk) in text(client.get(give))
    assert "Stripe" in text(client.get(url("pay-gift", donation.pk)))
    assert "https://checkout.stripe.test/" in text(client.post(url("pay-gift", donation.pk)))

    stripe.books.pay(StripeGift.objects.get().checkout_id)
    assert client.get(url("gift-back", donation.pk)).url == give
    assert url("receipt", donation.pk) in text(client.get(give))
    assert client.post(url("pay-gift", donation.pk)).status_code == 422
    stripe.chance = lambda _asked: "down"
    assert "does not answer" in text(client.get(url("gift-back", donation.pk) + "?lang=en", follow=True))


def test_finance_gives_back_on_its_page(client, stripe, now):
    donation = paid(stripe, now)
    client.force_login(make_finance(donation.fund.league).user)
    page = reverse("funding:donations", args=[donation.fund_id])
    assert url("refund-gift", donation.pk) in text(client.get(page))

    form = {"amount": "200.00", "reason": "误付", "submission_id": uuid4()}
    assert client.post(url("refund-gift", donation.pk), {**form, "amount": "9,000.00"}).status_code == 422
    assert client.post(url("refund-gift", donation.pk), form).url == page
    assert StripeRefund.objects.get().amount == 20_000


def test_pages_of_other_givers_and_leagues_are_hidden(client, stripe, now):
    donation = paid(stripe, now)
    client.force_login(make_member(make_organisation("enterprise"), "manager").user)
    assert [client.get(url(name, donation.pk)).status_code for name in ("pay-gift", "gift-back")] == [404, 404]
    client.force_login(make_finance(make_organisation("league")).user)
    assert client.get(url("refund-gift", donation.pk)).status_code == 404


def test_without_a_key_giving_by_stripe_is_offered_nowhere(client):
    donation = make_donation()
    client.force_login(make_member(donation.donor, "manager").user)

    assert "Stripe" not in text(client.get(reverse("funding:give")))
    assert client.get(url("pay-gift", donation.pk)).status_code == 404
    assert Donation.objects.get().status == "announced"


def exported(export) -> list:
    """The amount of the one donation in a file, and what went back of it."""
    titles, (row,) = [str(column.heading) for column in export.columns], export.rows
    return [row[titles.index(title)] for title in ("Amount", "Given back")]


def test_receipt_says_what_went_back_and_is_none_once_all_of_it_did(client, stripe, now):
    """A giver could show a receipt over money that it has again."""
    donation = paid(stripe, now)
    client.force_login(make_member(donation.donor, "manager").user)
    give, receipt = reverse("funding:give") + "?lang=en", url("receipt", donation.pk)
    assert "given back" not in text(client.get(give))
    give_back(donation, 20_000, now)
    StripeRefund.objects.create(
        gift=donation.stripe, amount=1, reason="x", status="refused", submission_id=uuid4(), asked_at=now
    )

    page = text(client.get(receipt + "?lang=en"))
    assert "<b>¥300.00</b>" in page
    assert "¥200.00 of ¥500.00 that arrived" in page
    assert "叁佰元整" in page
    assert "¥200.00 given back" in text(client.get(give))
    assert exported(tables.gifts(Donation.objects.with_given_back())) == [500, 200]

    give_back(donation, 30_000, now)
    assert client.get(receipt).status_code == 404
    assert receipt not in text(client.get(give))
    assert exported(tables.donations(donation.fund, Donation.objects.with_given_back())) == [500, 500]
