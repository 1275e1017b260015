"""What happened outside the system enters the books with its document: opening balances, and what was spent there."""

from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.formats import day_text
from core.locking import lock, retried
from funding import fund_rules, ledger
from funding.ledger import Kind, Move
from funding.models import BudgetLine, Entry, EntryFile, Fund, FundHistory, SecondLook
from funding.papers import plain
from organisations.acting import Acting, record


class NotFirst(DomainError):
    """An opening balance stands before everything else."""


class DocumentEntered(DomainError):
    """What the document shows was entered already."""


@retried
def open_balance(
    fund: Fund, amount: int, *, document: str, file: "File[bytes]", by: Acting, now: datetime, key: str
) -> Entry:
    """Enter what a fund held when its books moved here; ``document`` names the paper, ``file`` is the paper itself.

    Raises:
        NotFirst: something else was booked before.
        ledger.KeyReused: the key stands for another amount or document.
    """
    with transaction.atomic():
        lock(Fund, fund.pk)
        booked = Entry.objects.filter(transfers__debit__fund=fund) | Entry.objects.filter(transfers__credit__fund=fund)
        if booked.exclude(key=key).exclude(kind__in=[Entry.Kind.OPENING, Entry.Kind.REVERSE]).exists():
            sentence = _("An opening balance comes before anything else. Enter this as money received.")
            raise NotFirst(sentence)
        accounts = ledger.accounts_of(fund.pk)
        move = Move(accounts[Kind.OUTSIDE], accounts[Kind.UNALLOCATED], amount)
        return _enter(fund, None, move, Entry.Kind.OPENING, document=document, file=file, by=by, now=now, key=key)


@retried
def spend(
    line: BudgetLine,
    amount: int,
    *,
    document: str,
    file: "File[bytes]",
    by: Acting,
    now: datetime,
    key: str,
    asked: SecondLook | None = None,
) -> Entry:
    """Enter what was paid from a line outside the system: no order, no payout, but a document.

    Above the amount of the fund's rule another person ``asked`` for it.

    Raises:
        SecondPersonNeeded: one person alone would enter it.
        DocumentEntered: its document stands for spending of this line already.
        ledger.NotEnough: the line has not that much available.
        ledger.KeyReused: the key stands for another amount or document.
    """
    with transaction.atomic():
        lock(BudgetLine, line.pk)
        fund_rules.require_two(line.fund_id, amount, asked=asked, by=by, now=now)
        require_new_document(line, document, key=key)
        accounts = ledger.accounts_of(line.fund_id, line.pk)
        move = Move(accounts[Kind.AVAILABLE], accounts[Kind.PAID], amount)
        return _enter(line.fund, line, move, Entry.Kind.SPEND, document=document, file=file, by=by, now=now, key=key)


def require_new_document(line: BudgetLine, document: str, *, key: str = "") -> None:
    """Refuse a document that was entered from the line under another key, unless that was corrected. One query.

    Two people who enter one payment send two forms: nothing but the document tells that it is one.

    Raises:
        DocumentEntered: it was; the sentence says on which day.
    """
    known = _entered(Entry.objects.touching(line).filter(kind=Entry.Kind.SPEND), document, key)
    if known is not None:
        sentence = _(
            "This document was entered from this line already, on %(day)s. If it shows a further payment, "
            "name the part too, such as “part 2”."
        )
        raise DocumentEntered(sentence % {"day": day_text(known.booked_on)}, field="document")


def require_new_slip(among: QuerySet[Entry], document: str, *, key: str) -> None:
    """Refuse a slip that stands for one of the entries under another key, unless that was corrected. One query.

    Raises:
        DocumentEntered: it does; the sentence says since which day.
    """
    known = _entered(among, document, key)
    if known is not None:
        sentence = _(
            "This document was entered already, on %(day)s. If it shows further money, name the part too, "
            "such as “part 2”."
        )
        raise DocumentEntered(sentence % {"day": day_text(known.booked_on)}, field="document")


def _entered(among: QuerySet[Entry], document: str, key: str) -> Entry | None:
    rows = among.filter(reversed_by=None).exclude(key=key).order_by("pk")
    return next((one for one in rows if same_document(one.memo, document)), None)


def same_document(one: str, other: str) -> bool:
    """Tell whether two names of a paper are one, however wide their letters were typed and wherever a space stands."""
    return plain(one) == plain(other)


def _enter(
    fund: Fund,
    line: BudgetLine | None,
    move: Move,
    kind: Entry.Kind,
    *,
    document: str,
    file: "File[bytes]",
    by: Acting,
    now: datetime,
    key: str,
) -> Entry:
    entry, is_new = ledger.post(key, kind=kind, transfers=[move], memo=document, by=by, at=now)
    if is_new:
        EntryFile.objects.create(entry=entry, file=file)
        record(FundHistory, by, verb=kind.value, note=document, fund=fund, line=line, at=now)
    return entry
