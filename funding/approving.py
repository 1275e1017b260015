"""Approving all settlements that wait, some hundred in one transaction.

What ``settlements.approve`` asks of one settlement is asked here of many with a handful of queries. A process that is
killed in between loses the portion that it had not committed; whoever calls ``go_on`` next goes on with it.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils.translation import gettext as _

from core.errors import SentByAnother
from core.locking import lock, lock_all, retried
from core.time import today
from funding import ledger, messages
from funding.ledger import Move, Posting
from funding.models import Account, ApprovalRun, BudgetLine, Commitment, Entry, Settlement, SettlementHistory
from funding.policies import PersonNeeded, own_of
from organisations.acting import Acting

PORTION = 500
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

    One that changed before it was locked, or whose commitment was carried to another line, is passed over.
    """
    lines = {line for _pk, _commitment, line in places}
    lock_all(BudgetLine, lines)
    lock_all(Commitment, [commitment for _pk, commitment, _line in places])
    found = Settlement.objects.filter(pk__in=[pk for pk, _commitment, _line in places]).with_commitment()
    rows = list(found.order_by("pk"))
    own = own_of(by, {row.commitment.provider_id for row in rows}, today(now))
    return [
        row
        for row in rows
        if row.status == Status.PROPOSED
        and row.commitment.is_open
        and row.commitment.line_id in lines
        and row.commitment.provider_id not in own
    ]


def _approve(rows: Sequence[Settlement], run: ApprovalRun, by: Acting, now: datetime) -> None:
    """Book the amounts, close the commitments, and write status and history. Seven queries, however many rows."""
    accounts: dict[tuple[int | None, str], Account] = {
        (account.line_id, account.kind): account
        for account in Account.objects.filter(line__in={row.commitment.line_id for row in rows})
    }
    ledger.post_new([_posting(row, accounts) for row in rows], kind=Entry.Kind.SETTLE, by=by, at=now)
    pks = [row.pk for row in rows]
    amount = Settlement.objects.filter(commitment=OuterRef("pk")).values("amount")[:1]
    Commitment.objects.filter(pk__in=[row.commitment_id for row in rows]).update(
        status=Commitment.Status.CLOSED, posted=Subquery(amount), closed_at=now
    )
    Settlement.objects.filter(pk__in=pks).update(status=Status.APPROVED, approved_at=now, approved_by=by.user)
    SettlementHistory.objects.bulk_create(
        [
            SettlementHistory(
                settlement_id=pk,
                verb="approve",
                before=Status.PROPOSED,
                after=Status.APPROVED,
                note=run.number,
                at=now,
                **by.history(),
            )
            for pk in pks
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
