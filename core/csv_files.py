"""CSV files: written so that no spreadsheet takes a text for a formula, and read in the encodings that banks use."""

import csv
from collections.abc import Callable, Iterable, Sequence
from io import StringIO

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.files import BadFile, refuse_large
from core.sheet_reading import HEADING_WITHIN, MAX_BYTES, MAX_COLUMNS, MAX_TEXT, SheetRow

CSV = "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ENCODINGS = ("utf-8-sig", "gb18030")


def csv_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file that Excel opens in the right encoding; what looks like a formula begins with an apostrophe."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows([f"'{text}" if text.startswith(_FORMULA) else text for text in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def read_csv_rows(
    upload: "UploadedFile[bytes]", *, is_heading: Callable[[Sequence[str]], bool], most: int
) -> tuple[Sequence[str], list[SheetRow]]:
    """Return the heading and the rows below it, as ``core.sheet_reading.read_rows`` does of an Excel file.

    Raises:
        BadFile: too large, no CSV, with more than ``most`` rows, or without the heading.
    """
    refuse_large(upload, MAX_BYTES)
    upload.seek(0)
    heading: Sequence[str] = []
    found: list[SheetRow] = []
    try:
        for number, cells in enumerate(csv.reader(StringIO(_text(upload.read()), newline=""), strict=True), 1):
            row = [cell.strip()[:MAX_TEXT] for cell in cells[:MAX_COLUMNS]]
            if heading and any(row):
                found.append(SheetRow(number, row))
            elif not heading and is_heading(row):
                heading = row
            if len(found) > most:
                raise BadFile(_("The list has more than %(most)d rows. Make two lists of it.") % {"most": most})
            if not heading and number >= HEADING_WITHIN:
                break
    except csv.Error:
        raise _damaged() from None
    if not heading:
        raise BadFile(_("No heading was found. Its columns have other names than the layout, or it is another file."))
    return heading, found


def _damaged() -> BadFile:
    return BadFile(_("This is no CSV file that can be read. Save the list as .csv or .xlsx, and choose that one."))


def _text(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _damaged()
