"""Payouts by Stripe: each paid exactly once, whatever dies or gets lost in between.

The attempt stands in the database before Stripe is asked, and makes the key: asked again with it, Stripe answers what
it answered first. One worker at a time asks for a payout; of a dead one the claim runs out. A next attempt begins only
where the present one cannot act any more (Stripe keeps an error for its key, or has forgotten the key) and Stripe was
asked that nothing exists. What exists is compared with what was ordered before anything is booked.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from core.errors import StaleState
from core.jobs import ask_worker
from core.locking import retried
from core.time import today
from funding import claims, gateway, payouts
from funding.models import Payout, Quarantine, StripeTransfer
from funding.policies import require_another
from funding.stripe import quarantine
from funding.stripe.accounts import BY
from organisations.acting import Acting
from organisations.models import Organisation

logger = logging.getLogger(__name__)
CLAIM = timedelta(minutes=15)  # longer than any task may run
# Stripe keeps a key for 24 hours at least. In the last hour nobody asks with it any more, so that nobody is still on
# the way with the old key when a new one is taken.
LAST_USE, KEY_GONE = timedelta(hours=23), timedelta(hours=24)
Status, Differs = Payout.Status, Quarantine.Kind


def push(payout_pk: int, *, now: datetime) -> bool:
    """Have Stripe make the transfer of a sent payout, or find out that it did; tell whether that was asked.

    Any number may call it any number of times. What stays open is asked again by the sweep: a payout is "sent" until
    Stripe has said how it ended.
    """
    return _claimed(payout_pk, now, _push)


def push_back(payout_pk: int, *, now: datetime) -> bool:
    """Have Stripe take a transfer back where that was asked for, or find out that it did; tell whether it was asked."""
    return _claimed(payout_pk, now, _push_back)


def _claimed(payout_pk: int, now: datetime, work: Callable[[StripeTransfer, datetime], bool]) -> bool:
    """Do the work alone: a second worker leaves it to the first, and comes back when the sweep sends it."""
    until = now + CLAIM
    free = StripeTransfer.objects.filter(Q(busy_until=None) | Q(busy_until__lte=now), payout=payout_pk)
    if not free.update(busy_until=until):
        return False
    rows = StripeTransfer.objects.select_related("account", "payout__settlement__commitment__line__fund__league")
    try:
        return work(rows.get(payout=payout_pk), now)
    except gateway.StripeError as error:
        logger.warning("Stripe left payout %s open: %s", payout_pk, error)
        return True
    finally:
        StripeTransfer.objects.filter(payout=payout_pk, busy_until=until).update(busy_until=None)


def _push(one: StripeTransfer, now: datetime) -> bool:
    if one.payout.status != Status.SENT:
        return False
    if one.tried_at is not None:
        if look(one, now=now):
            return True
        age = now - one.tried_at
        if age >= KEY_GONE:
            _next_attempt(one, now)
        elif age >= LAST_USE:
            return True
    else:
        StripeTransfer.objects.filter(pk=one.pk).update(tried_at=now)
    _post(one, now)
    return True


def _post(one: StripeTransfer, now: datetime) -> None:
    """Ask for the transfer under the key of the present attempt, then book what there is."""
    payout = one.payout
    try:
        gateway.create_transfer(
            amount=payout.amount,
            currency=payout.currency,
            destination=one.account.account_id,
            group=payout.reference,
            key=one.key,
        )
    except (gateway.Broken, gateway.KeyTaken) as error:
        if isinstance(error, gateway.KeyTaken):
            quarantine.put(_league(payout), one.key, Differs.KEY, payout=payout, now=now)
        if not look(one, now=now):
            _next_attempt(one, now)
    except (gateway.Refused, gateway.Missing) as error:
        if not look(one, now=now):
            _fail(one, str(error), now)
    else:
        look(one, now=now)


def _next_attempt(one: StripeTransfer, now: datetime) -> None:
    """Take the next key, stored before it is used."""
    StripeTransfer.objects.filter(pk=one.pk).update(attempt=F("attempt") + 1, tried_at=now)
    one.refresh_from_db(fields=["attempt", "tried_at"])


@retried
def _fail(one: StripeTransfer, code: str, now: datetime) -> None:
    """End a payout that Stripe refused, and of which nothing exists there."""
    with transaction.atomic():
        payout = payouts.locked(one.payout)
        if payout.status == Status.SENT:
            payouts.fail(payout, reason=code, by=BY, now=now)


def look(one: StripeTransfer, *, now: datetime) -> bool:
    """Ask Stripe what exists of a payout, and settle it by that; tell whether there is anything.

    Raises:
        gateway.StripeError: Stripe does not say.
    """
    found = gateway.transfers_of(one.payout.reference)
    if found:
        settle(one.payout_id, found, now=now)
    return bool(found)


@retried
def settle(payout_pk: int, found: Sequence[gateway.Transfer], *, now: datetime) -> None:
    """Book what Stripe has of a payout, if it is what was ordered; else put it aside. The order of asking is no matter.

    Raises:
        DomainError: the books do not take it now, for instance because the period is closed.
    """
    with transaction.atomic():
        payout = payouts.locked(Payout(pk=payout_pk))
        one = StripeTransfer.objects.select_related("account").get(payout=payout)
        standing = [it for it in found if it.amount_reversed < it.amount]
        differing = [(it.id, kind) for it in standing for kind in _differences(one, payout, it)]
        if len(standing) > 1:
            differing += [(it.id, Differs.TWICE) for it in standing]
        elif standing and not _may_stand(payout, standing[0]):
            differing.append((standing[0].id, Differs.ENDED))
        elif not standing and _is_met(payout):
            differing.append((found[0].id, Differs.MET))
        for object_id, kind in differing:
            quarantine.put(_league(payout), object_id, kind, payout=payout, now=now)
        if not differing:
            _book(payout, one, standing[0] if standing else found[0], now)


def _differences(one: StripeTransfer, payout: Payout, found: gateway.Transfer) -> list[str]:
    """Name in what a transfer is not the one that was ordered."""
    tests: dict[str, bool] = {
        Differs.AMOUNT: found.amount != payout.amount,
        Differs.CURRENCY: found.currency != payout.currency,
        Differs.PAYEE: found.destination != one.account.account_id,
        Differs.PART_BACK: 0 < found.amount_reversed < found.amount,
    }
    return [kind for kind, differs in tests.items() if differs]


def _may_stand(payout: Payout, found: gateway.Transfer) -> bool:
    """Money may stand at the provider's for a payout that is on its way, or paid by this very transfer."""
    return payout.status == Status.SENT or (payout.status == Status.PAID and payout.bank_reference == found.id)


def _is_met(payout: Payout) -> bool:
    """Tell whether the provider met in another way what it owes of an advance: the books cannot take it back too."""
    return payout.status == Status.PAID and payout.settlement.is_advance and claims.is_touched(payout.settlement)


def _book(payout: Payout, one: StripeTransfer, found: gateway.Transfer, now: datetime) -> None:
    one.transfer_id, one.seen_reversed = found.id, found.amount_reversed
    one.seen_amount, one.seen_currency, one.seen_destination = found.amount, found.currency, found.destination
    is_back = found.amount_reversed == found.amount
    if is_back:
        one.undo_asked_at = None
    one.save()
    if is_back and payout.status in {Status.SENT, Status.PAID}:
        payouts.come_back(payout, reason=one.undo_reason or found.id, by=BY, now=now)
    elif not is_back and payout.status == Status.SENT:
        payouts.arrive(payout, reference=found.id, by=BY, now=now)


# Taking it back


@retried
def ask_back(payout: Payout, *, reason: str, by: Acting, now: datetime) -> Payout:
    """Ask Stripe to take a paid transfer back. The payout is "returned" when Stripe has done it; twice asks once.

    Raises:
        StaleState: it is not paid by Stripe, or an advance of which a part was set off or repaid already.
        OwnMoney, PersonNeeded: somebody else has to do it.
    """
    with transaction.atomic():
        payout = payouts.locked(payout)
        require_another(by, payout.settlement.commitment.provider, today(now))
        one = StripeTransfer.objects.filter(payout=payout).first()
        if one is None or payout.status != Status.PAID:
            raise StaleState(_("Only a transfer that arrived by Stripe can be taken back there."))
        if payout.settlement.is_advance:
            claims.require_untouched(payout.settlement)
        if one.undo_asked_at is None:
            one.undo_asked_at, one.undo_reason = now, reason
            one.save(update_fields=["undo_asked_at", "undo_reason"])
            payouts.note(payout, verb="ask_back", why=reason, by=by, now=now)
        transaction.on_commit(partial(ask_worker, "funding.transfer", payout.pk))
    return payout


def _push_back(one: StripeTransfer, now: datetime) -> bool:
    if one.payout.status != Status.PAID or one.undo_asked_at is None:
        return False
    mine = StripeTransfer.objects.filter(pk=one.pk)
    try:
        is_possible = _try_back(one)
    except gateway.Broken:
        mine.update(undo_attempt=F("undo_attempt") + 1)
        is_possible = True
    if not is_possible:
        quarantine.put(_league(one.payout), one.undo_key, Differs.STUCK, payout=one.payout, now=now)
        mine.update(undo_asked_at=None, undo_attempt=F("undo_attempt") + 1)
    settle(one.payout_id, [gateway.transfer(one.transfer_id)], now=now)
    return True


def _try_back(one: StripeTransfer) -> bool:
    """Take all of it back, unless that is done; tell whether it can be done. Twice takes no more than there is."""
    if gateway.transfer(one.transfer_id).amount_reversed:
        return True
    try:
        gateway.reverse_transfer(one.transfer_id, amount=one.payout.amount, key=one.undo_key)
    except gateway.Refused:
        return bool(gateway.transfer(one.transfer_id).amount_reversed)
    return True


def _league(payout: Payout) -> Organisation:
    return payout.settlement.commitment.line.fund.league
