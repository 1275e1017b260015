"""CSV files: nothing that a bank's clerk opens runs, and nothing that a bank wrote is misread."""

import csv
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
import time_machine
from openpyxl import load_workbook

from core.columns import Column
from core.csv_files import csv_table, read_csv_rows
from core.files import BadFile
from core.sheets import dated, workbook
from tests.factories.sheets import as_upload

HOSTILE = ["=1+1", "+86", "-5", "@SUM(A1)", "\tcmd", "\rcmd", '=HYPERLINK("x")']


def is_heading(cells):
    return cells[:1] == ["No."]


def read(content, most=10):
    return read_csv_rows(as_upload(content, "a.csv"), is_heading=is_heading, most=most)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_formula_is_written_as_text(text):
    written = csv_table(["No."], [[text]]).decode("utf-8-sig")

    assert list(csv.reader(StringIO(written, newline="")))[1] == [f"'{text}"]


def test_ordinary_texts_and_commas_are_written_as_they_are():
    written = csv_table(["No.", "户名"], [["1", '中心,（北辰）"甲"']])

    assert list(csv.reader(StringIO(written.decode("utf-8-sig"), newline="")))[1] == ["1", '中心,（北辰）"甲"']


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_file_of_a_bank_is_read_in_its_encoding(encoding):
    heading, rows = read("某某银行\r\nNo.,户名\r\n1,暖阳中心\r\n\r\n2,启明\r\n".encode(encoding))

    assert heading == ["No.", "户名"]
    assert [(row.number, row.cells) for row in rows] == [(3, ["1", "暖阳中心"]), (5, ["2", "启明"])]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b'No.\n"1\n',
        b"No.\n\x00\xff\n",
        b"PK\x03\x04\x00\x00",
        b"x\n" * 30 + b"No.\n1\n",
        b"No.\n" + b"1\n" * 11,
        b"No.\n" + b"1" * 2_000_001,
        b'No.\n"' + b"1" * 140_000 + b'"\n',
    ],
)
def test_file_that_is_no_list_is_refused_with_a_sentence(content):
    with pytest.raises(BadFile, match=r"\w"):
        read(content)


def test_dated_workbook_is_the_same_byte_for_byte_whenever_it_is_made():
    moment = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    columns = [Column("户名"), Column("金额")]

    def made():
        return workbook("批次", columns, [["=1+1", 5]])

    with time_machine.travel(moment):
        first = made()
    later = made()

    assert dated(first, moment) == dated(later, moment)
    book = load_workbook(BytesIO(dated(first, moment)))
    assert (book.properties.created, book.properties.modified) == (moment.replace(tzinfo=None),) * 2
    assert book.active["A2"].value == "=1+1"
    assert book.active["A2"].data_type == "s"
    assert dated(first, moment) != dated(first, moment.replace(hour=3))
