"""Spreadsheets that people send: whatever they hold, the answer is rows or a sentence, soon and in little memory."""

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest

from core import sheet_reading
from core.files import BadFile
from core.sheet_reading import read_rows
from tests.factories.sheets import as_upload, make_xlsx, repacked

HEAD = ["H", "I"]
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def read(upload, most=10):
    return read_rows(upload, is_heading=lambda cells: "H" in cells, most=most)


def sheet(*rows, change=None):
    return make_xlsx(*rows, headings=HEAD, change=change)


def cell(at, text):
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_rows_come_as_texts_with_excels_numbers():
    def titled(sheet):
        sheet.insert_rows(1, 2)
        sheet["A1"] = "Our list"

    heading, rows = read(sheet(["  a ", 13800000000.0], [None, None], ["=1+1", 2.5], change=titled))

    assert list(heading[:2]) == HEAD
    assert [(row.number, *row.cells[:2]) for row in rows] == [(4, "a", "13800000000"), (6, "", "2.5")]


def test_text_that_looks_like_a_formula_stays_text():
    def as_text(sheet):
        sheet["A2"].data_type = "s"

    _heading, [row] = read(sheet(["=1+1", "@x"], change=as_text))

    assert row.cells[:2] == ["=1+1", "@x"]


def test_hidden_rows_and_merged_cells_are_pointed_out():
    def odd(sheet):
        sheet.row_dimensions[2].hidden = True
        sheet.merge_cells("A3:A4")

    _heading, rows = read(sheet(["a", 1], ["b", 2], ["", 3], ["d", 4], change=odd))

    assert [(row.is_hidden, row.is_merged) for row in rows] == [
        (True, False),
        (False, True),
        (False, True),
        (False, False),
    ]


def test_a_list_on_a_later_sheet_is_found_and_a_hidden_sheet_is_not_looked_at():
    def later(sheet):
        book = sheet.parent
        hidden = book.create_sheet("hidden", 0)
        hidden.append(HEAD)
        hidden.append(["hidden", 0])
        hidden.sheet_state = "hidden"
        book.create_sheet("notes", 0).append(["nothing"])
        book.active = 2

    _heading, [row] = read(sheet(["a", 1], change=later))

    assert row.cells[0] == "a"


def test_rows_beyond_the_limit_are_refused_and_blank_ones_do_not_count():
    blanks = [[None, None]] * 30
    assert len(read(sheet(*blanks, *[["x", 1]] * 10))[1]) == 10
    with pytest.raises(BadFile, match="more than 10 rows"):
        read(sheet(*[["x", 1]] * 11))


def test_a_wrong_dimension_hides_no_row():
    whole = _SHEET.replace("<sheetData>", '<dimension ref="A1"/><sheetData>').format(
        f'<row r="1">{cell("A1", "H")}</row><row r="2">{cell("A2", "a")}</row>'
    )
    assert [row.cells[0] for row in read(repacked(sheet(), sheet1=whole))[1]] == ["a"]


def test_a_sheet_without_the_heading_is_refused():
    with pytest.raises(BadFile, match="No heading"):
        read(make_xlsx(*[["x"]] * 30, headings=["other"]))


@pytest.mark.parametrize(
    "content",
    [b"", b"no sheet", b"PK\x03\x04 half", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", b"name,born\r\n"],
)
def test_what_is_no_xlsx_is_refused_with_a_sentence(content):
    with pytest.raises(BadFile, match=r"\.xlsx"):
        read(as_upload(content))


def test_a_zip_of_something_else_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BadFile, match="cannot be read"):
        read(as_upload(out.getvalue()))


def test_a_zip_of_a_version_that_nobody_knows_is_refused():
    content = bytearray(sheet().read())
    content[content.rindex(b"PK\x01\x02") + 6] = 225

    with pytest.raises(BadFile, match=r"\.xlsx"):
        read(as_upload(bytes(content)))


def test_a_large_upload_is_refused():
    with pytest.raises(BadFile, match="larger than 2 MB"):
        read(as_upload(b"x" * 2_000_001))


def test_what_unpacks_to_too_much_is_never_opened(monkeypatch):
    def never(*_args, **_kwargs):
        pytest.fail("opened")

    monkeypatch.setattr(sheet_reading, "load_workbook", never)
    bomb = repacked(sheet(), sheet1=b" " * 17_000_000)
    assert bomb.size < 100_000
    with pytest.raises(BadFile, match="far more than a list"):
        read(bomb)


@pytest.mark.parametrize(
    ("part", "unit"), [("sheet1", "<row/>"), ("sheet1", "<c/>"), ("styles", "<font/>"), ("workbook", "<sheet/>")]
)
def test_small_files_of_endless_marks_are_never_opened(monkeypatch, part, unit):
    """Sixteen megabytes of empty marks kept the reader busy for a minute, in a gigabyte of memory."""
    monkeypatch.setattr(sheet_reading, "load_workbook", lambda *_args, **_kwargs: pytest.fail("opened"))
    with pytest.raises(BadFile, match="far more than a list"):
        read(repacked(make_xlsx(["a"], headings=["H"]), **{part: unit * 150_001}))


def test_too_many_parts_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(301):
            archive.writestr(str(n), "")
    with pytest.raises(BadFile, match="far more than a list"):
        read(as_upload(out.getvalue()))


def test_entities_are_never_expanded():
    """With defusedxml in place openpyxl refuses them; this fails where somebody takes it away."""
    assert openpyxl.DEFUSEDXML
    laughs = '<!DOCTYPE w [<!ENTITY a "ha">]>' + _SHEET.format(f'<row r="1">{cell("A1", "&a;")}</row>')
    for part in ("sheet1", "workbook", "styles"):
        with pytest.raises(BadFile, match="cannot be read"):
            read(repacked(sheet(["a", 1]), **{part: laughs}))


@pytest.mark.parametrize("numbers", [(1, 99_999_999_999), (2, 2), (5, 4), (0, 1), ("x", 2)])
def test_rows_that_do_not_count_upwards_are_refused(numbers):
    rows = "".join(f'<row r="{number}">{cell(f"A{number}", "H")}</row>' for number in numbers)
    with pytest.raises(BadFile, match="cannot be read"):
        read(repacked(sheet(), sheet1=_SHEET.format(rows)))


@pytest.mark.parametrize("nul", ["\x00", "&#0;"])
def test_a_character_that_no_database_holds_cannot_come_in(nul):
    with pytest.raises(BadFile, match="cannot be read"):
        read(repacked(sheet(), sheet1=_SHEET.format(f'<row r="1">{cell("A1", f"H{nul}")}</row>')))


@pytest.mark.parametrize(
    ("typed", "text"),
    [(f" {'x' * 300} ", "x" * 200), (datetime(2017, 5, 4, 13, 30), "2017-05-04"), (7.0, "7"), (7.25, "7.25")],
)
def test_a_cell_is_read_as_a_person_would_type_it(typed, text):
    _heading, [row] = read(sheet([typed, 1]))

    assert row.cells[0] == text


def test_marks_are_counted_over_all_parts(monkeypatch):
    monkeypatch.setattr(sheet_reading, "load_workbook", lambda *_args, **_kwargs: pytest.fail("opened"))
    half = "<c/>" * 80_000
    with pytest.raises(BadFile, match="far more than a list"):
        read(repacked(sheet(), sheet1=half, styles=half))


def test_a_row_far_below_is_read_soon():
    rows = f'<row>{cell("A1", "H")}</row><row r="1048576">{cell("A1048576", "last")}</row>'
    _heading, [row] = read(repacked(sheet(), sheet1=_SHEET.format(rows)))

    assert (row.number, row.cells[0]) == (1_048_576, "last")


def count_rows(monkeypatch):
    """Return the list that grows by one with each row that is read."""
    read_so_far, texts = [], sheet_reading._texts

    def counted(sheet):
        for cells in texts(sheet):
            read_so_far.append(cells)
            yield cells

    monkeypatch.setattr(sheet_reading, "_texts", counted)
    return read_so_far


def test_blank_rows_before_any_heading_are_not_walked_through(monkeypatch):
    """A file of 8 KB, whose eight sheets each hold one cell in Excel's last row, kept a worker for eleven seconds."""
    upload = make_xlsx(headings=["other"], change=lambda sheet: [sheet.parent.create_sheet() for _ in range(7)])
    far = _SHEET.format(f'<row r="1048576">{cell("A1048576", "H")}</row>')
    upload = repacked(upload, **{f"sheet{n}": far for n in range(1, 9)})
    read_so_far = count_rows(monkeypatch)

    with pytest.raises(BadFile, match="No heading"):
        read(upload)

    assert upload.size < 10_000
    assert len(read_so_far) <= 8 * (sheet_reading.HEADING_WITHIN + 1)


@pytest.mark.parametrize(("above", "found"), [(19, True), (20, False)])
def test_a_heading_is_looked_for_in_the_first_twenty_rows(above, found):
    upload = sheet(["a", 1], change=lambda sheet: sheet.insert_rows(1, above))

    if found:
        assert [row.number for row in read(upload)[1]] == [21]
    else:
        with pytest.raises(BadFile, match="No heading"):
            read(upload)


def test_too_many_merged_cells_are_refused():
    merged = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(3, 2_005))
    whole = _SHEET.format(f'<row r="1">{cell("A1", "H")}</row>').replace(
        "</worksheet>", f"<mergeCells>{merged}</mergeCells></worksheet>"
    )
    with pytest.raises(BadFile, match="Too many cells are merged"):
        read(repacked(sheet(), sheet1=whole))
