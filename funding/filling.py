"""Preparing the transfers of a batch, some hundred settlements at a time.

What ``payouts.queue`` asks of one settlement is asked here of many with a handful of queries; a settlement that cannot
be paid does not stop the others, but says so in its row.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from core.locking import lock_all, retried
from core.time import today
from funding import slips
from funding.models import BatchRow, BudgetLine, PayeeAccount, Payout, PayoutBatch, PayoutHistory, Settlement
from funding.policies import own_of
from organisations.acting import Acting

PORTION = 500
Problem = BatchRow.Problem


@dataclass
class _Known:
    """What was looked up for a portion."""

    settlements: dict[int, Settlement]
    alive: set[int]
    accounts: dict[int, PayeeAccount]
    own: set[int]
    left: set[int]
    counts: Counter[int] = field(default_factory=Counter)
    last: dict[int, int] = field(default_factory=dict)


@retried
def fill_some(batch: PayoutBatch, *, by: Acting, now: datetime) -> int:
    """Prepare the next portion that nobody else works on just now. Return the number of rows that were decided."""
    with transaction.atomic():
        free = batch.rows.waiting().select_for_update(skip_locked=True, of=("self",))
        rows = list(free.order_by("position")[:PORTION])
        if not rows:
            return 0
        known = _look_up(rows, by, now)
        problems = {row.pk: _problem(row, batch, known) for row in rows}
        for problem in set(problems.values()) - {""}:
            BatchRow.objects.filter(pk__in=[pk for pk, why in problems.items() if why == problem]).update(
                problem=problem
            )
        _make([row for row in rows if not problems[row.pk]], batch, known, by, now)
    return len(rows)


def _look_up(rows: Sequence[BatchRow], by: Acting, now: datetime) -> _Known:
    """Lock the lines that guard the settlements, then read what decides. Seven queries, however many rows."""
    pks = [row.settlement_id for row in rows]
    chosen = Settlement.objects.filter(pk__in=pks)
    lock_all(BudgetLine, chosen.values_list("commitment__line_id", flat=True))
    settlements = {one.pk: one for one in chosen.with_commitment().with_invoices()}
    providers = {one.commitment.provider_id for one in settlements.values()}
    known = _Known(
        settlements=settlements,
        alive=set(Payout.objects.alive().filter(settlement__in=pks).values_list("settlement_id", flat=True)),
        accounts=PayeeAccount.objects.newest(providers),
        own=own_of(by, providers, today(now)),
        left=slips.left_for(pks),
    )
    for settlement_id, pk in (
        Payout.objects.filter(settlement__in=pks).order_by("pk").values_list("settlement_id", "pk")
    ):
        known.counts[settlement_id] += 1
        known.last[settlement_id] = pk
    return known


def _problem(row: BatchRow, batch: PayoutBatch, known: _Known) -> str:
    """Return why a settlement cannot be paid with this batch; nothing if it can."""
    settlement = known.settlements[row.settlement_id]
    commitment = settlement.commitment
    account = known.accounts.get(commitment.provider_id)
    reasons = (
        (row.settlement_id in known.alive, Problem.UNDER_WAY),
        (settlement.status != Settlement.Status.APPROVED, Problem.NOT_APPROVED),
        (row.settlement_id in known.left, Problem.LEFT),
        (commitment.provider_id in known.own, Problem.OWN_MONEY),
        (commitment.line.fund.currency != batch.currency, Problem.CURRENCY),
        (not settlement.is_invoiced, Problem.INVOICE),
        (account is None, Problem.NO_ACCOUNT),
        (account is not None and account.set_at > batch.made_at, Problem.TOO_NEW),
        (account is not None and account.confirmed_at is None, Problem.UNCONFIRMED),
        (account is not None and account.holder != commitment.provider.name, Problem.NAME_DIFFERS),
    )
    return next((problem for applies, problem in reasons if applies), "")


def _make(rows: Sequence[BatchRow], batch: PayoutBatch, known: _Known, by: Acting, now: datetime) -> None:
    """Write the transfers with their history, and tie each to its row."""
    payouts = Payout.objects.bulk_create(
        _payout(known.settlements[row.settlement_id], batch, known, by, now) for row in rows
    )
    PayoutHistory.objects.bulk_create(
        PayoutHistory(
            payout=payout, verb="queue", after=Payout.Status.QUEUED, note=batch.number, at=now, **by.history()
        )
        for payout in payouts
    )
    own = Payout.objects.alive().filter(settlement=OuterRef("settlement"))
    BatchRow.objects.filter(pk__in=[row.pk for row in rows]).update(payout=Subquery(own.values("pk")[:1]))


def _payout(settlement: Settlement, batch: PayoutBatch, known: _Known, by: Acting, now: datetime) -> Payout:
    commitment = settlement.commitment
    return Payout(
        settlement=settlement,
        amount=settlement.due,
        currency=commitment.line.fund.currency,
        reference=settlement.payout_reference(known.counts[settlement.pk] + 1),
        account=known.accounts[commitment.provider_id],
        payer_id=batch.payer_id,
        made_by=by.user,
        queued_at=now,
        replaces_id=known.last.get(settlement.pk),
    )
