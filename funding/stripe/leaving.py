"""What left at Stripe of a donation, out of the fund's books: once for each refund, as soon as the fund has it."""

import logging
from datetime import datetime

from django.db import transaction

from core.errors import DomainError
from core.locking import lock, retried
from funding import ledger
from funding.ledger import Kind, Move
from funding.models import Entry, Fund, FundHistory, StripeRefund
from funding.models.gift import REFUND_KEY
from funding.stripe.accounts import BY
from organisations.acting import Acting, record

logger = logging.getLogger(__name__)
Status = StripeRefund.Status


def entry_key(one: StripeRefund) -> str:
    """Return the key of a refund's entry."""
    return f"{REFUND_KEY}{one.pk}"


def take_out(one: StripeRefund, *, by: Acting, now: datetime) -> None:
    """Book a refund out of the fund's unallocated money. The caller holds the fund's lock.

    Raises:
        ledger.NotEnough: the fund has allocated it already.
    """
    donation = one.gift.donation
    accounts, document = ledger.accounts_of(donation.fund_id), f"{donation.reference} · Stripe"
    move = Move(accounts[Kind.UNALLOCATED], accounts[Kind.OUTSIDE], one.amount)
    kind = Entry.Kind.REFUND
    ledger.post(entry_key(one), kind=kind, transfers=[move], memo=document, by=by, at=now)
    record(FundHistory, by, verb=kind.value, note=document, fund=donation.fund, at=now)


@retried
def book(one: StripeRefund, *, now: datetime) -> None:
    """Book what left at Stripe and is not in the books yet. Twice books once.

    Raises:
        ledger.NotEnough: the fund has allocated it already.
    """
    with transaction.atomic():
        lock(Fund, one.gift.donation.fund_id)
        one = StripeRefund.objects.select_related("gift__donation__fund").get(pk=one.pk)
        if one.status == Status.SHORT:
            take_out(one, by=BY, now=now)
            StripeRefund.objects.filter(pk=one.pk).update(status=Status.DONE)


def book_all(*, now: datetime) -> int:
    """Book whatever the funds have by now of what left at Stripe; return how many refunds still wait."""
    waiting = StripeRefund.objects.filter(status=Status.SHORT).select_related("gift__donation").order_by("pk")
    left = 0
    for one in waiting:
        try:
            book(one, now=now)
        except DomainError as refusal:
            left += 1
            logger.info("Refund %s is not booked yet: %s", one.pk, type(refusal).__name__)
    return left


def of(number: str) -> StripeRefund | None:
    """Return what left under a number at Stripe."""
    return StripeRefund.objects.select_related("gift__donation__fund").filter(refund_id=number).first()
