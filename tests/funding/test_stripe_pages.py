"""The second rail in the browser: a provider's account, the choice of the rail, what differs."""

import pytest
from django.urls import reverse

from funding import payouts
from funding.models import Payout, Quarantine, StripeAccount
from funding.stripe import quarantine, transfers
from tests.conftest import NOW
from tests.factories.funding import make_finance, make_fund, make_line, make_payout
from tests.factories.organisations import make_member, make_organisation
from tests.factories.stripe import make_sent_stripe_payout, make_stripe_account, make_stripe_payout

pytestmark = pytest.mark.django_db
EN = {"lang": "en"}


def url(name, *args):
    return reverse(f"funding:{name}", args=args)


def text(response):
    return response.content.decode()


@pytest.fixture
def provider(client, fresh_login):
    """Signed in as a provider's finance, who has just given the password."""
    return fresh_login(make_organisation("provider"), "finance")


@pytest.fixture
def fresh_login(client):
    def sign_in(organisation, *roles):
        by = make_member(organisation, *roles)
        client.force_login(by.user)
        return by

    return sign_in


@pytest.fixture
def just_asked(client, provider):
    """The password was asked for a moment ago."""
    prove(client)


def prove(client):
    """Give the password again, as the page asks for it."""
    client.post(reverse("account_reauthenticate"), {"password": "demo-city-2026"})


def test_provider_opens_an_account_and_goes_on_to_stripe(client, stripe, provider, just_asked):
    assert url("stripe-connect") in text(client.get(url("account"), EN))
    page = client.get(url("stripe-connect"), EN)
    assert "never anything about a child" in text(page)
    assert not StripeAccount.objects.exists()

    page = text(client.post(url("stripe-connect")))
    account = StripeAccount.objects.get(organisation=provider.organisation)
    assert f'href="https://connect.stripe.test/setup/{account.account_id}"' in page


def test_connect_asks_for_the_password_again(client, stripe, provider):
    answer = client.post(url("stripe-connect"))

    assert "reauthenticate" in answer.url
    assert not StripeAccount.objects.exists()


def test_connect_while_stripe_is_away_says_so(client, stripe, provider, just_asked):
    stripe.faults.append("down")
    answer = client.post(url("stripe-connect") + "?lang=en")

    assert answer.status_code == 422
    assert "Try again in a few minutes" in text(answer)


def test_back_from_stripe_takes_over_what_it_says(client, stripe, provider, just_asked):
    client.post(url("stripe-connect"))
    account = StripeAccount.objects.get()
    stripe.books.onboard(account.account_id, name=provider.organisation.name)

    assert client.get(url("stripe-back")).url == url("account")
    assert "Waits for a second person" in text(client.get(url("account"), EN))
    stripe.chance = lambda _asked: "down"
    assert "does not answer" in text(client.get(url("stripe-back") + "?lang=en", follow=True))


def test_second_person_confirms_the_account(client, stripe, fresh_login):
    account = make_stripe_account(stripe, is_confirmed=False)
    fresh_login(account.organisation, "manager")
    prove(client)
    page = text(client.get(url("stripe-confirm", account.pk), EN))

    assert account.account_id in page
    assert client.post(url("stripe-confirm", account.pk)).url == url("account")
    account.refresh_from_db()
    assert account.confirmed_at is not None


def test_confirm_is_hidden_from_other_providers_and_refused_to_who_opened_it(client, stripe, fresh_login):
    account = make_stripe_account(stripe, is_confirmed=False)
    fresh_login(make_organisation("provider"), "manager")
    assert client.post(url("stripe-confirm", account.pk)).status_code == 404

    client.force_login(account.set_by)
    assert client.post(url("stripe-confirm", account.pk)).status_code == 403


def test_confirm_what_changed_meanwhile_says_so(client, stripe, fresh_login):
    account = make_stripe_account(stripe, is_confirmed=False)
    fresh_login(account.organisation, "manager")
    prove(client)
    StripeAccount.objects.update(is_ready=False)

    assert client.post(url("stripe-confirm", account.pk)).status_code == 422


@pytest.fixture
def ended(stripe, client):
    """A settlement whose payout was taken back: it can be paid anew; signed in as its League's finance."""
    line = make_line(fund=make_fund(100_000))
    by = make_finance(line.fund.league)
    payout = make_stripe_payout(stripe, line=line, maker=by)
    payouts.mark_failed(payout, reason="x", by=by, now=NOW)
    client.force_login(by.user)
    return payout.settlement


def test_finance_chooses_the_rail(client, stripe, ended):
    assert "Prepare it by Stripe" in text(client.get(url("settlement", ended.pk), EN))
    client.post(url("pay", ended.pk), {"rail": "stripe"})

    assert Payout.objects.alive().get().rail == "stripe"


def test_stripe_is_not_offered_where_the_provider_has_no_account_or_the_site_no_key(client, stripe, ended, settings):
    StripeAccount.objects.update(is_ready=False)
    assert "Prepare it by Stripe" not in text(client.get(url("settlement", ended.pk), EN))
    assert client.post(url("pay", ended.pk), {"rail": "stripe"}).url == url("settlement", ended.pk)
    assert not Payout.objects.alive().exists()
    StripeAccount.objects.update(is_ready=True)
    settings.STRIPE_SECRET_KEY = ""
    assert "Prepare it by Stripe" not in text(client.get(url("settlement", ended.pk), EN))


def test_finance_checks_sends_and_sees_the_arrival(client, stripe, ended):
    payout = payouts.queue(ended, rail="stripe", by=make_finance(), now=NOW)
    page = text(client.get(url("send", payout.pk), EN))
    assert payout.stripe.account.account_id in page
    assert "Checked, send by Stripe" in page

    client.post(url("send", payout.pk))
    page = text(client.get(url("settlement", ended.pk), EN))
    assert "Stripe itself says when it has arrived" in page
    assert url("paid", payout.pk) not in page
    assert "Stripe says when it has arrived" in text(client.get(url("finance"), EN))
    transfers.push(payout.pk, now=NOW)
    payout.refresh_from_db()
    page = text(client.get(url("settlement", ended.pk), EN))
    assert payout.bank_reference in page
    assert url("ask-back", payout.pk) in page
    assert payout.stripe.account.account_id in text(client.get(url("voucher", payout.pk), EN))


def test_no_button_says_how_a_transfer_at_stripe_ended(client, stripe, ended):
    payout = payouts.queue(ended, rail="stripe", by=make_finance(), now=NOW)
    payouts.send(payout, by=make_finance(), now=NOW)

    for name, form in (
        ("paid", {"bank_reference": "N1"}),
        ("failed", {"reason": "x", "was": "sent"}),
        ("returned", {"reason": "x"}),
    ):
        assert client.post(url(name, payout.pk), form).status_code == 422
    payout.refresh_from_db()
    assert payout.status == "sent"


def test_finance_has_stripe_take_it_back(client, stripe, ended):
    payout = payouts.queue(ended, rail="stripe", by=make_finance(), now=NOW)
    payouts.send(payout, by=make_finance(), now=NOW)
    transfers.push(payout.pk, now=NOW)

    assert client.post(url("ask-back", payout.pk), {"reason": ""}).status_code == 422
    assert client.post(url("ask-back", payout.pk), {"reason": "机构退出"}).url == url("settlement", ended.pk)
    assert "Stripe was asked to take it back" in text(client.get(url("settlement", ended.pk), EN))


def test_finance_sees_a_difference_and_notes_how_it_was_settled(client, stripe):
    payout = make_sent_stripe_payout(stripe)
    league = payout.settlement.commitment.line.fund.league
    found = quarantine.put(league, "tr_9", "amount", payout=payout, now=NOW)
    client.force_login(make_finance(league).user)
    assert url("settle-difference", found.pk) in text(client.get(url("finance"), EN))
    assert url("settle-difference", found.pk) in text(client.get(url("settlement", payout.settlement_id), EN))

    assert client.post(url("settle-difference", found.pk), {"note": ""}).status_code == 422
    assert client.post(url("settle-difference", found.pk), {"note": "已冲回"}).url == url("finance")
    found.refresh_from_db()
    assert (found.note, found.closed_at is not None) == ("已冲回", True)
    assert url("settle-difference", found.pk) not in text(client.get(url("finance"), EN))


def test_difference_of_another_league_is_hidden(client, stripe):
    payout = make_sent_stripe_payout(stripe)
    found = quarantine.put(payout.settlement.commitment.line.fund.league, "tr_9", "amount", payout=payout, now=NOW)
    client.force_login(make_finance().user)

    assert client.post(url("settle-difference", found.pk), {"note": "x"}).status_code == 404
    assert Quarantine.objects.filter(closed_at=None).exists()


def test_finance_confirms_accounts_from_its_page(client, stripe, ended):
    StripeAccount.objects.update(confirmed_at=None, confirmed_by=None)
    account = StripeAccount.objects.get()

    assert url("stripe-confirm", account.pk) in text(client.get(url("finance"), EN))
    assert "reauthenticate" in client.post(url("stripe-confirm", account.pk)).url
    prove(client)
    assert client.post(url("stripe-confirm", account.pk)).url == url("finance")


def test_without_a_key_nothing_is_offered(client, provider):
    make_payout()

    assert "Stripe" not in text(client.get(url("account"), EN))
    for name in ("stripe-connect", "stripe-back"):
        assert client.get(url(name)).status_code == 404


def test_provider_reads_where_its_money_is(client, stripe, fresh_login):
    payout = make_sent_stripe_payout(stripe)
    fresh_login(payout.stripe.account.organisation, "manager")

    page = client.get("/workbench/money/", EN)
    assert [(row.text, row.then) for row in page.context["rows"]] == [("with Stripe", "Stripe has it.")]


def test_story_tells_what_stripe_did(client, stripe, ended):
    assert "Stripe did not make the transfer" not in text(client.get(url("settlement", ended.pk), EN))
    payout = payouts.queue(ended, rail="stripe", by=make_finance(), now=NOW)
    payouts.send(payout, by=make_finance(), now=NOW)
    transfers.push(payout.pk, now=NOW)

    page = text(client.get(url("settlement", ended.pk), EN))
    assert "Transfer checked and handed to Stripe" in page
    assert "Arrived at the provider&#x27;s account at Stripe" in page
