"""The tables of the books as spreadsheets, with the choices of their pages."""

from collections.abc import Iterator
from datetime import datetime

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.columns import Column, Export, Value, money_format
from core.forms import whole_number
from core.money import to_decimal
from core.time import today
from funding import balances, tables
from funding.forms import SpanForm
from funding.models import Account, BudgetLine, Donation, Fund
from orders.flow import flow_of
from organisations.acting import Acting


def _fund(by: Acting, filters: QueryDict) -> Fund:
    return get_object_or_404(Fund.objects.visible_to(by), pk=whole_number(filters.get("fund", "")))


def trial_balance(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """Every account of ``fund``, or of its ``line``, from ``since`` to ``until``."""
    fund = _fund(by, filters)
    line = None
    if filters.get("line"):
        line = get_object_or_404(BudgetLine.objects.with_fund(), fund=fund, pk=whole_number(filters.get("line", "")))
    span = SpanForm(filters, default=balances.default_span(fund, today(now))).span()
    return tables.trial_balance(fund, span, line)


def statement(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """Every movement of ``account`` from ``since`` to ``until``, with the balances before, between and after."""
    found = get_object_or_404(Account.objects.visible_to(by).in_order(), pk=whole_number(filters.get("account", "")))
    span = SpanForm(filters, default=balances.default_span(found.fund, today(now))).span()
    return tables.statement(found, span)


def budget_lines(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The budget lines of ``fund`` as they stand now."""
    return tables.budget_lines(_fund(by, filters))


def fund_history(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """What happened to ``fund``, who did it, and the documents."""
    return tables.fund_history(_fund(by, filters))


def donations(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The donations to ``fund``."""
    fund = _fund(by, filters)
    return tables.donations(fund, Donation.objects.visible_to(by).filter(fund=fund).with_given_back())


def gifts(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """What the enterprise gave and announced."""
    return tables.gifts(Donation.objects.visible_to(by).with_fund().with_given_back())


def flow(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """Where the money of ``fund`` goes: every theme in every area, in each of its states."""
    fund = _fund(by, filters)
    money = money_format(fund.currency)
    columns = [
        Column(gettext_lazy("Theme"), 24),
        Column(gettext_lazy("Street or town"), 24),
        Column(pgettext_lazy("money", "Paid"), 16, money),
        Column(pgettext_lazy("money", "Payable"), 16, money),
        Column(pgettext_lazy("money", "Committed"), 16, money),
        Column(gettext_lazy("Currency"), 9),
    ]
    rows: Iterator[list[Value]] = (
        [label, area, *(to_decimal(amount, fund.currency) for amount in amounts), fund.currency]
        for label, area, amounts in flow_of(fund).table()
    )
    return Export(_("Where the money goes"), columns, rows)
