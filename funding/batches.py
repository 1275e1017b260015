"""Bank transfers by the file: chosen and prepared by one person, checked by another, handed to the bank together.

The rows of a batch are written first and their transfers made in portions, each in a transaction of its own: whoever
kills the process in between finds the rest waiting, and ``fill`` goes on with it.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother, StaleState
from core.locking import hold_all, lock, retried
from core.money import format_money
from core.time import today
from funding import bank_files, fund_rules, messages, payers, queries, slips
from funding.filling import fill_some
from funding.models import (
    BatchRow,
    FundRule,
    PayeeAccount,
    PayerAccount,
    Payout,
    PayoutBatch,
    PayoutBatchHistory,
    PayoutHistory,
    Settlement,
)
from funding.policies import OwnMoney, PersonNeeded, SecondPersonNeeded, own_of
from organisations.acting import Acting, record
from organisations.meanwhile import with_who

Status = PayoutBatch.Status
TRANSITIONS: dict[str, frozenset[str]] = {
    Status.OPEN: frozenset({Status.CHECKED}),
    Status.CHECKED: frozenset({Status.SENT}),
    Status.SENT: frozenset(),
}
_NAMED = 3


class NothingChosen(DomainError):
    """A batch without a settlement."""


class BatchNotFit(DomainError):
    """An account changed since its transfer was prepared."""


def make(
    chosen: Iterable[int],
    *,
    everything: bool = False,
    payer: int | None = None,
    by: Acting,
    submission_id: uuid.UUID,
    now: datetime,
) -> PayoutBatch:
    """Write down which settlements one file shall pay, or that it is all that are ready. A double click makes one.

    ``payer`` is the id of the League's account from which it is paid; its only one need not be named.

    Raises:
        NothingChosen: there is none.
        PayerNeeded: the League's account is not confirmed yet, or none of several was chosen.
        PersonNeeded: no person is acting.
        SentByAnother: somebody else used the submission's number.
    """
    if by.user is None or by.organisation is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    waiting = queries.ready_to_pay(by) if everything else queries.to_pay(by).filter(pk__in=set(chosen))
    settlements = list(waiting)
    known = _known(submission_id, by)
    if known is not None:
        return known
    if not settlements:
        raise NothingChosen(_("Choose at least one settlement that waits for its transfer."))
    account = payers.account_for(by.organisation, payer)
    try:
        return _create(settlements, account, by, submission_id, now)
    except IntegrityError:
        known = _known(submission_id, by)
        if known is None:
            raise
        return known


def _known(submission_id: uuid.UUID, by: Acting) -> PayoutBatch | None:
    """Return what the person made with the submission's number before."""
    known = PayoutBatch.objects.filter(submission_id=submission_id).first()
    if known is not None and known.made_by != by.user:
        raise SentByAnother
    return known


def _create(
    settlements: Sequence[Settlement],
    payer: PayerAccount | None,
    by: Acting,
    submission_id: uuid.UUID,
    now: datetime,
) -> PayoutBatch:
    assert by.user is not None  # make() asked for both
    assert by.organisation is not None
    with transaction.atomic():
        batch = PayoutBatch.objects.create(
            league=by.organisation,
            payer=payer,
            currency=settlements[0].commitment.line.fund.currency,
            made_by=by.user,
            made_at=now,
            submission_id=submission_id,
        )
        BatchRow.objects.bulk_create(
            [
                BatchRow(batch=batch, settlement=settlement, position=position)
                for position, settlement in enumerate(settlements, 1)
            ],
            batch_size=500,
        )
        record(PayoutBatchHistory, by, verb="make", after=Status.OPEN, batch=batch, at=now)
    return batch


def fill(batch: PayoutBatch, *, by: Acting, now: datetime) -> PayoutBatch:
    """Prepare the transfers that are still missing, in portions; a row that cannot be paid says why and is left out.

    Raises:
        PersonNeeded: no person is acting.
    """
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    while fill_some(batch, by=by, now=now):
        pass
    if not batch.rows.waiting().exists():
        PayoutBatch.objects.unfilled().filter(pk=batch.pk).update(filled_at=now)
    batch.refresh_from_db()
    return batch


@retried
def check(batch: PayoutBatch, *, by: Acting, now: datetime) -> PayoutBatch:
    """Confirm, as a second person where the sum asks for one, that payees, accounts and amounts are right.

    Raises:
        SecondPersonNeeded: the person prepared a transfer of it, and the sum is above the rule's amount.
        OwnMoney, PersonNeeded: somebody else has to do it.
        BatchNotFit, PayerChanged: an account changed since.
        StaleState: it is not prepared yet, or nothing is left to send.
    """
    with transaction.atomic():
        batch = lock(PayoutBatch, batch.pk)
        if Status.CHECKED not in TRANSITIONS[batch.status]:
            return batch
        if batch.filled_at is None:
            raise StaleState(_("This batch is still being prepared. Continue, and check it when all rows are there."))
        payouts = _to_send(batch)
        _require_second_person(payouts, by, _rules(payouts, now))
        _require_nobodys_own(payouts, by, now)
        payers.require_payer(batch.payer, batch.league_id)
        _require_fit(payouts)
        batch.status, batch.checked_by, batch.checked_at = Status.CHECKED, by.user, now
        batch.save(update_fields=["status", "checked_by", "checked_at"])
        record(PayoutBatchHistory, by, verb="check", before=Status.OPEN, after=Status.CHECKED, batch=batch, at=now)
    return batch


@retried
def send(batch: PayoutBatch, *, by: Acting, now: datetime) -> PayoutBatch:
    """Release a checked batch: its transfers are sent, and from now on its file can be taken. Twice happens once.

    Raises:
        OwnMoney, PersonNeeded: somebody else has to do it.
        BatchNotFit, PayerChanged: an account changed since it was checked.
        LeftAlready: the bank says meanwhile that an earlier transfer of one of them left, and not that it came back.
        StaleState: it was not checked, or nothing is left to send.
    """
    with transaction.atomic():
        batch = lock(PayoutBatch, batch.pk)
        if batch.status == Status.SENT:
            return batch
        if Status.SENT not in TRANSITIONS[batch.status]:
            raise StaleState(with_who(_("This batch has not been checked yet."), batch.history.all(), by))
        payouts = _to_send(batch, locked=True)
        checker = Acting(user=batch.checked_by, organisation=batch.league)
        known = _rules(payouts, now)
        _require_second_person(payouts, checker, known)
        for person in (checker, by):
            _require_nobodys_own(payouts, person, now)
        payers.require_payer(batch.payer, batch.league_id)
        _require_fit(payouts)
        slips.require_not_left(payout.settlement_id for payout in payouts)
        _send_all(payouts, batch, known, by, now)
        batch.file_digest = bank_files.digest(batch)
        batch.status, batch.sent_by, batch.sent_at = Status.SENT, by.user, now
        batch.save(update_fields=["status", "sent_by", "sent_at", "file_digest"])
        record(PayoutBatchHistory, by, verb="release", before=Status.CHECKED, after=Status.SENT, batch=batch, at=now)
        messages.batch_sent(batch, payouts, now=now)
    return batch


@retried
def take_file(batch: PayoutBatch, kind: str, *, by: Acting, now: datetime) -> bytes:
    """Return the file for the bank, and write down who took it. ``kind`` is one of ``bank_files.KINDS``.

    Raises:
        StaleState: the batch was not sent yet, and its rows may still change; or nobody took it before one of its
            transfers failed or came back.
    """
    if batch.status != Status.SENT:
        raise StaleState(_("The file exists once the batch is checked and released to the bank."))
    with transaction.atomic():
        batch = lock(PayoutBatch, batch.pk)
        _require_all_to_pay(batch)
        content = bank_files.content(batch, kind)
        record(PayoutBatchHistory, by, verb="download", note=kind, batch=batch, at=now)
    return content


def _require_all_to_pay(batch: PayoutBatch) -> None:
    """Let no file out late that would pay what ended before: it may be prepared anew. Once out, it stays the same."""
    if batch.history.filter(verb="download").exists():
        return
    hold_all(Payout, batch.rows.in_file().values_list("payout", flat=True))
    over = batch.rows.in_file().filter(payout__status__in=[Payout.Status.FAILED, Payout.Status.RETURNED])
    references = list(over.order_by("position").values_list("payout__reference", flat=True))
    if references:
        words = {"references": ", ".join(references[:_NAMED]), "n": len(references)}
        raise StaleState(
            _(
                "Nobody took this file before %(references)s (%(n)d in all) failed or came back, and it would still "
                "pay that. Note its other transfers as failed too, and prepare what is to be paid in a new batch."
            )
            % words
        )


def _to_send(batch: PayoutBatch, *, locked: bool = False) -> list[Payout]:
    """Return the transfers that wait to be sent, in the order of the batch, with what is asked of them."""
    rows = Payout.objects.filter(batch_row__batch=batch, status=Payout.Status.QUEUED)
    if locked:  # in ascending order, so that two who lock cannot wait for each other
        list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    joined = rows.select_related(
        "settlement__commitment__provider", "settlement__commitment__line", "settlement__rule", "account"
    )
    found = list(joined.order_by("batch_row__position"))
    if not found:
        raise StaleState(_("No transfer of this batch waits to be sent. Make a new batch."))
    return found


def _rules(payouts: Sequence[Payout], now: datetime) -> dict[int, FundRule]:
    """Return the rules in force of the funds that pay. One query."""
    return fund_rules.in_force_for((payout.settlement.commitment.line.fund_id for payout in payouts), now)


def _require_second_person(payouts: Sequence[Payout], by: Acting, known: dict[int, FundRule]) -> None:
    limit = min(
        fund_rules.checker_above(known.get(payout.settlement.commitment.line.fund_id), payout.settlement.rule)
        for payout in payouts
    )
    makers = {payout.made_by_id for payout in payouts}
    if sum(payout.amount for payout in payouts) > limit and (by.user is None or by.user.pk in makers):
        raise SecondPersonNeeded(
            _("You prepared this batch. Above %(amount)s somebody else has to check it.")
            % {"amount": format_money(limit, payouts[0].currency)}
        )


def _require_nobodys_own(payouts: Sequence[Payout], by: Acting, now: datetime) -> None:
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    providers = {payout.settlement.commitment.provider_id: payout.settlement.commitment.provider for payout in payouts}
    own = own_of(by, providers, today(now))
    if own:
        words = {"person": by.user, "organisation": providers[min(own)]}
        raise OwnMoney(_("%(person)s is a member of %(organisation)s. Take its transfers out, or ask others.") % words)


def _require_fit(payouts: Sequence[Payout]) -> None:
    """Let no money go to an account that was replaced, or is held in another name than the organisation's by now."""
    newest = PayeeAccount.objects.newest({payout.settlement.commitment.provider_id for payout in payouts})
    unfit = [payout for payout in payouts if not is_fit(payout, newest)]
    if unfit:
        words = {"references": ", ".join(payout.reference for payout in unfit[:_NAMED]), "n": len(unfit)}
        raise BatchNotFit(
            _("The bank account changed since: %(references)s (%(n)d in all). Take them out of the batch first.")
            % words
        )


def is_fit(payout: Payout, newest: dict[int, PayeeAccount]) -> bool:
    """Tell whether a transfer's account is still the provider's newest, confirmed, and in the provider's name."""
    provider, account = payout.settlement.commitment.provider, newest.get(payout.settlement.commitment.provider_id)
    return (
        account is not None
        and account == payout.account
        and account.confirmed_at is not None
        and account.holder == provider.name
    )


def _send_all(
    payouts: Sequence[Payout], batch: PayoutBatch, known: dict[int, FundRule], by: Acting, now: datetime
) -> None:
    """Mark the transfers as sent in one statement, with a history row for each."""
    waiting = Payout.objects.filter(batch_row__batch=batch, status=Payout.Status.QUEUED)
    for fund_id, rule in known.items():
        waiting.filter(settlement__commitment__line__fund=fund_id).update(fund_rule=rule)
    waiting.update(status=Payout.Status.SENT, checked_by=batch.checked_by, sent_at=now)
    PayoutHistory.objects.bulk_create(
        [
            PayoutHistory(
                payout=payout,
                verb="send",
                before=Payout.Status.QUEUED,
                after=Payout.Status.SENT,
                note=batch.number,
                at=now,
                **by.history(),
            )
            for payout in payouts
        ],
        batch_size=500,
    )
