"""What Stripe tells: kept once by its number before anything is done, and then acted on by what the thing is now.

So events may come twice, late, in any order, or never: each only says what to ask Stripe about.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from core.errors import DomainError
from core.jobs import ask_worker
from funding import gateway
from funding.models import Payout, StripeAccount, StripeEvent, StripeGift
from funding.stripe import accounts, disputes, gifts, transfers

logger = logging.getLogger(__name__)


def receive(body: bytes, signature: str, *, now: datetime) -> StripeEvent | None:
    """Keep an event that Stripe signed, and have a worker act on it. Of the wrong mode or account nothing is kept.

    Raises:
        gateway.BadSignature: it is not from Stripe, or older than five minutes.
    """
    kept, is_new = keep(gateway.read_event(body, signature), now=now)
    if kept is not None and is_new:
        ask_worker("funding.stripe_event", kept.pk)
    return kept


def keep(event: gateway.Event, *, now: datetime) -> tuple[StripeEvent | None, bool]:
    """Write an event down, and tell whether it is new; nothing if it is not about our money."""
    if event.is_live != gateway.is_live() or not _is_ours(event.account):
        logger.warning("An event of Stripe is of another mode or account, and was left alone: %s", event.id)
        return None, False
    fields = {"kind": event.kind, "object_id": event.object_id, "account_id": event.account, "is_live": event.is_live}
    return StripeEvent.objects.get_or_create(event_id=event.id, defaults={**fields, "received_at": now})


def _is_ours(account: str) -> bool:
    """Tell whether an event is the platform's own, or of an account that one of our providers has."""
    return not account or StripeAccount.objects.filter(account_id=account).exists()


def act(event_pk: int, *, now: datetime) -> bool:
    """Act on an event, and tell whether that is done. Again changes nothing; left open, the sweep takes it up."""
    event = StripeEvent.objects.get(pk=event_pk)
    if event.done_at is not None:
        return True
    try:
        _handler(event)(event, now)
    except (gateway.StripeError, DomainError) as error:
        logger.warning("Event %s of Stripe waits: %s", event.event_id, type(error).__name__)
        return False
    StripeEvent.objects.filter(pk=event.pk, done_at=None).update(done_at=now)
    return True


def _handler(event: StripeEvent) -> Callable[[StripeEvent, datetime], None]:
    if event.account_id:
        return _account_changed
    for beginning, handler in _HANDLERS.items():
        if event.kind.startswith(beginning):
            return handler
    return _nothing


def _nothing(event: StripeEvent, now: datetime) -> None:
    """Most of what happens at Stripe is no business of ours."""


def _account_changed(event: StripeEvent, now: datetime) -> None:
    """Look at a provider's account: something about it, or about what Stripe sent on to its bank, changed."""
    accounts.refresh(StripeAccount.objects.get(account_id=event.account_id), now=now)


def _transfer_changed(event: StripeEvent, now: datetime) -> None:
    """Look at all transfers of the payout to which this one belongs."""
    try:
        group = gateway.transfer(event.object_id).group
    except gateway.Missing:
        return
    payout = Payout.objects.filter(reference=group, rail=Payout.Rail.STRIPE).first()
    if payout is not None:
        transfers.settle(payout.pk, gateway.transfers_of(group), now=now)


def _page_changed(event: StripeEvent, now: datetime) -> None:
    """Look at a page where a donation is paid."""
    gift = StripeGift.objects.filter(checkout_id=event.object_id).first()
    if gift is not None:
        gifts.look(gift, now=now)


def _refund_changed(event: StripeEvent, now: datetime) -> None:
    """Look at all refunds of the payment to which this one belongs."""
    try:
        gifts.hear_refunds(gateway.refund(event.object_id).payment, now=now)
    except gateway.Missing:
        return


def _dispute_changed(event: StripeEvent, now: datetime) -> None:
    """Look at a payment that the giver's bank wants back."""
    try:
        disputes.hear(event.object_id, now=now)
    except gateway.Missing:
        return


_HANDLERS: dict[str, Callable[[StripeEvent, datetime], None]] = {
    "transfer.": _transfer_changed,
    "checkout.session.": _page_changed,
    "refund.": _refund_changed,
    "charge.dispute.": _dispute_changed,
}


def act_on_all(*, now: datetime) -> tuple[int, int]:
    """Act on every event that waits; return how many are done and how many still wait.

    One that fails stays among those that wait, is tried again by the next sweep, and stops none of the others.
    """
    waiting = list(StripeEvent.objects.waiting().order_by("pk").values_list("pk", flat=True))
    done = sum(_try(pk, now) for pk in waiting)
    return done, len(waiting) - done


def _try(event_pk: int, now: datetime) -> bool:
    try:
        return act(event_pk, now=now)
    except Exception as error:  # noqa: BLE001  whatever one event makes fail: it says so until it is mended
        logger.warning("Row %s of Stripe's events fails: %s", event_pk, type(error).__name__)
        return False
