"""Approving all settlements that wait, some hundred in one transaction.

What ``settlements.approve`` asks of one settlement is asked here of many with a handful of queries. Advances, orders
with one, and providers that owe the fund something are left to it: those are looked at one by one. A process that is
killed in between loses the portion that it had not committed; whoever calls ``go_on`` next goes on with it.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery
from django.utils.translation import gettext as _

from core.errors import SentByAnother
from core.locking import hold_all, lock, lock_all, retried
from core.time import today
from funding import fund_rules, ledger, messages
from funding.ledger import Move, Posting
from funding.models import (
    Account,
    ApprovalRun,
    BudgetLine,
    Claim,
    Commitment,
    Entry,
    Settlement,
    SettlementHistory,
    SettlementRule,
)
from funding.policies import PersonNeeded, own_of
from organisations.acting import Acting

PORTION = 500
# What is asked of each settlement and its commitment: reading all of them is most of what it costs.
_OF_COMMITMENT = ("provider", "line", "reference", "amount", "status")
_ASKED = ("kind", "status", "amount", "rule", *(f"commitment__{name}" for name in _OF_COMMITMENT))
Kind, Status = Account.Kind, Settlement.Status


def begin(*, by: Acting, submission_id: uuid.UUID, now: datetime) -> ApprovalRun:
    """Write down that a person approves what waits at their League now. A double click begins once.

    Raises:
        PersonNeeded: no person is acting for a League.
        SentByAnother: somebody else used the submission's number.
    """
    if by.user is None or by.organisation is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    waiting = Settlement.objects.visible_to(by).filter(status=Status.PROPOSED)
    run, _is_new = ApprovalRun.objects.get_or_create(
        submission_id=submission_id,
        defaults={
            "league": by.organisation,
            "made_by": by.user,
            "made_at": now,
            "last": waiting.aggregate(n=Max("pk"))["n"] or 0,
        },
    )
    if (run.made_by_id, run.league_id) != (by.user.pk, by.organisation.pk):
        raise SentByAnother
    return run


def go_on(run: ApprovalRun, *, by: Acting, now: datetime, may_go_on: Callable[[], bool] = lambda: True) -> ApprovalRun:
    """Approve portion after portion until all is decided, or until ``may_go_on`` says that time is up."""
    while approve_some(run, by=by, now=now) and may_go_on():
        pass
    run.refresh_from_db()
    return run


@retried
def approve_some(run: ApprovalRun, *, by: Acting, now: datetime) -> int:
    """Approve the next portion. Return how many settlements were decided; none: the run is finished."""
    with transaction.atomic():
        run = lock(ApprovalRun, run.pk)
        if run.finished_at is not None:
            return 0
        waiting = Settlement.objects.filter(
            commitment__line__fund__league=run.league_id, status=Status.PROPOSED, pk__gt=run.reached, pk__lte=run.last
        )
        places = list(waiting.order_by("pk").values_list("pk", "commitment_id", "commitment__line_id")[:PORTION])
        if places:
            fit = _lock(places, by, now)
            _approve(fit, run, by, now)
            run.reached = places[-1][0]
            run.approved += len(fit)
            run.passed_over += len(places) - len(fit)
        else:
            run.finished_at = now
            messages.settlements_approved(run, now=now)
        run.save(update_fields=["reached", "approved", "passed_over", "finished_at"])
    return len(places)


def _lock(places: Sequence[tuple[int, int, int]], by: Acting, now: datetime) -> list[Settlement]:
    """Lock lines and commitments in their order, and return the settlements that the person may approve now.

    One that changed before it was locked, or whose commitment was carried to another line, is passed over; so is what
    ``settlements.approve`` would refuse this person, or reckon with an advance or a claim.
    """
    fund_of = {line.pk: line.fund_id for line in lock_all(BudgetLine, {line for _pk, _commitment, line in places})}
    hold_all(Commitment, [commitment for _pk, commitment, _line in places])
    found = Settlement.objects.filter(pk__in=[pk for pk, _commitment, _line in places]).only(*_ASKED)
    found = found.select_related("commitment").order_by("pk")
    rows = [row for row in found if row.commitment.line_id in fund_of and _is_plain(row)]
    refused = own_of(by, {row.commitment.provider_id for row in rows}, today(now))
    owing, advanced, made = _owing(rows), _advanced(rows), _made_by(by, rows)
    of_funds = fund_rules.in_force_for(fund_of.values(), now)
    of_city = SettlementRule.objects.in_bulk({row.rule_id for row in rows})
    fit = []
    for row in rows:
        provider, fund_id = row.commitment.provider_id, fund_of[row.commitment.line_id]
        row.fund_rule = of_funds.get(fund_id)
        limit = fund_rules.checker_above(row.fund_rule, of_city[row.rule_id])
        is_held = provider in refused or (provider, fund_id) in owing or row.commitment_id in advanced
        if not is_held and (row.amount <= limit or row.pk not in made):
            fit.append(row)
    return fit


def _is_plain(row: Settlement) -> bool:
    return row.kind == Settlement.Kind.SETTLEMENT and row.status == Status.PROPOSED and row.commitment.is_open


def _owing(rows: Sequence[Settlement]) -> set[tuple[int, int]]:
    """Return which of the providers owe which fund something. One query."""
    found = Claim.objects.open().filter(provider__in={row.commitment.provider_id for row in rows})
    return set(found.values_list("provider_id", "line__fund_id"))


def _advanced(rows: Sequence[Settlement]) -> set[int]:
    """Return the commitments with an advance, asked for, approved or paid. One query."""
    asked = Settlement.objects.filter(
        commitment__in=[row.commitment_id for row in rows], kind=Settlement.Kind.ADVANCE
    ).exclude(status=Status.ENDED)
    return set(asked.values_list("commitment_id", flat=True))


def _made_by(by: Acting, rows: Sequence[Settlement]) -> set[int]:
    """Return the settlements of which the person said what the order is worth. One query."""
    made = SettlementHistory.objects.filter(settlement__in=rows, verb__in=["propose", "ask"], actor=by.user)
    return set(made.values_list("settlement_id", flat=True))


def _approve(rows: Sequence[Settlement], run: ApprovalRun, by: Acting, now: datetime) -> None:
    """Book the amounts, close the commitments, and write status and history. A few queries, however many rows."""
    accounts: dict[tuple[int | None, str], Account] = {
        (account.line_id, account.kind): account
        for account in Account.objects.filter(line__in={row.commitment.line_id for row in rows})
    }
    ledger.post_new([_posting(row, accounts) for row in rows], kind=Entry.Kind.SETTLE, by=by, at=now)
    whole = [row.commitment_id for row in rows if row.amount == row.commitment.amount]
    in_part = [row.commitment_id for row in rows if row.amount < row.commitment.amount]
    worth = Settlement.objects.filter(commitment=OuterRef("pk"), kind=Settlement.Kind.SETTLEMENT)
    for some, posted in ((whole, F("amount")), (in_part, Subquery(worth.values("amount")[:1]))):
        if some:
            closed = {"status": Commitment.Status.CLOSED, "posted": posted, "closed_at": now}
            Commitment.objects.filter(pk__in=some).update(**closed)
    for rule in {row.fund_rule for row in rows}:
        Settlement.objects.filter(pk__in=[row.pk for row in rows if row.fund_rule == rule]).update(
            status=Status.APPROVED, approved_at=now, approved_by=by.user, fund_rule=rule
        )
    SettlementHistory.objects.bulk_create(
        [
            SettlementHistory(
                settlement_id=row.pk,
                verb="approve",
                before=Status.PROPOSED,
                after=Status.APPROVED,
                note=run.number,
                at=now,
                **by.history(),
            )
            for row in rows
        ]
    )


def _posting(row: Settlement, accounts: dict[tuple[int | None, str], Account]) -> Posting:
    commitment = row.commitment
    committed = accounts[commitment.line_id, Kind.COMMITTED]
    moves = [Move(committed, accounts[commitment.line_id, Kind.PAYABLE], row.amount)]
    if row.amount < commitment.amount:
        rest = commitment.amount - row.amount
        moves.append(Move(committed, accounts[commitment.line_id, Kind.AVAILABLE], rest))
    return Posting(f"commitment:{commitment.pk}/settle", moves, commitment.reference, commitment)
