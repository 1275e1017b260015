"""The end of a year: open commitments go on to the successor of their line, with their amount, in one entry."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock_all, retried
from funding import ledger
from funding.ledger import Kind, Move
from funding.models import BudgetLine, CarriedCommitment, Commitment, Entry, Fund, FundHistory
from funding.signals import commitments_carried
from organisations.acting import Acting, record


class NoSuccessor(DomainError):
    """The other line cannot go on paying for what is open on this one."""


class NothingOpen(DomainError):
    """There is nothing to carry over."""


def is_successor(line: BudgetLine, target: BudgetLine) -> bool:
    """Tell whether a line may go on paying for another's open commitments.

    It is another one of the same League and currency, covers the same region and theme, and its fund ends no sooner.
    """
    return (
        target.pk != line.pk
        and target.fund.league_id == line.fund.league_id
        and target.fund.currency == line.fund.currency
        and target.fund.ends_on >= line.fund.ends_on
        and line.region.is_within(target.region)
        and target.theme_slug in {"", line.theme_slug}
    )


def successors(line: BudgetLine) -> list[BudgetLine]:
    """Return the lines that may go on paying for a line's open commitments, the nearest first. One query."""
    rows = BudgetLine.objects.with_fund().filter(
        fund__league=line.fund.league_id, fund__currency=line.fund.currency, region__in=line.region.lineage_codes
    )
    rows = rows.order_by("-fund__starts_on", "-region__lineage", "-theme_slug", "pk")
    return [row for row in rows if is_successor(line, row)]


@retried
def carry_over(line: BudgetLine, target: BudgetLine, *, by: Acting, now: datetime, key: str) -> Entry:
    """Move every open commitment of a line to its successor in one entry. The same key twice carries once.

    An order with an advance stays where that was paid. Between two funds the money leaves the one and arrives in the
    other, so that the equation of each holds.

    Raises:
        NoSuccessor: the other line cannot pay for them.
        NothingOpen: no commitment is open on the line.
        PeriodClosed: the books of one of the funds are closed for today.
        KeyReused: the key stands for another line.
    """
    with transaction.atomic():
        lock_all(Fund, {line.fund_id, target.fund_id})
        lock_all(BudgetLine, {line.pk, target.pk})
        known = Entry.objects.filter(key=key).first()
        if known is not None:
            _require_same(known, line, target)
            return known
        if not is_successor(line, target):
            raise NoSuccessor(
                _("%(target)s cannot go on paying for %(line)s. Choose a line of its area and theme that ends later.")
                % {"target": target, "line": line},
                field="target",
            )
        opened = Commitment.objects.open().filter(line=line, advanced=0).order_by("pk").values_list("pk", flat=True)
        found = lock_all(Commitment, list(opened))
        if not found:
            raise NothingOpen(_("No commitment is open on this line, or each of them has an advance and stays here."))
        total = sum(commitment.amount for commitment in found)
        entry, _is_new = ledger.post(
            key,
            kind=Entry.Kind.CARRY_OVER,
            transfers=_moves(line, target, total),
            memo=f"line:{line.pk} → line:{target.pk}",
            by=by,
            at=now,
        )
        _carry(entry, found, line, target, by=by, now=now)
    return entry


def _require_same(entry: Entry, line: BudgetLine, target: BudgetLine) -> None:
    if not entry.carried.filter(source=line, target=target).exists():
        sentence = _("This form was booked already for other lines. Open the page anew to carry over more.")
        raise ledger.KeyReused(sentence)


def _moves(line: BudgetLine, target: BudgetLine, amount: int) -> list[Move]:
    here, there = (ledger.accounts_of(one.fund_id, one.pk) for one in (line, target))
    if line.fund_id == target.fund_id:
        return [Move(here[Kind.COMMITTED], there[Kind.COMMITTED], amount)]
    return [
        Move(here[Kind.COMMITTED], here[Kind.OUTSIDE], amount),
        Move(there[Kind.OUTSIDE], there[Kind.COMMITTED], amount),
    ]


def _carry(
    entry: Entry, found: Sequence[Commitment], line: BudgetLine, target: BudgetLine, *, by: Acting, now: datetime
) -> None:
    """Point the commitments at their new line, write down where each came from, and tell the rooms above."""
    Commitment.objects.filter(pk__in=[commitment.pk for commitment in found]).update(line=target)
    CarriedCommitment.objects.bulk_create(
        CarriedCommitment(entry=entry, commitment=one, source=line, target=target, amount=one.amount) for one in found
    )
    before, after = f"line:{line.pk}", f"line:{target.pk}"

    def note(one: BudgetLine, words: str = "", commitment: Commitment | None = None) -> None:
        about = {"fund": one.fund, "line": one, "commitment": commitment}
        record(FundHistory, by, verb="carry_over", before=before, after=after, note=words, at=now, **about)

    for commitment in found:
        note(target, commitment=commitment)
    for one in (line, target):
        note(one, f"{line} → {target}")
    commitments_carried.send(Commitment, commitments=[commitment.pk for commitment in found], line=target)
