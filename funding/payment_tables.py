"""The lists of League finance as they leave the site: what waits, what was paid, batches and bank statements."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from core.columns import MONEY, Column, Export, Value
from core.money import to_decimal
from funding import queries, wording
from funding.models import (
    BatchRow,
    LineState,
    PayeeAccount,
    Payout,
    PayoutBatch,
    Settlement,
    StatementImport,
    StatementLine,
    Transfer,
)

AT_ONCE = 1000
_Row = list[Value]
_ORDER = Column(pgettext_lazy("order", "Order"), 18)
_PROVIDER = Column(gettext_lazy("Provider"), 28)
_PAID_BY = Column(gettext_lazy("Budget line"), 32)
_KIND = Column(pgettext_lazy("payment", "What for"), 12)
_AMOUNT = Column(gettext_lazy("Amount"), 16, MONEY)
_CURRENCY = Column(gettext_lazy("Currency"), 9)
_STATUS = Column(gettext_lazy("Status"), 16)
_TRANSFER = Column(gettext_lazy("Transfer"), 22)
_BANK_NUMBER = Column(gettext_lazy("The bank's number"), 24)


def _money(amount: int, currency: str) -> tuple[Value, Value]:
    return to_decimal(amount, currency), currency


def _settled(one: Settlement) -> _Row:
    commitment = one.commitment
    kind = one.get_kind_display()
    return [commitment.reference, str(commitment.provider), wording.line(commitment.line), kind]


def to_approve(rows: QuerySet[Settlement, Any]) -> Export:
    """Return the settlements that wait for approval."""
    columns = [
        *(_ORDER, _PROVIDER, _PAID_BY, _KIND),
        Column(gettext_lazy("Waiting since"), 18),
        Column(pgettext_lazy("activity", "Sessions"), 10),
        Column(pgettext_lazy("money", "Committed"), 16, MONEY),
        *(_AMOUNT, _CURRENCY),
    ]
    values: Iterator[_Row] = (
        [
            *_settled(one),
            one.proposed_at,
            one.sessions,
            to_decimal(one.commitment.amount, one.commitment.line.fund.currency),
            *_money(one.amount, one.commitment.line.fund.currency),
        ]
        for one in rows.iterator(AT_ONCE)
    )
    return Export(_("Settlements to approve"), columns, values)


def to_pay(rows: QuerySet[Settlement]) -> Export:
    """Return the approved settlements without a transfer, and what each still lacks."""
    columns = [
        *(_ORDER, _PROVIDER, _PAID_BY, _KIND),
        Column(pgettext_lazy("settlement", "Approved"), 18),
        Column(gettext_lazy("Invoice"), 24),
        Column(gettext_lazy("Please note"), 28),
        *(_AMOUNT, _CURRENCY),
    ]
    newest = PayeeAccount.objects.newest(rows.order_by().values_list("commitment__provider", flat=True))
    values: Iterator[_Row] = (
        [
            *_settled(one),
            one.approved_at,
            str(getattr(one, "invoice", "")),
            lacks(one, newest.get(one.commitment.provider_id)),
            *_money(one.due, one.commitment.line.fund.currency),
        ]
        for one in rows.iterator(AT_ONCE)
    )
    return Export(_("Transfers to prepare"), columns, values)


def lacks(settlement: Settlement, account: PayeeAccount | None) -> str:
    """Return what keeps a settlement from being paid, or that it is ready."""
    if not settlement.is_invoiced:
        return _("No invoice yet")
    if account is None:
        return _("No bank account yet")
    return _("Bank account to be confirmed") if account.confirmed_at is None else pgettext("payment", "Ready")


def payouts(rows: QuerySet[Payout]) -> Export:
    """Return transfers with everything that happened to them."""
    columns = [
        *(_TRANSFER, _ORDER, _PROVIDER, _PAID_BY, _KIND, _AMOUNT, _CURRENCY, _STATUS),
        Column(gettext_lazy("Way"), 14),
        _BANK_NUMBER,
        Column(gettext_lazy("Prepared by"), 16),
        Column(pgettext_lazy("transfer", "Prepared"), 18),
        Column(pgettext_lazy("batch", "Checked by"), 16),
        Column(pgettext_lazy("transfer", "Sent"), 18),
        Column(pgettext_lazy("money", "Arrived"), 18),
    ]
    values: Iterator[_Row] = (
        [
            one.reference,
            *_settled(one.settlement),
            *_money(one.amount, one.currency),
            one.state,
            one.get_rail_display(),
            one.bank_reference,
            str(one.made_by or ""),
            one.queued_at,
            str(one.checked_by or ""),
            one.sent_at,
            one.paid_at,
        ]
        for one in rows.iterator(AT_ONCE)
    )
    return Export(_("Transfers"), columns, values)


def batches(rows: QuerySet[PayoutBatch, Any]) -> Export:
    """Return the batches for the bank."""
    columns = [
        Column(gettext_lazy("Batch"), 18),
        _STATUS,
        Column(gettext_lazy("Prepared by"), 16),
        Column(pgettext_lazy("transfer", "Prepared"), 18),
        Column(pgettext_lazy("batch", "Checked by"), 16),
        Column(pgettext_lazy("batch", "Checked"), 18),
        Column(gettext_lazy("Transfers"), 10),
        *(_AMOUNT, _CURRENCY),
    ]
    values: Iterator[_Row] = (
        [
            one.number,
            one.get_status_display(),
            str(one.made_by or ""),
            one.made_at,
            str(one.checked_by or ""),
            one.checked_at,
            one.n,
            *_money(one.amount, one.currency),
        ]
        for one in rows.iterator(AT_ONCE)
    )
    return Export(_("Batches for the bank"), columns, values)


def batch_rows(batch: PayoutBatch, rows: QuerySet[BatchRow]) -> Export:
    """Return what one batch pays; of an account only its last digits."""
    columns = [
        *(_TRANSFER, _ORDER, _PROVIDER, _STATUS),
        Column(gettext_lazy("Account holder"), 28),
        Column(gettext_lazy("Bank"), 24),
        Column(gettext_lazy("Account number"), 14),
        Column(gettext_lazy("Please note"), 28),
        *(_AMOUNT, _CURRENCY),
    ]
    values: Iterator[_Row] = (
        [
            payout.reference if payout else "",
            one.settlement.commitment.reference,
            str(one.settlement.commitment.provider),
            payout.state if payout else "",
            *_account(payout.account if payout else None),
            one.get_problem_display(),
            *_money(payout.amount if payout else one.settlement.due, batch.currency),
        ]
        for one in rows.iterator(AT_ONCE)
        for payout in [one.payout]
    )
    return Export(_("Batch %(number)s") % {"number": batch.number}, columns, values)


def _account(account: PayeeAccount | None) -> tuple[str, str, str]:
    return (account.holder, account.bank, account.masked) if account else ("", "", "")


def statements(rows: QuerySet[StatementImport, Any]) -> Export:
    """Return the imported bank statements, and how many of their lines are in which state."""
    columns = [
        Column(gettext_lazy("File"), 32),
        Column(gettext_lazy("Our account"), 24),
        Column(pgettext_lazy("statement", "Imported by"), 16),
        Column(pgettext_lazy("statement", "Imported"), 18),
        Column(pgettext_lazy("statement", "Lines"), 10),
        *(Column(label, 12) for _state, label in LineState.State.choices),
    ]
    values: Iterator[_Row] = (
        [
            *(one.name, one.account, str(one.imported_by or ""), one.imported_at, one.n),
            *(getattr(one, state) for state in LineState.State.values),
        ]
        for one in rows.iterator(AT_ONCE)
    )
    return Export(_("Bank statements"), columns, values)


def statement_lines(rows: QuerySet[StatementLine], *, may_pay: bool) -> Export:
    """Return lines of a statement and what became of each; the other's whole account is for who ``may_pay`` only."""
    columns = [
        Column(pgettext_lazy("file", "Row"), 8),
        _BANK_NUMBER,
        Column(gettext_lazy("Date"), 12),
        Column(pgettext_lazy("bank", "Name"), 28),
        Column(gettext_lazy("Account number"), 24),
        Column(pgettext_lazy("bank", "Remark"), 36),
        *(_AMOUNT, _CURRENCY, _STATUS, _TRANSFER),
    ]
    values: Iterator[_Row] = (
        [
            *(one.row, one.bank_reference, one.booked_on, one.name),
            *(one.number if may_pay else one.masked, one.memo),
            *_money(-one.amount if one.is_out else one.amount, one.currency),
            one.state.get_state_display(),
            one.state.payout.reference if one.state.payout else "",
        ]
        for one in rows.iterator(AT_ONCE)
    )
    return Export(_("Bank statement"), columns, values)


def line_statement(rows: QuerySet[Transfer, Any]) -> Export:
    """Return every movement of a budget line, newest first, and what was available after it."""
    columns = [
        Column(gettext_lazy("Date"), 18),
        Column(gettext_lazy("What"), 24),
        Column(gettext_lazy("Reference"), 28),
        _PROVIDER,
        Column(pgettext_lazy("money", "From"), 16),
        Column(pgettext_lazy("money", "To"), 16),
        *(_AMOUNT, _CURRENCY),
        Column(gettext_lazy("Available after it"), 16, MONEY),
    ]
    values: Iterator[_Row] = (
        [
            one.entry.at,
            one.entry.get_kind_display(),
            one.entry.commitment.reference if one.entry.commitment else one.entry.memo,
            str(one.entry.commitment.provider) if one.entry.commitment else "",
            one.credit.get_kind_display(),
            one.debit.get_kind_display(),
            *_money(one.amount, one.currency),
            to_decimal(one.left, one.currency),
        ]
        for one in queries.told(rows.iterator(AT_ONCE), rows)
    )
    return Export(_("Statement"), columns, values)
