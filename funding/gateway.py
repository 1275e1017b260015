"""Talks to Stripe, and is the one file that knows its library: plain values go in and come out.

What comes back of a request that writes is one of four things. A value: it is done. ``Refused``: it was not done, and
asking again changes nothing. ``Broken``: Stripe failed and says that it keeps this answer for the key, so ask what
exists and take the next key. ``Unreachable``: nobody knows yet, so ask again with the same key, which cannot do it
twice; an error of the server is that too, until it comes back as the kept one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

TOLERANCE_SECONDS = 300
TIMEOUT_SECONDS = (5, 20)  # to connect, to answer
PAGE = 100
_SERVER_ERROR = 500
_MANY = 429
_CONFLICT = 409
_LOGIN = (401, 403)


class StripeError(Exception):
    """Stripe did not do what it was asked."""


class Unreachable(StripeError):
    """No answer, or not yet: whether it was done is open."""


class Broken(StripeError):
    """Stripe failed inside, and keeps saying so to the same key."""


class Refused(StripeError):
    """Stripe understood and said no; the text is its code, such as ``balance_insufficient``."""


class KeyTaken(StripeError):
    """The key was used for something else, as after the database went back to an older copy."""


class Missing(StripeError):
    """Stripe has no such thing."""


class BadSignature(Exception):
    """A message that does not come from Stripe, or came too late."""


@dataclass(frozen=True)
class Account:
    """A provider's account at Stripe."""

    id: str
    holder: str
    is_ready: bool


@dataclass(frozen=True)
class Transfer:
    """Money that went to an account, and how much of it came back."""

    id: str
    amount: int
    currency: str
    destination: str
    group: str
    amount_reversed: int


@dataclass(frozen=True)
class Checkout:
    """A page of payment, and what came of it. ``payment`` is the number of what was paid."""

    id: str
    url: str
    amount: int
    currency: str
    is_paid: bool
    is_expired: bool
    payment: str


@dataclass(frozen=True)
class Refund:
    """Money that went back to a giver. ``ours`` is our own number of it; nothing if it was made at Stripe by hand."""

    id: str
    amount: int
    payment: str
    is_off: bool
    ours: str


@dataclass(frozen=True)
class Dispute:
    """A payment that the giver's bank wants back, with the part that is at stake."""

    id: str
    amount: int
    payment: str
    is_lost: bool


@dataclass(frozen=True)
class Event:
    """What Stripe says happened; only what it is about counts, never what it says of it."""

    id: str
    kind: str
    object_id: str
    account: str
    is_live: bool


def is_on() -> bool:
    """Tell whether this site may use Stripe: without a key nobody is offered it."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Tell whether the key moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def _library() -> Any:
    """Return Stripe's library, which takes half a second to load: only who uses it waits for it."""
    import stripe

    return stripe


@lru_cache(maxsize=4)
def _client_for(key: str, base: str) -> Any:
    stripe = _library()
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        max_network_retries=0,
    )


def _client() -> Any:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


def _asked(call: Callable[..., Any], *arguments: Any) -> Any:
    """Ask Stripe, and say in our words what went wrong.

    Raises:
        Unreachable, Broken, Refused, KeyTaken, Missing: see the top of this file.
    """
    stripe = _library()
    try:
        return call(*arguments)
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unreachable(type(error).__name__) from error
    except stripe.StripeError as error:
        raise _in_our_words(error) from error


def _in_our_words(error: Any) -> StripeError:
    status, code = error.http_status or 0, str(error.code or "")
    if status >= _SERVER_ERROR and (error.headers or {}).get("Idempotent-Replayed") == "true":
        return Broken(str(status))
    if status >= _SERVER_ERROR or status in (0, _MANY, _CONFLICT, *_LOGIN):
        return Unreachable(str(status))
    if isinstance(error, _library().IdempotencyError):
        return KeyTaken(code or "idempotency_error")
    if code == "resource_missing" and status == 404:
        return Missing(code)
    return Refused(code or type(error).__name__)


def _options(key: str) -> dict[str, str]:
    return {"idempotency_key": key}


# Accounts of providers


def create_account(*, organisation: int, name: str, key: str) -> Account:
    """Open an account for a provider, which fills in the rest on Stripe's own pages."""
    params = {
        "type": "express",
        "business_type": "company",
        "business_profile": {"name": name},
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"organisation": str(organisation)},
    }
    return _account(_asked(_client().v1.accounts.create, params, _options(key)))


def account_link(account_id: str, *, back: str, again: str) -> str:
    """Return the address of Stripe's pages where the provider completes its account. It works once, for minutes."""
    params = {"account": account_id, "type": "account_onboarding", "return_url": back, "refresh_url": again}
    return str(_asked(_client().v1.account_links.create, params).url)


def account(account_id: str) -> Account:
    """Return an account as it is now."""
    return _account(_asked(_client().v1.accounts.retrieve, account_id))


def has_failed_payout(account_id: str) -> bool:
    """Tell whether the last thing that Stripe sent on to the provider's own bank was refused there."""
    found = _asked(_client().v1.payouts.list, {"limit": 1}, {"stripe_account": account_id}).data
    return bool(found) and found[0].status == "failed"


def _account(found: Any) -> Account:
    company, capabilities = getattr(found, "company", None), getattr(found, "capabilities", None)
    can_receive = getattr(capabilities, "transfers", None) == "active"
    return Account(
        id=found.id,
        holder=str(getattr(company, "name", None) or ""),
        is_ready=can_receive and bool(getattr(found, "payouts_enabled", False)),
    )


# Transfers to them


def create_transfer(*, amount: int, currency: str, destination: str, group: str, key: str) -> Transfer:
    """Send money to an account. ``group`` is the payout's reference, by which it is found again."""
    params = {
        "amount": amount,
        "currency": currency.lower(),
        "destination": destination,
        "transfer_group": group,
        "description": group,
    }
    return _transfer(_asked(_client().v1.transfers.create, params, _options(key)))


def transfers_of(group: str) -> list[Transfer]:
    """Return every transfer of a payout. Lists at Stripe are up to date, which its search is not."""
    return [_transfer(one) for one in _all(_client().v1.transfers.list, {"transfer_group": group})]


def transfers_since(moment: datetime) -> list[Transfer]:
    """Return the transfers made since then, newest first."""
    return [_transfer(one) for one in _all(_client().v1.transfers.list, _since(moment))]


def transfer(transfer_id: str) -> Transfer:
    """Return a transfer as it is now."""
    return _transfer(_asked(_client().v1.transfers.retrieve, transfer_id))


def reverse_transfer(transfer_id: str, *, amount: int, key: str) -> None:
    """Take back all of a transfer."""
    _asked(_client().v1.transfers.reversals.create, transfer_id, {"amount": amount}, _options(key))


def _transfer(found: Any) -> Transfer:
    return Transfer(
        id=found.id,
        amount=int(found.amount),
        currency=str(found.currency).upper(),
        destination=str(found.destination),
        group=str(found.transfer_group or ""),
        amount_reversed=int(found.amount_reversed),
    )


# Donations


def create_checkout(*, amount: int, currency: str, reference: str, back: str, key: str) -> Checkout:
    """Open a page where a giver pays a donation. Stripe learns its reference, and from the giver the card."""
    price = {"currency": currency.lower(), "unit_amount": amount, "product_data": {"name": reference}}
    params = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": reference,
        "success_url": back,
        "cancel_url": back,
    }
    return _checkout(_asked(_client().v1.checkout.sessions.create, params, _options(key)))


def checkout(checkout_id: str) -> Checkout:
    """Return a page of payment as it is now."""
    return _checkout(_asked(_client().v1.checkout.sessions.retrieve, checkout_id))


def _checkout(found: Any) -> Checkout:
    return Checkout(
        id=found.id,
        url=str(found.url or ""),
        amount=int(found.amount_total or 0),
        currency=str(found.currency or "").upper(),
        is_paid=found.payment_status == "paid",
        is_expired=found.status == "expired",
        payment=str(found.payment_intent or ""),
    )


def create_refund(*, payment: str, amount: int, ours: str, key: str) -> None:
    """Give a part of a payment back."""
    params = {"payment_intent": payment, "amount": amount, "metadata": {"refund": ours}}
    _asked(_client().v1.refunds.create, params, _options(key))


def refund(refund_id: str) -> Refund:
    """Return a refund as it is now."""
    return _refund(_asked(_client().v1.refunds.retrieve, refund_id))


def refunds_of(payment: str) -> list[Refund]:
    """Return every refund of a payment."""
    return [_refund(one) for one in _all(_client().v1.refunds.list, {"payment_intent": payment})]


def _refund(found: Any) -> Refund:
    return Refund(
        id=found.id,
        amount=int(found.amount),
        payment=str(found.payment_intent or ""),
        is_off=found.status in {"failed", "canceled"},
        ours=str(getattr(found.metadata, "refund", "") or ""),
    )


def dispute(dispute_id: str) -> Dispute:
    """Return a dispute as it is now."""
    found = _asked(_client().v1.disputes.retrieve, dispute_id)
    payment = str(found.payment_intent or "")
    return Dispute(id=found.id, amount=int(found.amount), payment=payment, is_lost=found.status == "lost")


# What it tells us


def read_event(body: bytes, signature: str) -> Event:
    """Return what a message says, if Stripe signed exactly these bytes in the last five minutes.

    Raises:
        BadSignature: none of our secrets fits, it is too old, or no event.
    """
    stripe = _library()
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            return _event(_client().construct_event(body, signature, secret, TOLERANCE_SECONDS))
        except (stripe.SignatureVerificationError, ValueError, AttributeError, TypeError):
            continue
    raise BadSignature


def events_since(moment: datetime) -> list[Event]:
    """Return what happened since then, oldest first: Stripe keeps it for 30 days."""
    return [_event(one) for one in reversed(_all(_client().v1.events.list, _since(moment)))]


def _event(found: Any) -> Event:
    about = found.data.object
    return Event(
        id=found.id,
        kind=found.type,
        object_id=str(getattr(about, "id", "") or ""),
        account=str(getattr(found, "account", "") or ""),
        is_live=bool(found.livemode),
    )


def _since(moment: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(moment.astimezone(UTC).timestamp())}}


def _all(call: Callable[..., Any], params: dict[str, Any]) -> list[Any]:
    """Return all rows of a list, page by page."""
    rows: list[Any] = _asked(lambda: list(call({**params, "limit": PAGE}).auto_paging_iter()))
    return rows
