"""The import of division codes: all of a good file, nothing of a bad one, and the line that is to blame."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from organisations import region_file
from organisations.models import Region
from organisations.region_file import BadFile
from organisations.regions import import_regions

pytestmark = pytest.mark.django_db
HEADER = "code,name,level,parent_code"
GOOD = [
    "120000000000,天津市,province,",
    "120100000000,市辖区,city,120000000000",
    "120113000000,北辰区,county,120100000000",
    "120113004000,瑞景街道,township,120113000000",
    "120113004001,翡翠城社区,village,120113004000",
    "120113004002,𠮷安社区,village,120113004000",
]


@pytest.fixture
def write(tmp_path):
    def write(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "regions.csv"
        path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
        return path

    return write


def problems_of(path) -> list[str]:
    with pytest.raises(BadFile) as refusal:
        import_regions(path)
    assert not Region.objects.exists()
    return refusal.value.problems


def counts(report):
    return report.read, report.added, report.updated, report.unchanged, len(report.gone)


def test_import_writes_every_region_with_its_lineage(write):
    report = import_regions(write(*GOOD))

    assert counts(report) == (6, 6, 0, 0, 0)
    village = Region.objects.get(code="120113004002")
    assert (village.name, village.level, village.parent_id) == ("𠮷安社区", "village", "120113004000")
    assert village.lineage == "120000000000/120100000000/120113000000/120113004000/120113004002/"


def test_second_import_changes_nothing(write):
    import_regions(write(*GOOD))
    before = list(Region.objects.order_by("pk").values())

    assert counts(import_regions(write(*GOOD))) == (6, 0, 0, 6, 0)
    assert list(Region.objects.order_by("pk").values()) == before


def test_children_may_come_before_their_parents(write):
    assert counts(import_regions(write(*reversed(GOOD)))) == (6, 6, 0, 0, 0)


def test_a_level_may_be_skipped_where_a_city_has_no_counties(write):
    rows = [
        "440000000000,广东省,province,",
        "441900000000,东莞市,city,440000000000",
        "441900003000,东城街道,township,441900000000",
        "441900003001,岗贝社区,village,441900003000",
    ]

    assert import_regions(write(*rows)).added == 4


def test_renamed_region_is_updated(write):
    import_regions(write(*GOOD))

    report = import_regions(write(*GOOD[:4], "120113004001,翡翠城第一社区,village,120113004000", GOOD[5]))

    assert counts(report) == (6, 0, 1, 5, 0)
    assert Region.objects.get(code="120113004001").name == "翡翠城第一社区"


def test_gone_region_is_reported_and_kept(write):
    import_regions(write(*GOOD))

    report = import_regions(write(*GOOD[:5]))

    assert report.gone == [("120113004002", "𠮷安社区")]
    assert Region.objects.filter(code="120113004002").exists()


def test_region_outside_the_files_topmost_ones_is_not_gone(write):
    import_regions(write(*GOOD, "130000000000,河北省,province,"))

    assert import_regions(write(*GOOD)).gone == []


def test_part_of_the_tree_may_be_imported_below_a_known_parent(write):
    import_regions(write(*GOOD))

    report = import_regions(write(*GOOD[2:5]))

    assert (report.unchanged, report.gone) == (3, [("120113004002", "𠮷安社区")])


def test_topmost_region_without_a_parent_stays_where_it_is_known_to_be(write):
    import_regions(write(*GOOD))

    report = import_regions(write("120113000000,北辰区,county,", *GOOD[3:]))

    assert report.unchanged == 4
    assert Region.objects.get(code="120113000000").parent_id == "120100000000"


def test_moved_region_takes_its_children_along_even_those_that_are_gone(write):
    import_regions(write(*GOOD))
    moved = [
        *GOOD[:2],
        "120114000000,武清区,county,120100000000",
        GOOD[2],
        "120113004000,瑞景街道,township,120114000000",
    ]

    report = import_regions(write(*moved))

    assert (report.updated, len(report.gone)) == (1, 2)
    for region in Region.objects.select_related("parent").exclude(parent=None):
        assert region.lineage == f"{region.parent.lineage}{region.code}/"


def test_columns_may_come_in_another_order_with_others_between_and_a_mark_in_front(write):
    rows = ["province,1,天津市,,120000000000", "city,2,市辖区,120000000000,120100000000"]

    path = write(*rows, header="level,urban,name,parent_code,code", encoding="utf-8-sig")

    assert import_regions(path).added == 2


@pytest.mark.parametrize(
    ("row", "blame"),
    [
        ("120113004003,安康社区,village,999999999999", "parent 999999999999 of 120113004003 is neither"),
        ("120113004001,翡翠城社区,village,120113004000", "code 120113004001 stands on line 6 already"),
        ("120113004003,安康社区,hamlet,120113004000", "level “hamlet” is none of"),
        ("120113004003,安康社区,township,120113004000", "cannot lie in the township 120113004000"),
        ("120113005000,安康街道,township,120113004001", "cannot lie in the village"),
        ("12011300400,安康社区,village,120113004000", "code “12011300400” is not 12 digits"),
        ("1201130040030,安康社区,village,120113004000", "is not 12 digits"),
        ("12011300400x,安康社区,village,120113004000", "is not 12 digits"),
        ("１２０１１３００４００３,安康社区,village,120113004000", "is not 12 digits"),
        ("120113004003,安康社区,village,12011300", "parent code “12011300” is not 12 digits"),
        ("120113004003,安康社区,village,", "a village needs a parent code"),
        ("120113004003,,village,120113004000", "the name of 120113004003 must have"),
        (f"120113004003,{'长' * 101},village,120113004000", "the name of 120113004003 must have"),
        ("120113004003,安康\x00社区,village,120113004000", "printable"),
        ("120113004003,安康社区,village", "3 columns instead of 4"),
        ("120113004003,安康社区,village,120113004000,extra", "5 columns instead of 4"),
        ('120113004003,"安康社区,village,120113004000', "not readable as CSV"),
    ],
)
def test_bad_row_is_named_by_its_line_and_nothing_is_imported(write, row, blame):
    [problem] = problems_of(write(*GOOD, row))

    assert problem.startswith("Line 8: ")
    assert blame in problem


def test_text_in_another_encoding_is_named_by_its_line(tmp_path):
    path = tmp_path / "regions.csv"
    path.write_bytes("\n".join([HEADER, *GOOD[:2], ""]).encode() + GOOD[2].encode("gb18030"))

    [problem] = problems_of(path)

    assert problem.startswith("Line 4: the text is not UTF-8.")


@pytest.mark.parametrize("column", HEADER.split(","))
def test_missing_column_is_named(write, column):
    [problem] = problems_of(
        write(*GOOD, header=",".join("other" if name == column else name for name in HEADER.split(",")))
    )

    assert problem.startswith(f"Line 1: the column {column} is missing.")


def test_file_without_a_region_or_a_line_is_refused(write, tmp_path):
    assert problems_of(write()) == ["Line 1: the file holds no region."]
    (tmp_path / "regions.csv").write_bytes(b"")
    assert "is missing" in problems_of(tmp_path / "regions.csv")[0]


def test_every_problem_is_named_up_to_a_readable_number(write):
    rows = [f"{n},社区,village,120113004000" for n in range(30)]

    found = problems_of(write(*GOOD, *rows))

    assert (len(found), found[0][:7], found[-2][:8]) == (21, "Line 8:", "Line 27:")


def test_problems_before_an_unreadable_line_are_named_with_it(write):
    found = problems_of(write("1,x,village,", '120113004003,"安康'))

    assert [problem[:7] for problem in found] == ["Line 2:", "Line 3:"]


def test_empty_lines_are_no_rows(write):
    assert import_regions(write(*GOOD, "", "")).read == 6


def test_progress_is_told(write, monkeypatch):
    monkeypatch.setattr(region_file, "TELL_EVERY", 4)
    told: list[str] = []

    import_regions(write(*GOOD), progress=told.append)

    assert told == ["4 rows read.", "6 regions checked.", "6 of 6 new regions written."]


def test_command_prints_the_result_on_stdout_and_progress_on_stderr(write, capsys):
    import_regions(write(*GOOD))

    call_command("import_regions", str(write(*GOOD[:5])))

    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "5 regions read: 0 new, 0 changed, 5 unchanged; 1 gone from the file and kept.",
        "gone: 120113004002 𠮷安社区",
    ]
    assert err == "5 regions checked.\n"


def test_command_fails_naming_the_line_or_the_missing_file(write, tmp_path):
    with pytest.raises(CommandError, match=r"Nothing was imported\.\nLine 2: code “1” is not 12 digits long\."):
        call_command("import_regions", str(write("1,x,province,")))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_regions", str(tmp_path / "none.csv"))


def test_shipped_file_holds_beichen_with_its_ancestors():
    report = import_regions(Path(settings.BASE_DIR, "organisations/data/regions-beichen.csv"))

    assert (report.added, Region.objects.filter(level="township").count()) == (317, 24)
    assert Region.objects.get(code="120113004000").name == "瑞景街道"
