"""What a provider owes after an advance: set off against later settlements of the same fund, or repaid.

The callers of ``open_for``, ``set_off`` and ``drop_for`` hold the locks of the budget lines.
"""

from datetime import date, datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock, lock_all, retried
from core.money import format_money
from core.time import today
from funding import ledger, messages, outside, slips
from funding.ledger import Kind, Move
from funding.models import (
    BudgetLine,
    Claim,
    ClaimHistory,
    Entry,
    EntryFile,
    Payout,
    Settlement,
    SettlementHistory,
)
from funding.policies import require_another
from organisations.acting import Acting, record

Status = Settlement.Status


class ClaimSmaller(DomainError):
    """More would be repaid than is owed."""


class NotRepaidYet(DomainError):
    """A repayment of a day to come, or of an advance that has not arrived."""


def lines_of(provider_id: int, fund_id: int) -> set[int]:
    """Return the lines to which open claims against the provider in the fund belong. One query."""
    rows = Claim.objects.open().filter(provider=provider_id, line__fund=fund_id)
    return set(rows.values_list("line_id", flat=True))


def is_owing(provider_id: int, fund_id: int) -> bool:
    """Tell whether the provider owes the fund anything. One query."""
    return Claim.objects.open().filter(provider=provider_id, line__fund=fund_id).exists()


def is_open_for(advance: Settlement) -> bool:
    """Tell whether something of the advance is owed back. One query."""
    return Claim.objects.open().filter(advance=advance).exists()


def open_for(advance: Settlement, amount: int, *, by: Acting, now: datetime) -> Claim:
    """Write down that so much of an advance is owed back."""
    commitment = advance.commitment
    claim = Claim.objects.create(
        advance=advance, provider=commitment.provider, line=commitment.line, amount=amount, opened_at=now
    )
    _write(claim, "open_claim", amount, by=by, now=now)
    messages.claim_opened(claim, now=now)
    return claim


def set_off(settlement: Settlement, most: int, lines: set[int], *, by: Acting, now: datetime) -> int:
    """Set open claims on the locked lines off against a settlement, the oldest first; return how much that is.

    A claim whose advance Stripe was asked to take back is left alone.

    What is set off counts as paid on the settlement's line, for its order, and is available again on the line that
    advanced it: an entry of its own for each claim, in the name of the order that it was advanced for.
    """
    commitment = settlement.commitment
    rows = Claim.objects.open().filter(
        provider=commitment.provider_id, line__fund=commitment.line.fund_id, line__in=lines, advance__status=Status.PAID
    )
    rows = rows.exclude(advance__in=_asked_back())
    shares: list[tuple[Claim, int]] = []
    for claim in lock_all(Claim, rows.values_list("pk", flat=True)):
        share = min(claim.open, most - sum(taken for _claim, taken in shares))
        if share > 0:
            shares.append((claim, share))
    if not shares:
        return 0
    total = sum(share for _claim, share in shares)
    own = ledger.accounts_of(commitment.line.fund_id, commitment.line_id)
    words: dict[str, Any] = {"kind": Entry.Kind.NET, "memo": commitment.reference, "by": by, "at": now}
    moves = [Move(own[Kind.PAYABLE], own[Kind.PAID], total)]
    ledger.post(f"settlement:{settlement.pk}/net", transfers=moves, commitment=commitment, **words)
    for claim, share in shares:
        there = ledger.accounts_of(commitment.line.fund_id, claim.line_id)
        moves, advanced = [Move(there[Kind.PAID], there[Kind.AVAILABLE], share)], claim.advance.commitment
        key = f"claim:{claim.pk}/net:{settlement.pk}"
        entry, _is_new = ledger.post(key, transfers=moves, commitment=advanced, **words)
        Claim.objects.filter(pk=claim.pk).update(netted=F("netted") + share)
        _write(claim, "set_off", share, settlement=settlement, entry=entry, by=by, now=now)
    return total


def _asked_back() -> QuerySet[Payout, Any]:
    """Return the advances that Stripe was asked to take back, and of which it has not said yet how that ended."""
    return Payout.objects.filter(stripe__undo_asked_at__isnull=False).values("settlement")


@retried
def repay(
    claim: Claim,
    amount: int,
    *,
    received_on: date,
    document: str,
    file: "File[bytes]",
    by: Acting,
    now: datetime,
    key: str,
) -> Claim:
    """Enter what a provider paid back, on which day, with the document that proves it. The same key twice is one.

    Raises:
        ClaimSmaller: it is more than is owed.
        NotRepaidYet: the day is still to come, the advance has not arrived yet, or Stripe is taking it back.
        outside.DocumentEntered: another form entered it from that document.
        OwnMoney, PersonNeeded: somebody else has to do it.
        ledger.KeyReused, ledger.PeriodClosed: as for every entry.
    """
    with transaction.atomic():
        line = lock(BudgetLine, claim.line_id)
        lock(Claim, claim.pk)
        claim = Claim.objects.with_advance().get(pk=claim.pk)
        is_new = not Entry.objects.filter(key=key).exists()
        if is_new:
            _require_owed(claim, amount, received_on, now)
        require_another(by, claim.provider, today(now))
        repaid = Entry.objects.filter(kind=Entry.Kind.REPAY, claims__claim=claim)
        outside.require_new_slip(repaid, document, key=key)
        held = ledger.accounts_of(line.fund_id, line.pk)
        entry, _is_new = ledger.post(
            key,
            kind=Entry.Kind.REPAY,
            transfers=[Move(held[Kind.PAID], held[Kind.AVAILABLE], amount)],
            memo=document,
            by=by,
            at=now,
            commitment=claim.advance.commitment,
        )
        if is_new:
            EntryFile.objects.create(entry=entry, file=file)
            Claim.objects.filter(pk=claim.pk).update(repaid=F("repaid") + amount)
            _write(claim, "repay", amount, entry=entry, happened_on=received_on, note=document, by=by, now=now)
    claim.refresh_from_db()
    return claim


def _require_owed(claim: Claim, amount: int, received_on: date, now: datetime) -> None:
    if amount > claim.open:
        words = {"amount": format_money(claim.open, claim.line.fund.currency)}
        raise ClaimSmaller(_("Only %(amount)s is owed. Look at the slip again.") % words, field="amount")
    if received_on > today(now):
        raise NotRepaidYet(_("That day is still to come."), field="received_on")
    if claim.advance.status != Status.PAID:
        raise NotRepaidYet(_("The advance has not arrived yet. Confirm its transfer first."))
    if _asked_back().filter(settlement=claim.advance).exists():
        raise NotRepaidYet(_("Stripe was asked to take this advance back. Wait until it has said how that ended."))


def drop_for(advance: Settlement, *, by: Acting, now: datetime, reason: str = "") -> None:
    """Let a claim go whose advance came back, or never arrived: what was owed is available again.

    What the order was worth of the advance stays payable.

    Raises:
        LeftAlready: the bank says that it left, and not that it came back.
    """
    claim = Claim.objects.filter(advance=advance).first()
    if claim is None or not claim.open:
        return
    slips.require_advance_not_left(advance)
    lock(Claim, claim.pk)
    commitment, amount = advance.commitment, claim.open
    held = ledger.accounts_of(commitment.line.fund_id, commitment.line_id)
    entry, _is_new = ledger.post(
        f"claim:{claim.pk}/drop",
        kind=Entry.Kind.DROP,
        transfers=[Move(held[Kind.PAYABLE], held[Kind.AVAILABLE], amount)],
        memo=commitment.reference,
        by=by,
        at=now,
        commitment=commitment,
    )
    Claim.objects.filter(pk=claim.pk).update(dropped=F("dropped") + amount)
    _write(claim, "drop_claim", amount, entry=entry, by=by, now=now)
    advance.deducted += amount
    before = advance.status
    if not advance.due:
        after = advance.status = Status.ENDED
        verb = "end_advance"
        record(SettlementHistory, by, verb=verb, before=before, after=after, note=reason, settlement=advance, at=now)
    advance.save(update_fields=["deducted", "status"])


def is_touched(advance: Settlement) -> bool:
    """Tell whether a part of what is owed of an advance was set off or repaid. One query."""
    return Claim.objects.filter(advance=advance).exclude(netted=0, repaid=0).exists()


def require_untouched(advance: Settlement) -> None:
    """Refuse to book an advance as returned of which a part was set off or repaid already.

    Raises:
        StaleState: it was.
    """
    if is_touched(advance):
        raise StaleState(
            _("A part of this advance was set off or repaid already, so it cannot be booked as returned as well.")
        )


def _write(
    claim: Claim,
    verb: str,
    amount: int,
    *,
    by: Acting,
    now: datetime,
    settlement: Settlement | None = None,
    entry: Entry | None = None,
    happened_on: date | None = None,
    note: str = "",
) -> None:
    ClaimHistory.objects.create(
        claim=claim,
        verb=verb,
        amount=amount,
        settlement=settlement,
        entry=entry,
        happened_on=happened_on or today(now),
        note=note,
        at=now,
        **by.history(),
    )
