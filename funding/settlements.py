"""What a confirmed order is worth: proposed from plain lines, approved by the League's finance, invoiced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock, lock_all, retried
from core.money import format_money
from core.time import today
from funding import advances, claims, commitments, fund_rules, messages, rules
from funding.models import BudgetLine, Commitment, Invoice, Settlement, SettlementHistory, SettlementLine
from funding.papers import plain
from funding.policies import SecondPersonNeeded, require_another
from funding.signals import payout_changed
from organisations.acting import Acting, record
from organisations.models import Organisation

Status = Settlement.Status


class MoreThanCommitted(DomainError):
    """The lines add up to more than was committed."""


class BadLines(ValueError):
    """A line's amount is not its rate of its price: the caller computed it otherwise than ``rules.portion``."""


class InvoiceNeeded(DomainError):
    """There is neither an invoice nor a recorded exception."""


class InvoiceAmountDiffers(DomainError):
    """The invoice is over another amount than the settlement, less what was invoiced with its advance."""


class InvoiceUsed(DomainError):
    """The invoice's number stands on another settlement of the provider."""


@dataclass(frozen=True)
class ProposedLine:
    """One session as orders sees it. ``reason`` is a value of ``SettlementLine.Reason``."""

    label: str
    held_on: date
    price: int
    rate_percent: int
    amount: int
    reason: str


def propose(
    commitment: Commitment,
    lines: Sequence[ProposedLine],
    *,
    explanation: dict[str, Any],
    by: Acting,
    now: datetime,
) -> Settlement | None:
    """Write down what an order is worth; nothing is worth paying: the commitment is dropped and nothing returned.

    ``explanation`` holds what the lines rest on: ``raters``, ``mean`` (a string such as "3.80") and ``percent``.
    A second call returns the settlement of the first.

    Raises:
        MoreThanCommitted: the lines add up to more than the commitment.
        StaleState: the commitment was dropped.
    """
    amount = _checked_sum(lines)
    with transaction.atomic():
        commitment = commitments.lock_with_line(commitment.pk)
        known = commitment.settlement
        if known is not None:
            return known
        if amount == 0:
            commitments.void(commitment, by=by, now=now, reason=_("Nothing is payable."))
            return None
        if not commitment.is_open:
            raise StaleState(_("The money of this order was given back already."))
        if amount > commitment.amount:
            raise MoreThanCommitted(
                _("The sessions are worth %(amount)s, but only %(committed)s is committed.")
                % {"amount": format_money(amount), "committed": format_money(commitment.amount)}
            )
        settlement = _create(commitment, lines, amount, explanation, now)
        record(SettlementHistory, by, verb="propose", after=Status.PROPOSED, settlement=settlement, at=now)
        messages.settlement_proposed(settlement, now=now)
    return settlement


def _checked_sum(lines: Sequence[ProposedLine]) -> int:
    for line in lines:
        if line.amount != rules.portion(line.price, line.rate_percent) or line.reason not in SettlementLine.Reason:
            raise BadLines(line)
    return sum(line.amount for line in lines)


def _create(
    commitment: Commitment, lines: Sequence[ProposedLine], amount: int, explanation: dict[str, Any], now: datetime
) -> Settlement:
    settlement = Settlement.objects.create(
        commitment=commitment,
        amount=amount,
        explanation=explanation,
        rule=rules.in_force(today(now)),
        proposed_at=now,
    )
    SettlementLine.objects.bulk_create(
        SettlementLine(
            settlement=settlement,
            position=position,
            label=line.label,
            held_on=line.held_on,
            price=line.price,
            rate=line.rate_percent,
            amount=line.amount,
            reason=line.reason,
        )
        for position, line in enumerate(lines, 1)
    )
    return settlement


def locked(settlement: Settlement) -> Settlement:
    """Return the settlement as it is now, with its line's row locked (which guards everything that the line pays)."""
    commitments.lock_with_line(settlement.commitment_id)
    return Settlement.objects.with_commitment().get(pk=settlement.pk)


@retried
def approve(settlement: Settlement, *, by: Acting, now: datetime) -> Settlement:
    """Make the amount payable and release what remains of the commitment; of an advance, its amount. Twice is once.

    What was advanced is not paid again, and what the provider owes this fund is set off; where nothing is left to pay,
    the settlement is paid at once.

    Raises:
        OwnMoney, PersonNeeded: somebody else has to approve it.
        NoAdvances, TooMuchAdvanced: the rule in force does not allow the advance.
        StaleState: an advance on the order is on its way.
        SecondPersonNeeded: the person confirmed the delivery or decided the dispute, and it is above the rule's amount.
    """
    with transaction.atomic():
        lines = _lock_lines(settlement)
        settlement = locked(settlement)
        if settlement.status != Status.PROPOSED:
            return settlement
        commitment = settlement.commitment
        require_another(by, commitment.provider, today(now))
        settlement.fund_rule = fund_rules.in_force(commitment.line.fund_id, now)
        _require_another_maker(settlement, by)
        if settlement.is_advance:
            advances.require_allowed(commitment, settlement.amount, settlement.fund_rule)
            advances.grant(settlement, by=by, now=now)
        else:
            _reckon(settlement, lines, by=by, now=now)
        settlement.status = Status.APPROVED
        settlement.approved_at = now
        settlement.approved_by = by.user
        settlement.save(update_fields=["status", "approved_at", "approved_by", "fund_rule", "deducted"])
        record(
            SettlementHistory,
            by,
            verb="approve",
            before=Status.PROPOSED,
            after=Status.APPROVED,
            settlement=settlement,
            at=now,
        )
        messages.settlement_approved(settlement, now=now)
        if not settlement.due:
            _pay_by_set_off(settlement, by=by, now=now)
    return settlement


def approve_each(chosen: Iterable[Settlement], *, by: Acting, now: datetime) -> dict[int, str]:
    """Approve several settlements, each in a transaction of its own; return the reason of each that was refused."""
    refused = {}
    for settlement in chosen:
        try:
            approve(settlement, by=by, now=now)
        except DomainError as refusal:
            refused[settlement.pk] = str(refusal)
    return refused


def _lock_lines(settlement: Settlement) -> set[int]:
    """Lock the settlement's line and those of claims that may be set off, in ascending order; return which they are."""
    line = BudgetLine.objects.get(commitments=settlement.commitment_id)
    provider = settlement.commitment.provider_id
    return {one.pk for one in lock_all(BudgetLine, {line.pk} | claims.lines_of(provider, line.fund_id))}


def _reckon(settlement: Settlement, lines: set[int], *, by: Acting, now: datetime) -> None:
    """Close the commitment, and deduct what an advance covers and what the provider owes."""
    commitment = settlement.commitment
    advances.require_none_under_way(commitment)
    covered = advances.close(commitment, settlement.amount, by=by, now=now)
    commitments.close_with(commitment, settlement.amount, by=by, now=now)
    rest = settlement.amount - covered
    settlement.deducted = covered + claims.set_off(settlement, rest, lines, by=by, now=now)


def _pay_by_set_off(settlement: Settlement, *, by: Acting, now: datetime) -> None:
    """Close the ring of a settlement of which nothing is left to pay."""
    settlement.status = Status.PAID
    settlement.save(update_fields=["status"])
    before, after = Status.APPROVED, Status.PAID
    record(SettlementHistory, by, verb="pay", before=before, after=after, settlement=settlement, at=now)
    payout_changed.send(Settlement, settlement=settlement, payout=None, now=now)


def _require_another_maker(settlement: Settlement, by: Acting) -> None:
    """Above the rule's amount, whoever said what the order is worth does not approve it too."""
    limit = fund_rules.checker_above(settlement.fund_rule, settlement.rule)
    made = settlement.history.filter(verb__in=["propose", "ask"], actor__isnull=False)
    if settlement.amount > limit and made.filter(actor=by.user).exists():
        words = {
            "amount": format_money(limit, settlement.commitment.line.fund.currency),
            "league": settlement.commitment.line.fund.league,
        }
        raise SecondPersonNeeded(
            _(
                "You confirmed this delivery or decided about it. Above %(amount)s somebody else of the finance of "
                "%(league)s has to approve its money."
            )
            % words
        )


@retried
def record_invoice(
    settlement: Settlement,
    *,
    by: Acting,
    now: datetime,
    number: str = "",
    amount: int | None = None,
    file: "File[bytes] | None" = None,
    exception: str = "",
) -> Invoice:
    """Put the provider's invoice to the settlement, or why there is none. Until a payout is made it may be replaced.

    Raises:
        InvoiceNeeded: neither a number nor a reason is given.
        InvoiceAmountDiffers: the invoice is over another amount than is left to invoice.
        InvoiceUsed: it was given for another settlement already.
        StaleState: a payout rests on the present one, or it would change what the other of advance and rest is over.
        OwnMoney, PersonNeeded: somebody else has to say that none is needed.
    """
    if bool(number) == bool(exception):
        raise InvoiceNeeded(_("Enter the invoice's number, or why there is none."))
    with transaction.atomic():
        settlement = locked(settlement)
        if exception:
            require_another(by, settlement.commitment.provider, today(now))
        if settlement.payouts.alive().exists():
            raise StaleState(_("A payout rests on this invoice already. Nothing was changed."))
        _require_settled(settlement, number)
        if number and amount != settlement.to_invoice:
            raise InvoiceAmountDiffers(
                _("The invoice must be over exactly %(amount)s.")
                % {"amount": format_money(settlement.to_invoice, settlement.commitment.line.fund.currency)},
                field="amount",
            )
        if number:
            _require_unused(settlement, number)
        invoice, _is_new = Invoice.objects.update_or_create(
            settlement=settlement,
            defaults={
                "number": number,
                "amount": amount if number else None,
                "file": file or "",
                "exception": exception,
                "recorded_by": by.user,
                "recorded_at": now,
            },
        )
        verb = "record_invoice" if number else "record_exception"
        record(SettlementHistory, by, verb=verb, note=exception or number, settlement=settlement, at=now)
    return invoice


def _require_settled(settlement: Settlement, number: str) -> None:
    """Pass if what the invoice is over will not change any more.

    Approving decides what an advance covers, and so what the rest's invoice is over; from then on the advance keeps
    an invoice if it has one, and has none if it has none.
    """
    commitment = settlement.commitment
    if number and not settlement.is_advance and commitment.advanced and settlement.status == Status.PROPOSED:
        raise StaleState(_("Nothing was changed: the invoice comes after the approval, which counts the advance."))
    rest = commitment.settlement if settlement.is_advance else None
    if rest is None or rest.status == Status.PROPOSED:
        return
    had = getattr(settlement, "invoice", None)
    if had is not None and bool(had.number) != bool(number):
        raise StaleState(
            _("Nothing was changed: the order is settled, and its settlement's invoice rests on this one.")
        )


def _require_unused(settlement: Settlement, number: str) -> None:
    """Pass if no other settlement of the provider has it; the provider is locked, so that none gets it meanwhile.

    However wide the signs were typed, and wherever a space stands, it is the same invoice.
    """
    provider = lock(Organisation, settlement.commitment.provider_id)
    rows = Invoice.objects.filter(settlement__commitment__provider=provider).exclude(settlement=settlement)
    known = rows.exclude(number="").order_by("pk").values_list("number", "settlement__commitment__reference")
    used = next((reference for other, reference in known if plain(other) == plain(number)), None)
    if used is not None:
        raise InvoiceUsed(
            _("This invoice was given for %(reference)s already. Each settlement needs its own.") % {"reference": used},
            field="number",
        )
