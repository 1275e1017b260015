"""The one place where money moves: an entry with its transfers, and the balances in the same transaction."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, CharField, DateField, DateTimeField, F, QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.inserting import insert
from core.locking import demand_transaction, hold_all
from core.prepared import Prepared, PreparedUpdate
from core.time import today
from funding.models import Account, BudgetLine, Commitment, Entry, Fund, FundHistory, Payout, Period, Transfer
from organisations.acting import Acting

Kind = Account.Kind
LINE_KINDS = (Kind.AVAILABLE, Kind.COMMITTED, Kind.PAYABLE, Kind.PAID)
FUND_KINDS = (Kind.OUTSIDE, Kind.UNALLOCATED)
_PAYMENTS: dict[str, int] = {
    Entry.Kind.PAY: 1,
    Entry.Kind.RETURN: -1,
}  # what an entry adds to its line's number of payments


class NotEnough(DomainError):
    """An account other than the outside would become negative."""


class KeyReused(DomainError):
    """The key stands for other transfers already."""


class PeriodClosed(DomainError):
    """The books are closed for that date."""


@dataclass(frozen=True)
class Move:
    """An amount from one account to another."""

    source: Account
    target: Account
    amount: int


@dataclass(frozen=True)
class Posting:
    """What one entry of many says: its unique key, its moves, its memo, and the commitment that it is about."""

    key: str
    moves: Sequence[Move]
    memo: str
    commitment: Commitment


def open_accounts(fund: Fund, line: BudgetLine | None = None) -> None:
    """Open the accounts of a new fund, or of a new line of it."""
    prefix = f"line:{line.pk}" if line else f"fund:{fund.pk}"
    Account.objects.bulk_create(
        Account(code=f"{prefix}/{kind}", kind=kind, fund=fund, line=line, currency=fund.currency)
        for kind in (LINE_KINDS if line else FUND_KINDS)
    )


_ACCOUNTS = Prepared(lambda codes: Account.objects.filter(code__in=codes), codes=CharField())


def accounts_of(fund_id: int, line_id: int | None = None) -> dict[str, Account]:
    """Return the accounts of a fund and, where one is named, of its line, by kind."""
    codes = [f"fund:{fund_id}/{kind}" for kind in FUND_KINDS]
    if line_id is not None:
        codes += [f"line:{line_id}/{kind}" for kind in LINE_KINDS]
    return {account.kind: account for account in _ACCOUNTS.rows(codes=codes)}


def post(
    key: str,
    *,
    kind: str,
    transfers: Sequence[Move],
    memo: str,
    by: Acting,
    at: datetime,
    commitment: Commitment | None = None,
    payout: Payout | None = None,
    reverses: Entry | None = None,
) -> tuple[Entry, bool]:
    """Write one entry and move the balances. The same key twice changes nothing: returns the entry, and if it is new.

    Raises:
        NotEnough: a balance would become negative.
        KeyReused: the key stands for something else already.
        PeriodClosed: the books are closed for that day.
        TransactionManagementError: no transaction is open.
    """
    demand_transaction()
    _lock_balances(transfers)
    known = Entry.objects.filter(key=key).first()
    if known is not None:
        _require_same(known, transfers, memo)
        return known, False
    _require_open_period(transfers, at)
    entry = Entry.objects.create(
        key=key,
        kind=kind,
        memo=memo,
        at=at,
        booked_on=today(at),
        commitment=commitment,
        payout=payout,
        reverses=reverses,
        **_who(by),
    )
    Transfer.objects.bulk_create(_transfer(entry, move) for move in transfers)
    _move_line_balances(transfers, at, payments=_PAYMENTS.get(kind, 0))
    _move_fund_balances(transfers, at, is_reversal=reverses is not None)
    return entry, True


def post_new(postings: Sequence[Posting], *, kind: str, by: Acting, at: datetime) -> None:
    """Write many entries whose keys are new, and move each balance once. Few queries, however many entries.

    Raises:
        IntegrityError: a key is known already; nothing of it was written.
        NotEnough: a balance would become negative.
        PeriodClosed: the books are closed for that day.
        TransactionManagementError: no transaction is open.
    """
    demand_transaction()
    moves = [move for posting in postings for move in posting.moves]
    _lock_balances(moves)
    _require_open_period(moves, at)
    who, day = _who(by), today(at)
    entries = Entry.objects.bulk_create(
        Entry(key=posting.key, kind=kind, memo=posting.memo, at=at, booked_on=day, commitment=posting.commitment, **who)
        for posting in postings
    )
    Transfer.objects.bulk_create(
        _transfer(entry, move) for entry, posting in zip(entries, postings, strict=True) for move in posting.moves
    )
    _move_line_balances(moves, at)
    _move_fund_balances(moves, at, is_reversal=False)


def post_held(posting: Posting, *, kind: str, by: Acting, at: datetime, beside: FundHistory) -> None:
    """Write one entry whose key is new, with the history row beside it. The caller has locked the lines that it moves.

    Raises: as ``post_new``.
    """
    demand_transaction()
    _require_open_period(posting.moves, at)
    about = posting.commitment
    entry = Entry(
        key=posting.key, kind=kind, memo=posting.memo, at=at, booked_on=today(at), commitment=about, **_who(by)
    )
    insert(entry, *(_transfer(entry, move) for move in posting.moves), beside)
    _move_line_balances(posting.moves, at)
    _move_fund_balances(posting.moves, at, is_reversal=False)


def _transfer(entry: Entry, move: Move) -> Transfer:
    return Transfer(
        entry=entry, debit=move.target, credit=move.source, amount=move.amount, currency=move.source.currency
    )


def reverse(entry: Entry, *, kind: str = Entry.Kind.REVERSE, memo: str, by: Acting, at: datetime) -> tuple[Entry, bool]:
    """Write the entry that undoes another one, naming it. Once for each entry; a second call changes nothing."""
    moves = [
        Move(source=transfer.debit, target=transfer.credit, amount=transfer.amount)
        for transfer in entry.transfers.select_related("debit", "credit").order_by("pk")
    ]
    return post(
        f"reverse:{entry.pk}",
        kind=kind,
        transfers=moves,
        memo=memo,
        by=by,
        at=at,
        commitment=entry.commitment,
        payout=entry.payout,
        reverses=entry,
    )


def _who(by: Acting) -> dict[str, object]:
    fields = by.history()
    return {name: fields[name] for name in ("actor", "system", "on_behalf_of", "request_id")}


def _accounts(moves: Sequence[Move]) -> list[Account]:
    return [account for move in moves for account in (move.source, move.target)]


def _lock_balances(moves: Sequence[Move]) -> None:
    accounts = _accounts(moves)
    funds = {account.fund_id for account in accounts if account.line_id is None}
    if funds:
        hold_all(Fund, funds)
    hold_all(BudgetLine, {account.line_id for account in accounts if account.line_id is not None})


def _require_same(entry: Entry, moves: Sequence[Move], memo: str) -> None:
    known = Counter(entry.transfers.values_list("credit_id", "debit_id", "amount"))
    if entry.memo != memo or known != Counter((move.source.pk, move.target.pk, move.amount) for move in moves):
        sentence = _(
            "This form was booked already with another amount, line or document. Open the page anew to enter more."
        )
        raise KeyReused(sentence)


_CLOSED = Prepared(
    lambda funds, on: Period.objects.filter(fund__pk__in=funds, ends_on__gte=on)[:1],
    funds=BigIntegerField(),
    on=DateField(),
)


def _require_open_period(moves: Sequence[Move], at: datetime) -> None:
    funds = {account.fund_id for account in _accounts(moves)}
    if _CLOSED.first(funds=sorted(funds), on=today(at)):
        raise PeriodClosed(_("The books are closed for that day. Enter it with a later date."))


def _move_line_balances(moves: Sequence[Move], at: datetime, *, payments: int = 0) -> None:
    """Change each line by one conditional update: the database decides whether there is enough.

    ``payments`` is by how many payments more, or fewer, each line has paid.
    """
    changes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for move in moves:
        for account, amount in ((move.source, -move.amount), (move.target, move.amount)):
            if account.line_id is not None:
                changes[account.line_id][account.kind] += amount
    for line_id, deltas in sorted(changes.items()):
        more = {**deltas, "allocated": sum(deltas.values()), "payments": payments}
        least = {f"least_{name}": -delta for name, delta in deltas.items() if delta < 0}
        update = _line_update(tuple(sorted(more)), tuple(sorted(least)))
        if not update.run(line=line_id, at=at, **more, **least):
            raise NotEnough(_("There is not enough money on this budget line."))


@cache
def _line_update(names: tuple[str, ...], least: tuple[str, ...]) -> PreparedUpdate:
    """Return the update that adds to these balances of a line, if those named by ``least`` hold at least so much."""

    def build(line: Any, at: Any, **values: Any) -> tuple[QuerySet[BudgetLine], dict[str, Any]]:
        enough = {f"{name.removeprefix('least_')}__gte": values[name] for name in least}
        changes = {name: F(name) + values[name] for name in names}
        return BudgetLine.objects.filter(pk=line, **enough), {"changed_at": at, **changes}

    amounts = {name: BigIntegerField() for name in (*names, *least)}
    return PreparedUpdate(build, (), line=BigIntegerField(), at=DateTimeField(), **amounts)


def _move_fund_balances(moves: Sequence[Move], at: datetime, *, is_reversal: bool) -> None:
    """Change each fund by one conditional update. What a reversal takes out was never received, not given back."""
    incoming, outgoing = ("refunded", "received") if is_reversal else ("received", "refunded")
    sign = -1 if is_reversal else 1
    changes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for move in moves:
        for account, amount, outside in ((move.source, -move.amount, incoming), (move.target, move.amount, outgoing)):
            if account.kind == Kind.UNALLOCATED:
                changes[account.fund_id]["unallocated"] += amount
            elif account.kind == Kind.OUTSIDE:
                changes[account.fund_id][outside] += sign * move.amount
    for fund_id, deltas in sorted(changes.items()):
        values = {name: F(name) + delta for name, delta in deltas.items()}
        enough = {f"{name}__gte": -delta for name, delta in deltas.items() if delta < 0}
        if not Fund.objects.filter(pk=fund_id, **enough).update(changed_at=at, **values):
            raise NotEnough(_("The fund has not that much unallocated money."))
