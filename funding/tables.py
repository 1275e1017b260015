"""The tables of the books as they leave the site: amounts as numbers, texts as text."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.columns import MONEY, Column, Export, Value, money_format
from core.money import to_decimal
from funding import balances, queries, wording
from funding.balances import Span
from funding.models import Account, BudgetLine, Donation, Fund

_Row = list[Value]
_THEME, _REGION = gettext_lazy("Theme"), gettext_lazy("Street or town")
_GIVEN_BACK = pgettext_lazy("donation", "Given back")
_CURRENCY = Column(gettext_lazy("Currency"), 9)


def trial_balance(fund: Fund, span: Span, line: BudgetLine | None = None) -> Export:
    """Return a fund's accounts with opening balance, turnover and closing balance, and their sums."""
    money = money_format(fund.currency)
    columns = [
        Column(pgettext_lazy("ledger", "Account"), 44),
        Column(gettext_lazy("Code"), 24),
        Column(gettext_lazy("Opening balance"), 18, money),
        Column(gettext_lazy("In (debit)"), 18, money),
        Column(gettext_lazy("Out (credit)"), 18, money),
        Column(gettext_lazy("Closing balance"), 18, money),
        _CURRENCY,
    ]
    found = balances.trial_balance(fund, span, line)
    rows = [_amounts([wording.account(row.account), row.account.code], row, fund.currency) for row in found]
    sums = balances.sums_of(found)
    rows.append(_amounts([_("Total"), f"{span.since} – {span.until}"], sums, fund.currency))
    return Export(_("Trial balance"), columns, rows)


def _amounts(head: _Row, row: balances.Standing | balances.Sums, currency: str) -> _Row:
    amounts = (row.opening, row.debited, row.credited, row.closing)
    return [*head, *(to_decimal(amount, currency) for amount in amounts), currency]


def statement(account: Account, span: Span) -> Export:
    """Return every movement of an account in the span, between its opening and its closing balance."""
    money = money_format(account.currency)
    columns = [
        Column(gettext_lazy("Date in the books"), 12),
        Column(gettext_lazy("What"), 24),
        Column(pgettext_lazy("evidence", "Document"), 32),
        Column(gettext_lazy("Other account"), 44),
        Column(gettext_lazy("In (debit)"), 18, money),
        Column(gettext_lazy("Out (credit)"), 18, money),
        Column(gettext_lazy("Balance"), 18, money),
        _CURRENCY,
        Column(pgettext_lazy("ledger", "Key"), 32),
    ]
    return Export(_("Statement"), columns, _statement_rows(account, span))


def _statement_rows(account: Account, span: Span) -> Iterator[_Row]:
    def amount(minor: int | None) -> Value:
        return None if minor is None else to_decimal(minor, account.currency)

    opening = closing = balances.balance_before(account, span.since)
    yield [span.since, _("Opening balance"), "", "", None, None, amount(opening), account.currency, ""]
    found = balances.movements(account, span).iterator(chunk_size=1000)
    for row in balances.seen_from(account, opening, found):
        closing = row.balance
        entry, other = row.entry, wording.account(row.other)
        head: _Row = [entry.booked_on, entry.get_kind_display(), entry.memo, other]
        yield [*head, amount(row.came), amount(row.went), amount(closing), account.currency, entry.key]
    yield [span.until, _("Closing balance"), "", "", None, None, amount(closing), account.currency, ""]


def budget_lines(fund: Fund) -> Export:
    """Return a fund's budget lines as they stand, and what is not allocated yet."""
    money = money_format(fund.currency)
    parts = (*queries.PARTS, "allocated")
    columns = [
        Column(_REGION, 24),
        Column(_THEME, 18),
        Column(pgettext_lazy("money", "Paid"), 16, money),
        Column(pgettext_lazy("money", "Payable"), 16, money),
        Column(pgettext_lazy("money", "Committed"), 16, money),
        Column(pgettext_lazy("money", "Available"), 16, money),
        Column(pgettext_lazy("money", "Allocated"), 16, money),
        Column(gettext_lazy("Unused money returns on"), 14),
        _CURRENCY,
    ]
    rows: list[_Row] = [
        [
            str(line.region),
            wording.theme(line.theme_slug),
            *(to_decimal(getattr(line, part), fund.currency) for part in parts),
            line.returns_on,
            fund.currency,
        ]
        for line in queries.lines_of(fund)
    ]
    free = to_decimal(fund.unallocated, fund.currency)
    rows.append([_("Not yet allocated"), "", None, None, None, free, free, None, fund.currency])
    return Export(_("Budget lines"), columns, rows)


def fund_history(fund: Fund) -> Export:
    """Return what happened to a fund, newest first."""
    columns = [
        Column(gettext_lazy("When"), 18),
        Column(gettext_lazy("What"), 28),
        Column(_REGION, 24),
        Column(pgettext_lazy("evidence", "Document"), 40),
        Column(pgettext_lazy("handler", "Who"), 20),
    ]
    rows: Iterator[_Row] = (
        [row.at, wording.verb(row.verb), str(row.line.region) if row.line else "", row.note, str(row.actor or "")]
        for row in queries.history_of(fund).iterator()
    )
    return Export(_("What happened"), columns, rows)


def gifts(found: QuerySet[Donation, Any]) -> Export:
    """Return what one giver gave and announced, newest first, to whichever fund.

    The fund, its League and what went back are joined.
    """
    columns = [
        Column(gettext_lazy("Reference"), 22),
        Column(gettext_lazy("Fund"), 32),
        Column(gettext_lazy("League committee"), 28),
        Column(gettext_lazy("Amount"), 16, MONEY),
        _CURRENCY,
        Column(gettext_lazy("Status"), 16),
        Column(pgettext_lazy("donation", "Announced"), 18),
        Column(pgettext_lazy("donation", "Received"), 18),
        Column(gettext_lazy("The bank's number"), 24),
        Column(_GIVEN_BACK, 16, MONEY),
    ]
    rows: Iterator[_Row] = (
        [
            row.reference,
            str(row.fund),
            str(row.fund.league),
            to_decimal(row.amount, row.currency),
            row.currency,
            row.get_status_display(),
            row.announced_at,
            row.received_at,
            row.bank_reference,
            to_decimal(row.given_back, row.currency),
        ]
        for row in found.order_by("-pk").iterator()
    )
    return Export(_("Our donations"), columns, rows)


def donations(fund: Fund, found: QuerySet[Donation, Any]) -> Export:
    """Return donations to a fund, newest first, with what went back of each."""
    columns = [
        Column(gettext_lazy("Reference"), 22),
        Column(pgettext_lazy("donation", "Giver"), 32),
        Column(gettext_lazy("Amount"), 16, money_format(fund.currency)),
        _CURRENCY,
        Column(gettext_lazy("Status"), 16),
        Column(gettext_lazy("The bank's number"), 24),
        Column(pgettext_lazy("donation", "Announced"), 18),
        Column(pgettext_lazy("donation", "Received"), 18),
        Column(_GIVEN_BACK, 16, money_format(fund.currency)),
    ]
    rows: Iterator[_Row] = (
        [
            row.reference,
            row.donor_name,
            to_decimal(row.amount, row.currency),
            row.currency,
            row.get_status_display(),
            row.bank_reference,
            row.announced_at,
            row.received_at,
            to_decimal(row.given_back, row.currency),
        ]
        for row in found.order_by("-pk").iterator()
    )
    return Export(_("Donations"), columns, rows)
