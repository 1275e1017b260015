"""How a bank's statement is read: which columns it may have, and what each of its rows says.

Banks name their columns differently; the names known here, and what else a file must keep to, stand in
``docs/bank-files.md``. A row that cannot be read makes the whole file be refused, by its number: a line that silently
fell out would be money that nobody sees.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.files import BadFile
from core.money import DEFAULT_CURRENCY, EXPONENTS, parse_money
from funding.models import StatementLine

MOST_LINES = {"xlsx": 2_000, "csv": 10_000}
DATE, NUMBER, OUT, IN, NAME, ACCOUNT, MEMO, CURRENCY = (
    "date",
    "reference",
    "out",
    "in",
    "name",
    "account",
    "memo",
    "currency",
)
NEEDED = (DATE, NUMBER, OUT, IN, NAME, MEMO)
# The names of the columns as banks write them, without spaces and brackets; the first is the layout's own.
NAMES: dict[str, tuple[str, ...]] = {
    DATE: ("交易日期", "记账日期", "交易时间", "入账日期", "日期", "date"),
    NUMBER: ("流水号", "交易流水号", "银行流水号", "核心流水号", "凭证号", "bankreference"),
    OUT: ("支出", "支出金额", "借方金额", "借方发生额", "借方", "paidout"),
    IN: ("收入", "收入金额", "贷方金额", "贷方发生额", "贷方", "paidin"),
    NAME: ("对方户名", "对方名称", "对方账户名称", "对方账户名", "counterparty"),
    ACCOUNT: ("对方账号", "对方账户", "counterpartyaccount"),
    MEMO: ("附言", "摘要", "用途", "备注", "remark"),
    CURRENCY: ("币种", "货币", "currency"),
}
_COLUMNS = {name: column for column, names in NAMES.items() for name in names}
_SUMS = ("合计", "总计", "小计", "本页合计", "total")
_BRACKETS = re.compile(r"[\(（\[【].*?[\)）\]】]|\s")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?")
_NOTHING = {"", "-", "--", "0", "0.0", "0.00"}
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_CURRENCIES = {"人民币": "CNY", "人民币元": "CNY", "RMB": "CNY", "": DEFAULT_CURRENCY}
_SHOWN = 5


@dataclass(frozen=True)
class _Unreadable(Exception):
    """Why a row cannot be read."""

    sentence: str


def _column(cell: str) -> str:
    return _COLUMNS.get(_BRACKETS.sub("", cell).lower(), "")


def is_heading(cells: Sequence[str]) -> bool:
    """Tell whether a row names at least a date, the bank's number and both amounts."""
    return {DATE, NUMBER, OUT, IN} <= {_column(cell) for cell in cells}


def read(upload: "UploadedFile[bytes]") -> list[StatementLine]:
    """Return the lines of a statement, not saved yet. The same line twice in one file is one line.

    Raises:
        BadFile: it cannot be read, lacks a column, or has a row that says nothing clear.
    """
    from core.csv_files import read_csv_rows  # late: both bring openpyxl
    from core.sheet_reading import read_rows

    upload.seek(0)
    is_xlsx = upload.read(2) == b"PK"
    reader, kind = (read_rows, "xlsx") if is_xlsx else (read_csv_rows, "csv")
    heading, rows = reader(upload, is_heading=is_heading, most=MOST_LINES[kind])
    places = [(column, place) for place, cell in enumerate(heading) if (column := _column(cell))]
    missing = [NAMES[column][0] for column in NEEDED if column not in dict(places)]
    if missing:
        raise BadFile(_("The statement lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    lines, complaints = [], []
    for row in rows:
        cells = _cells(row.cells, places)
        if _is_sum(row.cells):
            continue
        try:
            lines.append(StatementLine(row=row.number, **_facts(cells)))
        except _Unreadable as why:
            complaints.append(_("row %(row)d: %(why)s") % {"row": row.number, "why": why.sentence})
    if complaints:
        said = " ".join(complaints[:_SHOWN])
        raise BadFile(
            _("Nothing was imported; %(n)d rows are unclear. %(said)s") % {"n": len(complaints), "said": said}
        )
    if not lines:
        raise BadFile(_("The statement is empty: there is no row below the headings."))
    return _once(lines)


def _cells(row: Sequence[str], places: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Return a row's texts by column: of two columns for one thing the first that is filled, of remarks all."""
    cells: dict[str, str] = {}
    for column, place in places:
        text = row[place] if place < len(row) else ""
        before = cells.get(column, "")
        cells[column] = f"{before} {text}".strip() if column == MEMO else before or text
    return cells


def _is_sum(cells: Sequence[str]) -> bool:
    """Tell whether a row is the sum that banks write below a statement."""
    first = next((cell for cell in cells if cell), "")
    return first.rstrip(":：").lower().startswith(_SUMS)


def _facts(cells: dict[str, str]) -> dict[str, Any]:
    """Return what a row says.

    Raises:
        _Unreadable: something in it is not clear.
    """
    number = cells[NUMBER].strip("'\t ")
    if not number or _ROUNDED.fullmatch(number):
        raise _Unreadable(_("the bank's number is missing, or was rounded by Excel. Save that column as text."))
    currency = _currency(cells.get(CURRENCY, ""))
    direction, amount = _amount(cells[OUT], cells[IN], currency)
    return {
        "bank_reference": number[:64],
        "booked_on": _day(cells[DATE]),
        "direction": direction,
        "amount": amount,
        "currency": currency,
        "name": cells[NAME],
        "number": cells.get(ACCOUNT, "").strip("'\t ")[:64],
        "memo": cells[MEMO][:200],
    }


def _day(text: str) -> date:
    found = _DAY.fullmatch(text.strip())
    try:
        return date(*(int(part) for part in found.groups())) if found else date(0, 1, 1)
    except ValueError:
        raise _Unreadable(_("the date is not clear. Write it as 2026-11-24.")) from None


def _currency(text: str) -> str:
    code = _CURRENCIES.get(text.strip(), text.strip().upper())
    if code not in EXPONENTS:
        raise _Unreadable(_("the currency is not known here."))
    return code


def _amount(out: str, back: str, currency: str) -> tuple[str, int]:
    """Return the direction and the amount; what a bank writes with a minus is a movement the other way."""
    given = [(way, text.strip()) for way, text in (("out", out), ("in", back)) if text.strip() not in _NOTHING]
    if len(given) != 1:
        raise _Unreadable(_("it has no amount, or one in both columns."))
    way, text = given[0]
    try:
        amount = parse_money(text, currency)
    except DomainError as refusal:
        raise _Unreadable(str(refusal)) from None
    if amount == 0:
        raise _Unreadable(_("it has no amount, or one in both columns."))
    if amount < 0:
        way = "in" if way == "out" else "out"
    return way, abs(amount)


def said(line: StatementLine) -> tuple[object, ...]:
    """Return what makes two lines with the same number of the bank the same movement."""
    return line.bank_reference, line.booked_on, line.direction, line.amount, line.currency


def _once(lines: Sequence[StatementLine]) -> list[StatementLine]:
    """Return each movement once.

    Raises:
        BadFile: a number of the bank stands on two different movements.
    """
    for one, other in pairwise(sorted(lines, key=lambda line: (line.bank_reference, line.row))):
        if one.bank_reference == other.bank_reference and said(one) != said(other):
            raise two_movements(other)
    known: dict[str, StatementLine] = {}
    for line in lines:
        known.setdefault(line.bank_reference, line)
    return list(known.values())


def two_movements(line: StatementLine) -> BadFile:
    """Return the refusal of a file whose line contradicts another one."""
    words = {"row": line.row, "number": line.bank_reference}
    return BadFile(
        _(
            "Nothing was imported. Row %(row)d has the bank's number %(number)s, which stands on another movement. "
            "Ask the bank."
        )
        % words
    )
