"""Spreadsheets for tests: as Excel writes them, and as nobody should."""

import io
import zipfile
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

HEADINGS = ["孩子的姓名", "出生日期", "村居", "家长姓名", "家长手机号", "家长是孩子的"]
ROW = ["谷雨", date(2017, 5, 4), "翡翠城社区", "李奶奶", "139 0000 0001", "祖父母 / 外祖父母"]


def row(**cells):
    """A right row, but for what is given by the position's letter, such as ``a="name"``."""
    found = list(ROW)
    for letter, value in cells.items():
        found["abcdef".index(letter)] = value
    return found


def as_upload(content, name="list.xlsx"):
    """Bytes as a browser sends them."""
    return SimpleUploadedFile(name, content)


def make_xlsx(*rows, headings=HEADINGS, change=None):
    """An uploaded list; ``change`` may do to the sheet whatever it likes before it is saved."""
    book = Workbook()
    sheet = book.active
    for cells in [headings, *rows]:
        sheet.append(cells)
    if change:
        change(sheet)
    out = io.BytesIO()
    book.save(out)
    return as_upload(out.getvalue())


def repacked(upload, **parts):
    """The same list with some of its parts replaced, such as ``sheet1="<xml/>"``."""
    upload.seek(0)
    out = io.BytesIO()
    with zipfile.ZipFile(upload) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            stem = name.rpartition("/")[2].removesuffix(".xml")
            new.writestr(name, parts.get(stem, old.read(name)))
    return as_upload(out.getvalue())
