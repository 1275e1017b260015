"""Spreadsheets that people send: read as text, within limits, and never more trusted than any other upload.

What unpacks to too much is refused before it is opened; entities are not expanded (openpyxl reads through defusedxml);
formulas are not reckoned, what Excel last showed is taken. Import this where a file is read: it brings openpyxl.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from zipfile import ZipFile

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.xml.functions import iterparse

from core.files import BadFile, refuse_large

MAX_BYTES = 2_000_000
MAX_UNPACKED = 16_000_000
MAX_PARTS = 300
MAX_MARKS = 150_000  # of XML: a list of 500 rows has a tenth; the reader takes up to 40 µs for each
MAX_COLUMNS = 40
MAX_TEXT = 200
LAST_ROW = 1_048_576  # of any Excel sheet
MAX_MERGED = 2_000
HEADING_WITHIN = 20
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"  # .xls, or .xlsx behind a password


@dataclass(frozen=True)
class SheetRow:
    """One row that holds something, as Excel numbers it; ``cells`` are texts."""

    number: int
    cells: Sequence[str]
    is_hidden: bool = False
    is_merged: bool = False


@dataclass(frozen=True)
class _Oddities:
    """What the cells themselves do not tell: which rows are hidden, and which cells are merged."""

    hidden: set[int]
    merged: list[tuple[int, int]]


def read_rows(
    upload: "UploadedFile[bytes]", *, is_heading: Callable[[Sequence[str]], bool], most: int
) -> tuple[Sequence[str], list[SheetRow]]:
    """Return the heading and the rows below it, from the first visible sheet that has such a heading.

    Raises:
        BadFile: too large, no xlsx, damaged, with more than ``most`` rows, or without the heading.
    """
    refuse_large(upload, MAX_BYTES)
    _refuse_bombs(upload)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that the reader leaves out
            found = _first_table(upload, is_heading, most)
    except BadFile:
        raise
    except Exception:  # noqa: BLE001  whatever a damaged file makes the reader stumble over: it is the file
        raise BadFile(_damaged()) from None
    if found is None:
        raise BadFile(_("No heading was found. Use the template, and leave its first row as it is."))
    return found


def _damaged() -> str:
    return _("This file cannot be read. Open it in Excel or WPS, save it as .xlsx, and choose that one.")


def _refuse_bombs(upload: "UploadedFile[bytes]") -> None:
    """Look at the packing list, then count the marks: a part that is longer than it says there is not read on."""
    upload.seek(0)
    if upload.read(len(_OLD_OR_LOCKED)) == _OLD_OR_LOCKED:
        raise BadFile(_("This is an old Excel file, or it has a password. Save it as .xlsx without a password."))
    upload.seek(0)
    try:
        with ZipFile(upload) as archive:
            parts = archive.infolist()
            is_small = len(parts) <= MAX_PARTS and sum(part.file_size for part in parts) <= MAX_UNPACKED
            is_small = is_small and sum(archive.read(part).count(b"<") for part in parts) <= MAX_MARKS
    except Exception:  # noqa: BLE001  a damaged list makes it raise more than it says
        raise BadFile(_("This is no .xlsx file. Save the list as .xlsx, and choose that one.")) from None
    if not is_small:
        raise BadFile(_("This file holds far more than a list. Copy the list into the template, and choose that one."))
    upload.seek(0)


def _first_table(
    upload: "UploadedFile[bytes]", is_heading: Callable[[Sequence[str]], bool], most: int
) -> tuple[Sequence[str], list[SheetRow]] | None:
    book = load_workbook(upload, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            with book._archive.open(sheet._worksheet_path) as source:
                odd = _oddities(source)
            sheet.reset_dimensions()  # some programs write wrong ones
            table = _table(_texts(sheet), odd, is_heading, most)
            if table:
                return table
    finally:
        book.close()
    return None


def _oddities(source: IO[bytes]) -> _Oddities:
    """Read through a sheet once, before its cells: rows count upwards, as the reader of the cells relies on."""
    hidden: set[int] = set()
    merged: list[tuple[int, int]] = []
    number = 0
    for _event, element in iterparse(source):
        tag = element.tag.rpartition("}")[2]
        if tag == "row":
            before, number = number, int(element.get("r") or number + 1)
            if not before < number <= LAST_ROW:
                raise BadFile(_damaged())
            if element.get("hidden") in {"1", "true"}:
                hidden.add(number)
            element.clear()
        elif tag == "mergeCell":
            _left, top, _right, bottom = range_boundaries(element.get("ref"))
            merged.append((top, bottom))
    if len(merged) > MAX_MERGED:
        raise BadFile(_("Too many cells are merged. Copy the list into the template, and choose that one."))
    return _Oddities(hidden, merged)


_BLANK = (None,) * MAX_COLUMNS  # a row without a word, of which a sheet may have a million


def _texts(sheet: Any) -> Iterator[list[str]]:
    for cells in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True):
        yield [] if cells == _BLANK else [_text(cell) for cell in cells]


def _text(value: Any) -> str:
    """Return what stands in a cell as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:MAX_TEXT]


def _table(
    rows: Iterator[list[str]], odd: _Oddities, is_heading: Callable[[Sequence[str]], bool], most: int
) -> tuple[Sequence[str], list[SheetRow]] | None:
    heading: list[str] = []
    found: list[SheetRow] = []
    for number, cells in enumerate(rows, 1):
        if not heading and number > HEADING_WITHIN:
            break
        if not any(cells):
            continue
        if heading:
            is_merged = any(top <= number <= bottom for top, bottom in odd.merged)
            found.append(SheetRow(number, cells, is_hidden=number in odd.hidden, is_merged=is_merged))
            if len(found) > most:
                raise BadFile(_("The list has more than %(most)d rows. Make two lists of it.") % {"most": most})
        elif is_heading(cells):
            heading = cells
    return (heading, found) if heading else None
