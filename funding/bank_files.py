"""The file that the bank's program takes: one row for each transfer, the same bytes whenever it is asked for.

The layout (``docs/bank-files.md``) is fixed and Chinese, whatever language the page has: programs read it. What stands
in it is taken from stored rows that nobody can change after the batch was sent.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal

from django.utils.functional import Promise

from core.columns import XLSX, Column
from core.money import EXPONENTS, to_decimal
from funding.models import BatchRow, PayoutBatch

KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
_HEADINGS = ("序号", "收款人户名", "收款人账号", "收款人开户行", "金额", "币种", "附言")
_WIDTHS = (8, 32, 28, 32, 16, 8, 24)
_OWN_HEADINGS = ("付款人户名", "付款人账号", "付款人开户行")  # where the batch says from which account it is paid
_OWN_WIDTHS = (32, 28, 32)
_TITLE = "付款批次"
_FORMATS = {0: "0", 2: "0.00", 3: "0.000"}

Row = tuple[int | str | Decimal, ...]


def headings_of(batch: PayoutBatch) -> tuple[str, ...]:
    """Return the columns of a batch's file: those of the payer come last, where the batch names one."""
    return _HEADINGS + (_OWN_HEADINGS if batch.payer_id else ())


def rows_of(batch: PayoutBatch) -> list[Row]:
    """Return what stands in the file, in the order of the batch. One query, two with the payer's account."""
    rows = BatchRow.objects.filter(batch=batch).in_file().select_related("payout__account").order_by("position")
    own = (batch.payer.holder, batch.payer.number, batch.payer.bank) if batch.payer else ()
    return [_row(number, row) + own for number, row in enumerate(rows, 1)]


def _row(number: int, row: BatchRow) -> Row:
    payout = row.payout
    assert payout is not None  # rows in a file have one, and a bank transfer has an account
    assert payout.account is not None
    account = payout.account
    amount = to_decimal(payout.amount, payout.currency)
    return number, account.holder, account.number, account.bank, amount, payout.currency, payout.reference


def as_csv(batch: PayoutBatch, rows: Iterable[Row]) -> bytes:
    """Return the rows as CSV: amounts with a dot and no grouping, account numbers as digits."""
    from core.csv_files import csv_table  # late: it brings openpyxl

    return csv_table(headings_of(batch), [[str(value) for value in row] for row in rows])


def as_xlsx(batch: PayoutBatch, rows: Iterable[Row]) -> bytes:
    """Return the rows as an Excel file dated with the moment of sending; account numbers are texts."""
    from core import sheets  # late: it brings openpyxl

    assert batch.sent_at is not None
    headings: list[str | Promise] = list(headings_of(batch))
    formats = [_FORMATS[EXPONENTS[batch.currency]] if name == "金额" else "" for name in headings]
    widths = (_WIDTHS + _OWN_WIDTHS)[: len(headings)]
    columns = [Column(*column) for column in zip(headings, widths, formats, strict=True)]
    return sheets.dated(sheets.workbook(_TITLE, columns, rows), batch.sent_at)


def content(batch: PayoutBatch, kind: str) -> bytes:
    """Return the file of a batch that was sent; ``kind`` is one of ``KINDS``."""
    rows = rows_of(batch)
    return as_csv(batch, rows) if kind == "csv" else as_xlsx(batch, rows)


def digest(batch: PayoutBatch) -> str:
    """Return the fingerprint of the batch's file, by which ``verify`` sees that it is still the one that was sent."""
    return hashlib.sha256(as_csv(batch, rows_of(batch))).hexdigest()
