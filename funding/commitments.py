"""Reserve money for an order, under the lock of its budget line, and give it back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.inserting import insert
from core.locking import lock, retried
from core.money import format_money
from funding import advances, allowances, fund_rules, ledger
from funding.ledger import Kind, Move, Posting
from funding.lines import lock_line
from funding.models import BudgetLine, Commitment, Entry, FundHistory, FundRule
from organisations.acting import Acting, record
from organisations.models import Organisation


class BudgetShort(DomainError):
    """The line has less available than is wanted. ``short_by`` says by how much."""

    def __init__(self, line: BudgetLine, amount: int) -> None:
        """Tell what is missing, where, and whom to ask."""
        self.line = line
        self.short_by = amount - line.available
        currency = line.fund.currency
        super().__init__(
            _(
                "%(missing)s is missing: the budget line %(line)s has %(available)s available and %(amount)s is "
                "wanted. Ask the finance of %(league)s to allocate more, or choose another line."
            )
            % {
                "missing": format_money(self.short_by, currency),
                "line": line,
                "available": format_money(line.available, currency),
                "amount": format_money(amount, currency),
                "league": line.fund.league,
            }
        )


@retried
def reserve(
    line_id: int, amount: int, *, provider: Organisation, reference: str, by: Acting, now: datetime
) -> Commitment:
    """Commit money of a line for one order. Of two who race for the last yuan, one gets it.

    ``reference`` is the order's number; it is committed for once.

    Raises:
        BudgetShort: the line has not that much available.
        allowances.TermOver: what it has available goes back to the fund, and has not yet.
    """
    with transaction.atomic():
        line = lock_line(line_id)
        rule = fund_rules.in_force(line.fund_id, now)
        return reserve_on(line, amount, rule=rule, provider=provider, reference=reference, by=by, now=now)


def reserve_on(
    line: BudgetLine,
    amount: int,
    *,
    rule: FundRule | None,
    provider: Organisation,
    reference: str,
    by: Acting,
    now: datetime,
) -> Commitment:
    """Commit money as ``reserve`` does, where the caller has locked the line and knows the rule in force.

    Raises: as ``reserve``.
    """
    allowances.require_running(line, now)
    if line.available < amount:
        raise BudgetShort(line, amount)
    commitment = Commitment(
        line=line, provider=provider, reference=reference, amount=amount, fund_rule=rule, opened_at=now
    )
    insert(commitment)
    accounts = ledger.accounts_of(line.fund_id, line.pk)
    move = Move(accounts[Kind.AVAILABLE], accounts[Kind.COMMITTED], amount)
    posting = Posting(f"commitment:{commitment.pk}/reserve", [move], reference, commitment)
    history = FundHistory(verb="reserve", fund=line.fund, line=line, commitment=commitment, at=now, **by.history())
    ledger.post_held(posting, kind=Entry.Kind.RESERVE, by=by, at=now, beside=history)
    return commitment


def lock_with_line(commitment_id: int) -> Commitment:
    """Return a commitment as it is now, with its line, both rows locked: the line first, as everywhere.

    A commitment that was carried over while this waited is looked for on its new line.
    """
    while True:
        line_id = Commitment.objects.values_list("line_id", flat=True).get(pk=commitment_id)
        lock(BudgetLine, line_id)
        lock(Commitment, commitment_id)
        commitment = Commitment.objects.with_line().get(pk=commitment_id)
        if commitment.line_id == line_id:
            return commitment


@retried
def void(commitment: Commitment, *, by: Acting, now: datetime, reason: str) -> Commitment:
    """Give the whole commitment back to its line, and claim what was advanced of it. Twice changes nothing.

    Raises:
        StaleState: it was settled.
    """
    with transaction.atomic():
        commitment = lock_with_line(commitment.pk)
        line = commitment.line
        if not commitment.is_open:
            if commitment.posted:
                raise StaleState(_("This commitment is settled already."))
            return commitment
        advances.close(commitment, 0, by=by, now=now)
        left = commitment.amount - commitment.advanced
        accounts = ledger.accounts_of(line.fund_id, line.pk)
        ledger.post(
            f"commitment:{commitment.pk}/void",
            kind=Entry.Kind.VOID,
            transfers=[Move(accounts[Kind.COMMITTED], accounts[Kind.AVAILABLE], left)],
            memo=commitment.reference,
            by=by,
            at=now,
            commitment=commitment,
        )
        _close(commitment, posted=0, now=now)
        record(FundHistory, by, verb="void", note=reason, fund=line.fund, line=line, commitment=commitment, at=now)
    return commitment


def close_with(commitment: Commitment, amount: int, *, by: Acting, now: datetime) -> None:
    """Make an amount of an open commitment payable, less what was advanced, release the rest to the line, and close it.

    The caller holds the line's lock.
    """
    accounts = ledger.accounts_of(commitment.line.fund_id, commitment.line_id)
    parts = {
        Kind.PAYABLE: amount - commitment.advanced,
        Kind.AVAILABLE: commitment.amount - max(amount, commitment.advanced),
    }
    moves = [Move(accounts[Kind.COMMITTED], accounts[kind], part) for kind, part in parts.items() if part > 0]
    ledger.post(
        f"commitment:{commitment.pk}/settle",
        kind=Entry.Kind.SETTLE,
        transfers=moves,
        memo=commitment.reference,
        by=by,
        at=now,
        commitment=commitment,
    )
    _close(commitment, posted=amount, now=now)


def _close(commitment: Commitment, *, posted: int, now: datetime) -> None:
    commitment.status = Commitment.Status.CLOSED
    commitment.posted = posted
    commitment.closed_at = now
    commitment.save(update_fields=["status", "posted", "closed_at"])
