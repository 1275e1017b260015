"""Donations that a giver's bank takes back: finance is alerted while it can answer, and a loss leaves the fund."""

from datetime import datetime

from django.db import transaction

from core.locking import lock
from funding import gateway
from funding.models import Donation, Fund, Quarantine, StripeRefund
from funding.stripe import gifts, quarantine


def hear(dispute_id: str, *, now: datetime) -> None:
    """Look at a dispute as it is now. Any number of times, in any order.

    While it is open a person answers it on Stripe's pages; the entry among the differences stays until somebody says
    how it ended. A lost one is booked like a refund that was made at Stripe, once.

    Raises:
        gateway.StripeError: Stripe does not say.
    """
    found = gateway.dispute(dispute_id)
    donation = Donation.objects.select_related("fund__league", "stripe").filter(bank_reference=found.payment).first()
    if not found.payment or donation is None:
        return
    with transaction.atomic():
        lock(Fund, donation.fund_id)
        quarantine.put(donation.fund.league, found.id, Quarantine.Kind.DISPUTED, now=now)
        if found.is_lost and not StripeRefund.objects.filter(refund_id=found.id).exists():
            gifts.take_over(found.id, found.amount, donation, now=now)
