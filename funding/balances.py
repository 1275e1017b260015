"""Statements of account and the trial balance: opening balance, movements, closing balance, from the ledger alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from funding.models import Account, BudgetLine, Entry, Fund, Transfer


@dataclass(frozen=True)
class Span:
    """The days of a statement, both included."""

    since: date
    until: date


@dataclass(frozen=True)
class Standing:
    """An account in a span: what stood there before, what came and went, and what stands there after."""

    account: Account
    opening: int
    debited: int
    credited: int

    @property
    def closing(self) -> int:
        """What stands there at the end of the last day."""
        return self.opening + self.debited - self.credited


@dataclass(frozen=True)
class Sums:
    """The last row of a trial balance. Opening and closing are nothing, and what came is what went."""

    opening: int
    debited: int
    credited: int
    closing: int

    @property
    def is_balanced(self) -> bool:
        """Whether it adds up as double entry must; the page says so."""
        return self.opening == self.closing == 0 and self.debited == self.credited


def balance_before(account: Account, day: date) -> int:
    """Return what stood on an account at the end of the day before. Two queries."""
    earlier = Transfer.objects.filter(entry__booked_on__lt=day)
    return _sum(earlier.filter(debit=account)) - _sum(earlier.filter(credit=account))


def _sum(rows: QuerySet[Transfer]) -> int:
    total: int = rows.aggregate(n=Coalesce(Sum("amount"), 0))["n"]
    return total


def standing(account: Account, span: Span) -> Standing:
    """Return one account's opening balance, turnover and closing balance. Four queries."""
    within = Transfer.objects.filter(entry__booked_on__range=(span.since, span.until))
    return Standing(
        account,
        opening=balance_before(account, span.since),
        debited=_sum(within.filter(debit=account)),
        credited=_sum(within.filter(credit=account)),
    )


def movements(account: Account, span: Span) -> QuerySet[Transfer]:
    """Return the transfers of an account in the span, in the order of the books.

    Each has its ``change`` of the account.
    """
    rows = Transfer.objects.filter(Q(debit=account) | Q(credit=account))
    change = Case(When(debit=account, then=F("amount")), default=-F("amount"))
    return (
        rows.filter(entry__booked_on__range=(span.since, span.until))
        .annotate(change=change)
        .select_related("entry__document", "entry__reversed_by", "debit__line__region", "credit__line__region")
        .order_by("entry__booked_on", "pk")
    )


def moved_before(account: Account, span: Span, row: Transfer) -> int:
    """Return what moved on an account from the first day of a span to a row of its statement. One query."""
    earlier = Q(entry__booked_on__lt=row.entry.booked_on) | Q(entry__booked_on=row.entry.booked_on, pk__lt=row.pk)
    total: int = movements(account, span).filter(earlier).aggregate(n=Coalesce(Sum("change"), 0))["n"]
    return total


@dataclass(frozen=True)
class Movement:
    """A row of a statement, as seen from the account: what came or went, from or to which other, and what stands."""

    entry: Entry
    other: Account
    came: int | None
    went: int | None
    balance: int


def seen_from(account: Account, opening: int, rows: Iterable[Any]) -> Iterator[Movement]:
    """Return the rows of a statement of transfers that ``movements`` found, from the balance before the first on."""
    balance = opening
    for row in rows:
        balance += row.change
        is_in = row.debit_id == account.pk
        yield Movement(
            entry=row.entry,
            other=row.credit if is_in else row.debit,
            came=row.amount if is_in else None,
            went=None if is_in else row.amount,
            balance=balance,
        )


def trial_balance(fund: Fund, span: Span, line: BudgetLine | None = None) -> list[Standing]:
    """Return every account of a fund, or those of one of its lines, as it stands in the span. Three queries."""
    accounts = Account.objects.filter(fund=fund).in_order()
    found = list(accounts.filter(line=line) if line else accounts)
    before, after = Q(entry__booked_on__lt=span.since), Q(entry__booked_on__gte=span.since)
    rows = Transfer.objects.filter(entry__booked_on__lte=span.until)
    sums: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for side in ("debit", "credit"):
        per_account = rows.filter(**{f"{side}__in": [account.pk for account in found]}).values_list(side).order_by()
        for pk, earlier, within in per_account.annotate(
            earlier=Coalesce(Sum("amount", filter=before), 0), within=Coalesce(Sum("amount", filter=after), 0)
        ):
            sums[side][pk] = (earlier, within)
    return [_standing(account, sums["debit"], sums["credit"]) for account in found]


def _standing(account: Account, debits: dict[int, tuple[int, int]], credits_: dict[int, tuple[int, int]]) -> Standing:
    debited, credited = debits.get(account.pk, (0, 0)), credits_.get(account.pk, (0, 0))
    return Standing(account, opening=debited[0] - credited[0], debited=debited[1], credited=credited[1])


def sums_of(rows: Iterable[Standing]) -> Sums:
    """Return the last row of a trial balance."""
    found = list(rows)
    return Sums(
        opening=sum(row.opening for row in found),
        debited=sum(row.debited for row in found),
        credited=sum(row.credited for row in found),
        closing=sum(row.closing for row in found),
    )


def default_span(fund: Fund, on: date) -> Span:
    """Return the days that a page shows before anybody chooses: from the fund's first day, or its books', to today."""
    first = Transfer.objects.filter(debit__fund=fund).order_by("entry__booked_on").values_list("entry__booked_on")[:1]
    earliest = first[0][0] if first else on
    return Span(min(fund.starts_on, earliest, on), max(on, earliest))
