"""The lists of League finance as spreadsheets, with the choices of their pages."""

from datetime import datetime

from django.http import QueryDict
from django.shortcuts import get_object_or_404

from core.columns import Export
from core.forms import whole_number
from funding import bank_queries, payment_lists, payment_tables, policies, queries
from funding.models import BudgetLine, PayoutBatch, StatementImport
from organisations.acting import Acting


def to_approve(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The settlements that wait for approval."""
    return payment_tables.to_approve(queries.to_approve(by))


def to_pay(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The approved settlements without a transfer."""
    return payment_tables.to_pay(queries.to_pay(by))


def payouts(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The transfers; ``state``, ``month`` and ``q`` choose as on the page."""
    return payment_tables.payouts(payment_lists.payouts(by, payment_lists.chosen(filters)))


def batches(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The batches for the bank."""
    return payment_tables.batches(bank_queries.batches(by))


def batch(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """What ``batch`` pays, row by row."""
    found = get_object_or_404(PayoutBatch.objects.visible_to(by), pk=whole_number(filters.get("batch", "")))
    return payment_tables.batch_rows(found, bank_queries.rows_to_check(found))


def statements(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The imported bank statements."""
    return payment_tables.statements(bank_queries.statements(by))


def statement_lines(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The lines of ``statement``; ``state`` chooses as on the page."""
    visible = StatementImport.objects.visible_to(by)
    found = get_object_or_404(visible, pk=whole_number(filters.get("statement", "")))
    asked = filters.get("state", "")
    rows = bank_queries.lines(found, asked if asked in bank_queries.STATES else "")
    return payment_tables.statement_lines(rows, may_pay=policies.may_pay_for(by, found.league_id))


def line(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """Every movement of the budget ``line``."""
    visible = BudgetLine.objects.with_fund().visible_to(by)
    found = get_object_or_404(visible, pk=whole_number(filters.get("line", "")))
    return payment_tables.line_statement(queries.statement(found, by))
