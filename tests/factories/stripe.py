"""Providers with an account at the stand-in for Stripe, and payouts that go there."""

from datetime import datetime
from functools import partial
from itertools import count

from django.test import Client

from funding import payouts, settlements
from funding.models import Payout, StripeAccount
from funding.stripe import accounts
from organisations.acting import Acting
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.funding import make_commitment, make_finance, make_line, make_settlement
from tests.factories.organisations import make_member, make_organisation
from tests.fakes.stripe_server import FakeStripe

_number = count(1)
EVENTS = "/funding/stripe/events/"


def make_stripe_account(
    fake: FakeStripe, provider: Organisation | None = None, *, is_confirmed: bool = True, now: datetime = NOW
) -> StripeAccount:
    """An account that the provider completed at Stripe, confirmed by a second person."""
    provider = provider or make_organisation("provider")
    account = accounts.open_account(provider, by=make_member(provider, "finance"), now=now)
    fake.books.onboard(account.account_id, name=provider.name)
    account = accounts.refresh(account, now=now)
    return accounts.confirm(account, by=make_member(provider, "manager"), now=now) if is_confirmed else account


def make_stripe_payout(
    fake: FakeStripe,
    amount: int = 10_000,
    *,
    account: StripeAccount | None = None,
    maker: Acting | None = None,
    line=None,
    now: datetime = NOW,
) -> Payout:
    """A payout that waits to be sent by Stripe."""
    account = account or make_stripe_account(fake, now=now)
    maker = maker or make_finance(line.fund.league if line else None)
    line = line or make_line(amount, now=now)
    commitment = make_commitment(amount, line=line, provider=account.organisation, now=now)
    settlement = make_settlement(amount, commitment=commitment, approved_by=maker, now=now)
    settlements.record_invoice(settlement, exception="小额免票", by=maker, now=now)
    return payouts.queue(settlement, rail=Payout.Rail.STRIPE, by=maker, now=now)


def make_sent_stripe_payout(fake: FakeStripe, amount: int = 10_000, **more) -> Payout:
    """A payout that a second person released, and that nobody has asked Stripe for yet."""
    payout = make_stripe_payout(fake, amount, **more)
    return payouts.send(payout, by=make_finance(), now=more.get("now", NOW))


def post(fake: FakeStripe, event: dict, client: Client | None = None, **how):
    """Post an event as Stripe does; ``how`` goes to its signing."""
    body, signature = fake.signed(event, **how)
    send = partial((client or Client()).post, EVENTS, body, content_type="application/json")
    return send(headers={"Stripe-Signature": signature})
