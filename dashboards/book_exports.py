"""The tables of the books as spreadsheets, with the choices of their pages."""

from datetime import datetime

from django.http import QueryDict
from django.shortcuts import get_object_or_404

from core.columns import Export
from core.forms import whole_number
from core.time import today
from funding import balances, tables
from funding.forms import SpanForm
from funding.models import Account, BudgetLine, Donation, Fund
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
    return tables.donations(fund, Donation.objects.visible_to(by).filter(fund=fund))
