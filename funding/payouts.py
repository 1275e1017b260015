"""Money leaving: made by one person, checked by another, followed until it arrived or came back.

A payout goes by one rail. By the bank people say how it ended; by Stripe only Stripe does (``funding/stripe``).
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.jobs import ask_worker
from core.locking import lock, retried
from core.money import format_money
from core.time import today
from funding import claims, fund_rules, ledger, messages, payees, payers, settlements, slips
from funding.ledger import Kind, Move
from funding.models import (
    BatchRow,
    Entry,
    LineState,
    Payout,
    PayoutHistory,
    Settlement,
    SettlementHistory,
    StatementLine,
    StripeTransfer,
)
from funding.papers import plain
from funding.policies import SecondPersonNeeded, require_another
from funding.signals import payout_changed
from funding.stripe import accounts
from organisations.acting import Acting, record
from organisations.meanwhile import with_who
from organisations.models import Organisation

Status = Payout.Status
Rail = Payout.Rail
TRANSITIONS: dict[str, frozenset[str]] = {
    Status.QUEUED: frozenset({Status.SENT, Status.FAILED}),
    Status.SENT: frozenset({Status.PAID, Status.FAILED, Status.RETURNED}),
    Status.PAID: frozenset({Status.RETURNED}),
    Status.FAILED: frozenset(),
    Status.RETURNED: frozenset(),
}


class BankReferenceUsed(DomainError):
    """The bank's number stands on another payout."""


class SlipDiffers(DomainError):
    """The imported statement says something else about the bank's number."""


class StripeDecides(DomainError):
    """Stripe has the transfer: what became of it is asked there, and no person may say otherwise."""


@retried
def queue(
    settlement: Settlement, *, by: Acting, now: datetime, rail: str = Rail.BANK, payer: int | None = None
) -> Payout:
    """Make a payout of an approved settlement. A second one, by any rail, is not made while one is under way or paid.

    ``payer`` is the id of the League's account from which the bank pays; its only one need not be named.

    Raises:
        StaleState: the settlement is not approved.
        InvoiceNeeded: neither an invoice over the right amount nor an exception is recorded.
        PayeeAccountMissing, PayeeAccountUnconfirmed, PayeeNameDiffers, NotAtStripe: the money has nowhere to go.
        PayerNeeded: the League's account is not confirmed yet, or none of several was chosen.
        LeftAlready: the bank says that an earlier transfer left, and not that it came back.
        OwnMoney, PersonNeeded: somebody else has to do it.
    """
    with transaction.atomic():
        settlement = settlements.locked(settlement)
        alive = settlement.payouts.alive().first()
        if alive is not None:
            return alive
        if settlement.status != Settlement.Status.APPROVED:
            raise StaleState(_("This settlement has not been approved yet."))
        commitment = settlement.commitment
        require_another(by, commitment.provider, today(now))
        if not settlement.is_invoiced:
            raise settlements.InvoiceNeeded(_("Record the invoice first, or why there is none."))
        slips.require_not_left([settlement.pk])
        earlier = settlement.payouts.order_by("-pk").first()
        is_stripe = rail == Rail.STRIPE
        payout = Payout.objects.create(
            settlement=settlement,
            amount=settlement.due,
            currency=commitment.line.fund.currency,
            reference=settlement.payout_reference(settlement.payouts.count() + 1),
            rail=rail,
            account=None if is_stripe else payees.payable_account(commitment.provider),
            payer=None if is_stripe else payers.account_for(commitment.line.fund.league, payer),
            made_by=by.user,
            queued_at=now,
            replaces=earlier,
        )
        if is_stripe:
            StripeTransfer.objects.create(payout=payout, account=accounts.payable(commitment.provider))
        record(PayoutHistory, by, verb="queue", after=Status.QUEUED, payout=payout, at=now)
        payout_changed.send(Payout, settlement=settlement, payout=payout, now=now)
    return payout


@retried
def send(payout: Payout, *, by: Acting, now: datetime) -> Payout:
    """Release a payout to the bank, or to Stripe. Above the rule's amount the person who made it cannot.

    Raises:
        SecondPersonNeeded: the same person made it, and it is above the amount.
        PayeeAccountChanged, PayeeAccountUnconfirmed, PayeeNameDiffers: the account is not fit to be paid to.
        PayerChanged: the League's account is not fit to be paid from.
        LeftAlready: the bank says meanwhile that an earlier transfer left, and not that it came back.
        OwnMoney, PersonNeeded: somebody else has to do it.
        StaleState: it is past that, or part of a batch, which is sent as one.
    """
    with transaction.atomic():
        payout = locked(payout)
        if payout.status == Status.SENT:
            return payout
        _require_edge(payout, Status.SENT, by)
        row = BatchRow.objects.filter(payout=payout).select_related("batch").first()
        if row is not None:
            raise StaleState(
                _("This transfer is part of batch %(batch)s. Check and send the batch.") % {"batch": row.batch}
            )
        _require_another(payout, by, now)
        slips.require_not_left([payout.settlement_id])
        payout.fund_rule = fund_rules.in_force(payout.settlement.commitment.line.fund_id, now)
        limit = fund_rules.checker_above(payout.fund_rule, payout.settlement.rule)
        if payout.amount > limit and by.user == payout.made_by:
            words = {
                "amount": format_money(limit, payout.currency),
                "league": payout.settlement.commitment.line.fund.league,
            }
            raise SecondPersonNeeded(
                _(
                    "You made this payout. Above %(amount)s somebody else of the finance of %(league)s has to check "
                    "and send it."
                )
                % words
            )
        provider = payout.settlement.commitment.provider
        if payout.rail == Rail.STRIPE:
            accounts.payable(provider, queued_as=payout.stripe.account)
            transaction.on_commit(partial(ask_worker, "funding.transfer", payout.pk))
        else:
            payees.payable_account(provider, queued_as=payout.account)
            payers.require_payer(payout.payer, payout.settlement.commitment.line.fund.league_id)
        payout.checked_by, payout.sent_at = by.user, now
        _move(payout, Status.SENT, verb="send", by=by, now=now)
    return payout


@retried
def mark_paid(payout: Payout, *, bank_reference: str, by: Acting, now: datetime) -> Payout:
    """Note that the bank confirmed the transfer: the money is paid, the settlement done. Two who confirm make one.

    Raises:
        BankReferenceUsed: the bank's number stands on another payout from that account.
        SlipDiffers: the imported statement has that number over something else.
        StaleState: it is not on its way, or was confirmed with another number.
        StripeDecides: it does not go by the bank.
        OwnMoney, PersonNeeded: somebody else has to do it.
    """
    with transaction.atomic():
        payout = locked(payout)
        bank_reference = _as_written(payout, bank_reference)
        if payout.status == Status.PAID and payout.bank_reference == bank_reference:
            return payout
        _require_edge(payout, Status.PAID, by)
        _require_by_hand(payout)
        _require_another(payout, by, now)
        _require_unused(payout, bank_reference)
        _require_same_slip(payout, bank_reference)
        arrive(payout, reference=bank_reference, by=by, now=now)
    return payout


def arrive(payout: Payout, *, reference: str, by: Acting, now: datetime) -> None:
    """Book a locked payout as paid, under the number that the bank or Stripe gave it."""
    commitment = payout.settlement.commitment
    held = ledger.accounts_of(commitment.line.fund_id, commitment.line_id)
    ledger.post(
        f"payout:{payout.pk}/pay",
        kind=Entry.Kind.PAY,
        transfers=[Move(held[Kind.PAYABLE], held[Kind.PAID], payout.amount)],
        memo=payout.reference,
        by=by,
        at=now,
        commitment=commitment,
        payout=payout,
    )
    payout.bank_reference, payout.paid_at = reference, now
    _move_settlement(payout.settlement, Settlement.Status.PAID, by=by, now=now)
    _move(payout, Status.PAID, verb="mark_paid", by=by, now=now)


@retried
def mark_failed(payout: Payout, *, reason: str, by: Acting, now: datetime, was: str = "") -> Payout:
    """End a payout that never left, or that the bank refused. The money was payable and stays so.

    ``was`` is the status that the person saw: who takes a transfer back must not end one that was sent meanwhile, for
    the bank may be paying it.

    Raises:
        StaleState: it is past that, or in another status than the person saw.
        OwnMoney, PersonNeeded: somebody else has to do it.
    """
    with transaction.atomic():
        payout = locked(payout)
        if payout.status == Status.FAILED:
            return payout
        _require_edge(payout, Status.FAILED if was in {"", payout.status} else "", by)
        _require_by_hand(payout)
        _require_another(payout, by, now)
        fail(payout, reason=reason, by=by, now=now)
    return payout


def fail(payout: Payout, *, reason: str, by: Acting, now: datetime) -> None:
    """End a locked payout that never left."""
    _move(payout, Status.FAILED, verb="mark_failed", by=by, now=now, note=reason)
    if payout.settlement.is_advance:
        claims.drop_for(payout.settlement, by=by, now=now)


@retried
def mark_returned(payout: Payout, *, reason: str, by: Acting, now: datetime) -> Payout:
    """End a payout that came back. Paid money is payable again, and the settlement waits for a new payout.

    Raises:
        OwnMoney, PersonNeeded: somebody else has to do it.
    """
    with transaction.atomic():
        payout = locked(payout)
        if payout.status == Status.RETURNED:
            return payout
        _require_edge(payout, Status.RETURNED, by)
        _require_by_hand(payout)
        _require_another(payout, by, now)
        come_back(payout, reason=reason, by=by, now=now)
    return payout


def come_back(payout: Payout, *, reason: str, by: Acting, now: datetime) -> None:
    """End a locked payout that came back; what was booked as paid is payable again.

    Raises:
        StaleState: it was an advance of which a part was set off or repaid since.
    """
    if payout.settlement.is_advance:
        claims.require_untouched(payout.settlement)
    if payout.status == Status.PAID:
        entry = Entry.objects.get(key=f"payout:{payout.pk}/pay")
        ledger.reverse(entry, kind=Entry.Kind.RETURN, memo=payout.reference, by=by, at=now)
        _move_settlement(payout.settlement, Settlement.Status.APPROVED, by=by, now=now)
    _move(payout, Status.RETURNED, verb="mark_returned", by=by, now=now, note=reason)
    if payout.settlement.is_advance:
        claims.drop_for(payout.settlement, by=by, now=now)


def locked(payout: Payout) -> Payout:
    """Return the payout as it is now, its own row and then its line's locked."""
    lock(Payout, payout.pk)
    payout = Payout.objects.with_settlement().get(pk=payout.pk)
    payout.settlement = settlements.locked(payout.settlement)
    return payout


def note(payout: Payout, *, verb: str, why: str, by: Acting, now: datetime) -> None:
    """Write a history row that changes no status."""
    record(PayoutHistory, by, verb=verb, before=payout.status, after=payout.status, note=why, payout=payout, at=now)


def _require_by_hand(payout: Payout) -> None:
    """Let no person say how a transfer ended that Stripe has: it may be there although nobody here knows it yet."""
    if payout.rail == Rail.STRIPE and payout.status != Status.QUEUED:
        raise StripeDecides(_("Stripe has this transfer and says itself how it ends. Nothing was changed."))


def _require_another(payout: Payout, by: Acting, now: datetime) -> None:
    require_another(by, payout.settlement.commitment.provider, today(now))


def _require_edge(payout: Payout, to: str, by: Acting) -> None:
    if to not in TRANSITIONS[payout.status]:
        sentence = _("This payout is “%(status)s” by now. Reload the page to see what happened.")
        raise StaleState(with_who(sentence % {"status": payout.get_status_display()}, payout.history.all(), by))


def _as_written(payout: Payout, bank_reference: str) -> str:
    """Return the bank's number as numbers are compared, unless the League's statement has it just as it was typed."""
    number, league = plain(bank_reference), payout.settlement.commitment.line.fund.league_id
    written = StatementLine.objects.filter(league=league, bank_reference=bank_reference)
    return bank_reference if number != bank_reference and written.exists() else number


def _require_unused(payout: Payout, bank_reference: str) -> None:
    """Pass if no other payout from the same account has the bank's number; the League is locked, so that none gets it.

    A bank counts its numbers for each account. A payout that names none may have gone from any of the League's.
    """
    league = lock(Organisation, payout.settlement.commitment.line.fund.league_id)
    numbers = {bank_reference, plain(bank_reference)}
    same = Payout.objects.filter(bank_reference__in=numbers, settlement__commitment__line__fund__league=league)
    if payout.payer is not None:
        same = same.filter(Q(payer=payout.payer) | Q(payer=None))
    if same.exists():
        raise BankReferenceUsed(
            _("This number of the bank stands on another payout. Look at the slip again."), field="bank_reference"
        )


def _require_same_slip(payout: Payout, bank_reference: str) -> None:
    """Let nobody confirm by hand what the statement of the account that paid contradicts, or that of another.

    A number counts once for each account: where the one that paid has it, no other is looked at. One query.
    """
    league = payout.settlement.commitment.line.fund.league_id
    own = Q(line__account=payout.payer.number) if payout.payer else Q()
    same = Q(
        own,
        line__amount=payout.amount,
        line__currency=payout.currency,
        line__direction=StatementLine.Direction.OUT,
    ) & ~Q(state=LineState.State.DIFFERS)
    rows = LineState.objects.filter(line__league=league, line__bank_reference=bank_reference)
    n = rows.aggregate(any=Count("pk"), own=Count("pk", filter=own), same=Count("pk", filter=same))
    if n["same"] < (n["own"] or n["any"]):
        raise SlipDiffers(
            _("The bank statement has this number over something else. Look at its line before you confirm."),
            field="bank_reference",
        )


def _move(payout: Payout, to: Status, *, verb: str, by: Acting, now: datetime, note: str = "") -> None:
    """Write the status, the history row and the messages, and tell the rooms above."""
    before, payout.status = payout.status, to
    payout.save(update_fields=["status", "checked_by", "sent_at", "paid_at", "bank_reference", "fund_rule"])
    record(PayoutHistory, by, verb=verb, before=before, after=to, note=note, payout=payout, at=now)
    messages.payout_moved(payout, now=now)
    payout_changed.send(Payout, settlement=payout.settlement, payout=payout, now=now)


def _move_settlement(settlement: Settlement, to: Settlement.Status, *, by: Acting, now: datetime) -> None:
    before, settlement.status = settlement.status, to
    settlement.save(update_fields=["status"])
    verb = "pay" if to == Settlement.Status.PAID else "reopen"
    record(SettlementHistory, by, verb=verb, before=before, after=to, settlement=settlement, at=now)
