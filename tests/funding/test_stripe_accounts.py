"""A provider's account at Stripe: opened once, completed there, in its own name, confirmed by a second person."""

import pytest

from core.errors import StaleState
from funding import gateway
from funding.models import StripeAccount
from funding.policies import SecondPersonNeeded
from funding.stripe import accounts
from funding.stripe.accounts import NotAtStripe, StripeAway
from tests.factories.funding import make_finance
from tests.factories.organisations import make_member, make_organisation
from tests.factories.stripe import make_stripe_account

pytestmark = pytest.mark.django_db


def opened(stripe) -> int:
    return sum(one["object"] == "account" for one in stripe.books.objects.values())


def test_open_twice_opens_one(stripe, now):
    provider = make_organisation()
    by = make_member(provider, "finance")
    first, second = (accounts.open_account(provider, by=by, now=now) for _time in range(2))

    assert first == second
    assert opened(stripe) == 1
    assert [row.verb for row in first.history.all()] == ["set"]


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "down", "error_before"])
def test_open_while_stripe_is_away_says_so_and_goes_on_later(stripe, now, fault):
    provider = make_organisation()
    by = make_member(provider, "finance")
    stripe.faults.append(fault)
    with pytest.raises(StripeAway):
        accounts.open_account(provider, by=by, now=now)
    stripe.prune_keys() if fault == "error_before" else None

    assert accounts.open_account(provider, by=by, now=now).account_id.startswith("acct_")
    assert StripeAccount.objects.count() == opened(stripe) == 1


def test_setup_address_leads_to_stripes_pages(stripe, now):
    account = make_stripe_account(stripe)

    assert accounts.setup_address(account, back="https://x.test/").startswith("https://connect.stripe.test/")
    stripe.faults.append("down")
    with pytest.raises(StripeAway):
        accounts.setup_address(account, back="https://x.test/")


def test_refresh_takes_over_name_and_readiness_and_says_it_in_the_history(stripe, now):
    account = make_stripe_account(stripe, is_confirmed=False)
    accounts.refresh(account, now=now)

    assert (account.is_ready, account.holder) == (True, account.organisation.name)
    assert [(row.verb, row.after) for row in account.history.order_by("pk")] == [("set", ""), ("refresh", "ready")]


def test_refresh_with_another_holder_needs_a_new_confirmation(stripe, now):
    account = make_stripe_account(stripe)
    stripe.books.onboard(account.account_id, name="另一家公司")

    account = accounts.refresh(account, now=now)
    assert account.confirmed_at is None
    with pytest.raises(NotAtStripe):
        accounts.payable(account.organisation)


def test_refresh_of_one_that_is_not_opened_asks_nothing(stripe, now):
    provider = make_organisation()
    account = StripeAccount.objects.create(organisation=provider, set_by=make_finance().user, set_at=now)

    assert accounts.refresh(account, now=now) == account
    assert stripe.asked == []


def test_confirm_by_the_same_person_is_refused(stripe, now):
    account = make_stripe_account(stripe, is_confirmed=False)

    with pytest.raises(SecondPersonNeeded):
        accounts.confirm(account, by=make_member(account.organisation, user=account.set_by), now=now)


def test_confirm_an_account_in_another_name_or_not_complete_is_refused(stripe, now):
    account = make_stripe_account(stripe, is_confirmed=False)
    for change in ({"name": "别人"}, {"name": account.organisation.name, "is_ready": False}):
        stripe.books.onboard(account.account_id, **change)
        accounts.refresh(account, now=now)
        with pytest.raises(StaleState):
            accounts.confirm(account, by=make_finance(), now=now)


def test_confirm_twice_keeps_the_first(stripe, now):
    account = make_stripe_account(stripe)
    first = account.confirmed_by

    assert accounts.confirm(account, by=make_finance(), now=now).confirmed_by == first


def test_without_a_key_no_provider_can_receive(stripe, now, settings):
    account = make_stripe_account(stripe)
    assert accounts.can_receive(account.organisation)
    settings.STRIPE_SECRET_KEY = ""

    assert not accounts.can_receive(account.organisation)


def test_key_says_which_mode_it_is(settings):
    settings.STRIPE_SECRET_KEY = "sk_live_1"
    assert gateway.is_live()
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    assert not gateway.is_live()
