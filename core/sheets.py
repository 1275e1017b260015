"""Spreadsheets: what a person typed stays text, whatever it begins with.

Import this where a file is made: openpyxl is a twentieth of what starting the site costs.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.functional import Promise
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from core.columns import Column, Value
from core.time import local

IN_MEMORY = 2_000_000  # bytes
_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def _cell(sheet: WriteOnlyWorksheet, value: Value, column: Column) -> WriteOnlyCell:
    if isinstance(value, str | Promise):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", str(value)))
        cell.data_type = "s"  # never a formula, even if it begins with = + - @
        cell.quotePrefix = True
        return cell
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, local(value).replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm"
        return cell
    cell = WriteOnlyCell(sheet, value)
    if column.format:
        cell.number_format = column.format
    return cell


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return an Excel file with one sheet: bold headings that stay in view, then the rows."""
    return workbook_of([(title, columns, rows)])


def workbook_file(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> IO[bytes]:
    """Return such a file at its beginning: in memory while it is small, on disk where it grows beyond ``IN_MEMORY``.

    The rows are written one by one as they come; whoever gets the file closes it.
    """
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  handed on open
    _save([(title, columns, rows)], file)
    file.seek(0)
    return file


def dated(content: bytes, moment: datetime) -> bytes:
    """Return an Excel file as if it had been made at that moment: the same rows give the same bytes every time."""
    stamp = local(moment)
    day = (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
    said = f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
    out = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = _MADE.sub(rb"\g<1>" + said, old.read(name)) if name == "docProps/core.xml" else old.read(name)
            new.writestr(ZipInfo(name, day), part, ZIP_DEFLATED)
    return out.getvalue()


def workbook_of(sheets: Iterable[tuple[str, Sequence[Column], Iterable[Sequence[Value]]]]) -> bytes:
    """Return an Excel file with several such sheets, each a title, its columns and its rows."""
    buffer = BytesIO()
    _save(sheets, buffer)
    return buffer.getvalue()


def _save(sheets: Iterable[tuple[str, Sequence[Column], Iterable[Sequence[Value]]]], file: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    for title, columns, rows in sheets:
        _fill(book.create_sheet(title[:31]), columns, rows)
    book.save(file)


def _fill(sheet: WriteOnlyWorksheet, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> None:
    sheet.freeze_panes = "A2"
    for position, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(position)].width = column.width
    headings = [_cell(sheet, column.heading, column) for column in columns]
    for cell in headings:
        cell.font = Font(bold=True)
    sheet.append(headings)
    for row in rows:
        sheet.append([_cell(sheet, value, column) for value, column in zip(row, columns, strict=True)])
