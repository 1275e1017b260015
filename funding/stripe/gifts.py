"""Donations paid on Stripe's pages: into a fund's unallocated money, and given back only from it."""

import logging
import uuid
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother, StaleState
from core.jobs import ask_worker
from core.locking import lock, retried
from funding import donations, fund_rules, gateway, ledger
from funding.models import Donation, Entry, Fund, Quarantine, SecondLook, StripeGift, StripeRefund
from funding.policies import PersonNeeded
from funding.stripe import leaving, quarantine
from funding.stripe.accounts import BY, StripeAway
from funding.stripe.transfers import KEY_GONE, LAST_USE
from organisations.acting import Acting

logger = logging.getLogger(__name__)
Status, Differs = StripeRefund.Status, Quarantine.Kind


class MoreThanGiven(DomainError):
    """More would go back than the donation was."""


def open_page(donation: Donation, *, back: str, now: datetime) -> str:
    """Return the address where an announced donation is paid. While one page is open there is no second one.

    Raises:
        StaleState: it arrived, or was withdrawn.
        StripeAway: Stripe does not answer; nothing was lost.
    """
    gift, _is_new = StripeGift.objects.get_or_create(donation=donation)
    try:
        if gift.checkout_id:
            known = look(gift, now=now)
            gift.refresh_from_db()
            if not gift.is_over:
                return known.url
        _require_announced(donation)
        return _new_page(gift, back)
    except gateway.StripeError as error:
        if isinstance(error, gateway.Broken | gateway.KeyTaken):
            StripeGift.objects.filter(pk=gift.pk, attempt=gift.attempt).update(attempt=F("attempt") + 1)
        raise StripeAway(_("Stripe does not answer just now. Try again in a few minutes; nothing was lost.")) from error


def _require_announced(donation: Donation) -> None:
    donation.refresh_from_db()
    if donation.status != Donation.Status.ANNOUNCED:
        raise StaleState(_("This donation is no longer awaited. Reload the page to see what happened."))


def _new_page(gift: StripeGift, back: str) -> str:
    if gift.is_over:
        StripeGift.objects.filter(pk=gift.pk, attempt=gift.attempt).update(attempt=F("attempt") + 1, is_over=False)
        gift.refresh_from_db()
    donation = gift.donation
    made = gateway.create_checkout(
        amount=donation.amount, currency=donation.currency, reference=donation.reference, back=back, key=gift.key
    )
    StripeGift.objects.filter(pk=gift.pk, attempt=gift.attempt).update(checkout_id=made.id)
    return made.url


def look(gift: StripeGift, *, now: datetime) -> gateway.Checkout:
    """Ask Stripe what came of a page of payment, and book what was paid, if it is what was announced.

    Raises:
        gateway.StripeError: Stripe does not say.
    """
    found = gateway.checkout(gift.checkout_id)
    with transaction.atomic():
        lock(Fund, gift.donation.fund_id)
        gift = StripeGift.objects.select_related("donation__fund__league").get(pk=gift.pk)
        if gift.checkout_id == found.id and not gift.is_over and (found.is_paid or found.is_expired):
            StripeGift.objects.filter(pk=gift.pk).update(is_over=True)
            if found.is_paid:
                _book(gift.donation, found, now)
    return found


def _book(donation: Donation, found: gateway.Checkout, now: datetime) -> None:
    tests: dict[str, bool] = {
        Differs.AMOUNT: found.amount != donation.amount,
        Differs.CURRENCY: found.currency != donation.currency,
        Differs.ENDED: donation.status != Donation.Status.ANNOUNCED,
    }
    differing = [kind for kind, differs in tests.items() if differs]
    for kind in differing:
        quarantine.put(donation.fund.league, found.payment, kind, now=now)
    if not differing:
        donations.receive(donation, amount=found.amount, bank_reference=found.payment, by=BY, now=now)


# Giving it back


@retried
def ask_refund(
    donation: Donation,
    amount: int,
    *,
    reason: str,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
    asked: SecondLook | None = None,
) -> StripeRefund:
    """Take money of a donation out of the fund's unallocated, and ask Stripe to give it back. Twice asks once.

    Above the amount of the fund's rule another person ``asked`` for it.

    Raises:
        SecondPersonNeeded: one person alone would give it back.
        StaleState: it was not paid by Stripe.
        MoreThanGiven: more would go back than was given.
        ledger.NotEnough: the fund has allocated it already.
        PersonNeeded, SentByAnother: another person has to do it.
    """
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    with transaction.atomic():
        lock(Fund, donation.fund_id)
        donation.refresh_from_db()
        known = StripeRefund.objects.filter(submission_id=submission_id).first()
        if known is not None:
            if known.asked_by != by.user:
                raise SentByAnother
            return known
        fund_rules.require_two(donation.fund_id, amount, asked=asked, by=by, now=now)
        gift = require_refundable(donation, amount)
        made = StripeRefund.objects.create(
            gift=gift, amount=amount, reason=reason, submission_id=submission_id, asked_by=by.user, asked_at=now
        )
        leaving.take_out(made, by=by, now=now)
        transaction.on_commit(partial(ask_worker, "funding.stripe_refund", made.pk))
    return made


def require_refundable(donation: Donation, amount: int) -> StripeGift:
    """Return how a donation was paid, if Stripe can give so much of it back.

    Raises:
        StaleState, MoreThanGiven: as ``ask_refund``.
    """
    gift = StripeGift.objects.filter(donation=donation, is_over=True).first()
    if gift is None or donation.status != Donation.Status.RECEIVED or not donation.is_by_stripe:
        raise StaleState(_("Only a donation that was paid by Stripe can be given back there."))
    if amount > donation.amount - given_back(gift):
        raise MoreThanGiven(_("That is more than was given and not given back yet."), field="amount")
    return gift


def given_back(gift: StripeGift) -> int:
    """Return how much of a donation went back, or is on its way."""
    rows = gift.refunds.exclude(status=Status.REFUSED)
    return int(rows.aggregate(total=Coalesce(Sum("amount"), 0))["total"])


def push_refund(refund_pk: int, *, now: datetime) -> bool:
    """Have Stripe give money back, or find out that it did; tell whether that was asked. Any number of times."""
    one = StripeRefund.objects.select_related("gift__donation").get(pk=refund_pk)
    if one.status != Status.ASKED:
        return False
    payment, age = one.gift.donation.bank_reference, now - one.asked_at
    try:
        hear_refunds(payment, now=now)
        one.refresh_from_db()
        if one.status == Status.ASKED and age < LAST_USE:
            gateway.create_refund(payment=payment, amount=one.amount, ours=str(one.pk), key=one.key)
            hear_refunds(payment, now=now)
        elif one.status == Status.ASKED and age >= KEY_GONE:
            _refuse(one, now)
    except gateway.Broken:
        StripeRefund.objects.filter(pk=one.pk, attempt=one.attempt).update(attempt=F("attempt") + 1)
    except (gateway.Refused, gateway.Missing):
        _refuse(one, now)
    except gateway.StripeError as error:
        logger.warning("Stripe left refund %s open: %s", refund_pk, error)
    return True


def hear_refunds(payment: str, *, now: datetime) -> None:
    """Take over every refund that Stripe has of a payment: our own, and those made on Stripe's pages.

    Raises:
        gateway.StripeError: Stripe does not say.
    """
    donation = Donation.objects.select_related("fund__league").filter(bank_reference=payment).first()
    if not payment or donation is None:
        return
    for found in gateway.refunds_of(payment):
        with transaction.atomic():
            lock(Fund, donation.fund_id)
            _hear(found, donation, now)


def _hear(found: gateway.Refund, donation: Donation, now: datetime) -> None:
    own = StripeRefund.objects.filter(gift__donation=donation)
    one = own.filter(refund_id=found.id).first()
    if one is None and found.ours.isdigit():
        one = own.filter(pk=int(found.ours), refund_id="").first()
    if found.is_off:
        if one is not None:
            _refuse(one, now)
        return
    if one is None:
        take_over(found.id, found.amount, donation, now=now)
    elif one.status == Status.ASKED:
        one.status, one.refund_id = Status.DONE, found.id
        one.save(update_fields=["status", "refund_id"])


def take_over(number: str, amount: int, donation: Donation, *, now: datetime) -> None:
    """Book what left at Stripe without our asking; where the money is allocated already, it waits and a person decides.

    A donation whose number at Stripe was entered by hand has no page of payment, and gets its row there now. What a
    person settled before such refunds waited is left as they settled it. The caller holds the fund's lock.
    """
    if Quarantine.objects.filter(object_id=number, kind=Differs.SPENT, closed_at__isnull=False).exists():
        return
    gift, _is_new = StripeGift.objects.get_or_create(donation=donation, defaults={"is_over": True})
    made = StripeRefund.objects.create(
        gift=gift,
        amount=amount,
        reason=number,
        status=Status.SHORT,
        refund_id=number,
        submission_id=uuid.uuid4(),
        asked_at=now,
    )
    try:
        leaving.book(made, now=now)
    except ledger.NotEnough:
        quarantine.put(donation.fund.league, number, Differs.SPENT, now=now)


@retried
def _refuse(one: StripeRefund, now: datetime) -> None:
    """Put money back into the fund that Stripe did not give back, if it had left the books."""
    with transaction.atomic():
        lock(Fund, one.gift.donation.fund_id)
        one.refresh_from_db()
        if one.status != Status.REFUSED:
            one.status = Status.REFUSED
            one.save(update_fields=["status"])
            for entry in Entry.objects.filter(key=leaving.entry_key(one)):
                ledger.reverse(entry, memo=entry.memo, by=BY, at=now)
