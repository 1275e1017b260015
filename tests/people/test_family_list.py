"""What a school's list would do, row by row, and that carrying it out does exactly that and does it once."""

import logging
import uuid
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.utils import translation
from openpyxl import load_workbook

from core.errors import SentByAnother
from core.files import BadFile
from organisations.acting import Acting
from organisations.models import Region
from people import family_list, imports, tasks
from people.models import Child, ChildHistory, FamilyImport, Guardian, Guardianship
from people.services import NotAnOffice
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian
from tests.factories.sheets import HEADINGS, as_upload, make_xlsx, row
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def league():
    return make_organisation("league", region=make_region("北辰区"))


@pytest.fixture
def clerk():
    return make_member(make_organisation("school", region=make_region("瑞景街道")), "clerk")


def start(clerk, *rows, **more):
    return imports.start(make_xlsx(*rows, **more), by=clerk, submission_id=uuid.uuid4(), now=NOW)


def judged(clerk, *rows, **more):
    """The outcome of each row."""
    return [line.outcome for line in imports.look(start(clerk, *rows, **more), NOW)]


def problem(clerk, *rows):
    """The column and the sentence of the last row's first problem."""
    line = imports.look(start(clerk, *rows), NOW)[-1]
    assert line.outcome == "error"
    heading, sentence = line.problems[0]
    return str(heading), sentence


def confirmed(clerk, *rows):
    return imports.confirm(start(clerk, *rows), by=clerk, now=NOW)


def test_new_rows_become_families_by_phone(clerk):
    done = confirmed(
        clerk,
        row(),
        row(a="小满", b="2019/5/4", c="120113008001"),
        row(a="白露", d="王叔叔", e="13900000002", f="叔叔"),
    )

    families = Guardian.objects.order_by("pk")
    assert [(one.name, one.phone, one.registered_by) for one in families] == [
        ("李奶奶", "+8613900000001", clerk.organisation),
        ("王叔叔", "+8613900000002", clerk.organisation),
    ]
    children = Child.objects.order_by("pk")
    assert [(one.name, one.birth_date, one.home_community.name) for one in children] == [
        ("谷雨", date(2017, 5, 4), "翡翠城社区"),
        ("小满", date(2019, 5, 4), "翡翠城社区"),
        ("白露", date(2017, 5, 4), "翡翠城社区"),
    ]
    assert list(Guardianship.objects.order_by("pk").values_list("relation", flat=True)) == [
        "grandparent",
        "grandparent",
        "other",
    ]
    assert done.children == [one.pk for one in children]
    assert set(ChildHistory.objects.values_list("verb", "actor", "on_behalf_of")) == {
        ("add", clerk.user.pk, clerk.organisation.pk)
    }


def test_a_second_import_adds_nothing(clerk):
    rows = [row(), row(a="白露", e="13900000002")]
    confirmed(clerk, *rows)

    again = start(clerk, *rows)
    assert [line.outcome for line in imports.look(again, NOW)] == ["here", "here"]
    imports.confirm(again, by=clerk, now=NOW)

    assert (Child.objects.count(), Guardian.objects.count()) == (2, 2)


def test_saying_yes_twice_adds_once_and_forgets_the_rows(clerk):
    listed = start(clerk, row())
    imports.confirm(listed, by=clerk, now=NOW)
    imports.confirm(listed, by=clerk, now=NOW)

    kept = FamilyImport.objects.get()
    assert Child.objects.count() == 1
    assert (kept.rows, kept.shown_new, kept.children) == ([], [], [Child.objects.get().pk])


def test_errors_block_nothing_else(clerk):
    assert judged(clerk, row(b="soon"), row(a="白露")) == ["error", "new"]
    confirmed(clerk, row(b="soon"), row(a="白露"))
    assert [child.name for child in Child.objects.all()] == ["白露"]


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"a": ""}, "Child's name", "Write the child's name"),
        ({"a": "名" * 51}, "Child's name", "at most 50"),
        ({"b": ""}, "Birth date", "Write the birth date"),
        ({"b": "4 May"}, "Birth date", "like 2016-05-04"),
        ({"b": 42859}, "Birth date", "like 2016-05-04"),
        ({"b": "1017-05-04"}, "Birth date", "Look at the year"),
        ({"b": "2099-05-04"}, "Birth date", "in the future"),
        ({"b": "1999-05-04"}, "Birth date", "under 18"),
        ({"c": ""}, "Village or community", "Write the village"),
        ({"c": "桃花源"}, "Village or community", "second sheet"),
        ({"c": "瑞景街道"}, "Village or community", "second sheet"),
        ({"d": ""}, "Guardian's name", "Write the guardian's name"),
        ({"e": ""}, "Guardian's phone", "registered on its own page"),
        ({"e": "12"}, "Guardian's phone", "no phone number"),
        ({"f": ""}, "The guardian is the child's", "Say who answers"),
        ({"f": "狗"}, "The guardian is the child's", "Write one of these: parent"),
    ],
)
def test_an_error_names_its_column_and_reason(clerk, cells, column, words):
    heading, sentence = problem(clerk, row(**cells))

    assert (heading, words in sentence) == (column, True), sentence


def test_errors_are_said_in_the_pages_language(clerk):
    with translation.override("zh-hans"):
        assert problem(clerk, row(b="soon"))[0] == "出生日期"


@pytest.mark.parametrize("written", [date(2017, 5, 4), "2017-05-04", "2017/5/4", "2017.5.4", "2017年5月4日", 20170504])
def test_birth_dates_are_read_as_people_write_them(clerk, written):
    confirmed(clerk, row(b=written))

    assert Child.objects.get().birth_date == date(2017, 5, 4)


@pytest.mark.parametrize("relation", ["父亲", "妈妈", "parent", "Mother", "父母"])
def test_relations_are_read_as_people_write_them(clerk, relation):
    confirmed(clerk, row(f=relation))

    assert Guardianship.objects.get().relation == "parent"


def test_names_that_are_spaced_out_are_the_same_names(clerk):
    confirmed(clerk, row(a="谷　雨"))

    assert Child.objects.get().name == "谷雨"
    assert judged(clerk, row()) == ["here"]


def test_text_like_a_formula_stays_text(clerk):
    def as_text(sheet):
        sheet["A2"].data_type = "s"

    listed = start(clerk, row(a="=1+1"), change=as_text)
    imports.confirm(listed, by=clerk, now=NOW)

    assert Child.objects.get().name == "=1+1"


def test_rows_of_the_same_child_are_one(clerk):
    lines = imports.look(start(clerk, row(), row(), row(d="李爷爷", e="13900000009")), NOW)

    assert [line.outcome for line in lines] == ["new", "same", "same"]
    assert lines[1].remark == "The same child as in row 2."
    assert lines[2].remark == "Seems to be the child of row 2, with the phone 139 0000 0001."


def test_a_phone_has_one_guardian_in_a_list(clerk):
    assert problem(clerk, row(), row(a="白露", d="别人")) == ("Guardian's phone", "Row 2 gives this phone to 李奶奶.")


def test_a_guardian_may_be_something_else_to_another_child(clerk):
    confirmed(clerk, row(), row(a="白露", f="其他监护人"))

    rows = Guardianship.objects.order_by("pk")
    assert [one.relation for one in rows] == ["grandparent", "other"]
    assert Guardian.objects.count() == 1


def test_a_child_of_a_known_family_joins_it(clerk):
    family = make_guardian(registered_by=clerk.organisation, name="王秀英", phone="+8613900000001")

    listed = start(clerk, row())
    assert imports.look(listed, NOW)[0].remark == "Joins the family of 王秀英."
    imports.confirm(listed, by=clerk, now=NOW)

    assert Guardianship.objects.get().guardian == family


def test_a_child_with_another_phone_is_shown_and_left_out(clerk):
    family = make_guardian(registered_by=clerk.organisation, name="王秀英", phone="+8613800000009")
    make_child(family, name="谷雨", birth_date=date(2017, 5, 4))

    [line] = imports.look(start(clerk, row()), NOW)

    assert (line.outcome, line.family) == ("same", family)
    assert "王秀英 138 0000 0009" in line.remark


def test_other_offices_families_are_not_told_of(clerk):
    elsewhere = make_guardian(registered_by=make_family_office("天穆镇"), phone="+8613900000001")
    make_child(elsewhere, name="谷雨", birth_date=date(2017, 5, 4))
    own = make_guardian(phone="+8613900000001")
    make_child(own, name="谷雨", birth_date=date(2017, 5, 4))

    assert judged(clerk, row()) == ["new"]


def test_a_child_whose_other_guardian_is_a_stranger_is_here_and_the_stranger_is_not_shown(clerk):
    make_child(make_guardian(), name="谷雨", birth_date=date(2017, 5, 4), registered_by=clerk.organisation)

    [line] = imports.look(start(clerk, row()), NOW)

    assert (line.outcome, line.family) == ("here", None)


def test_a_name_means_the_offices_own_area_first(clerk):
    town = make_region("天穆镇")
    Region.objects.create(
        code="120113101077", name="翡翠城社区", level="village", parent=town, lineage=f"{town.lineage}120113101077/"
    )
    assert judged(clerk, row()) == ["new"]

    whole = make_member(make_organisation("school", region=make_region("北辰区")), "clerk")
    _heading, sentence = problem(whole, row())
    assert "翡翠城社区 (瑞景街道) 120113008001, 翡翠城社区 (天穆镇) 120113101077" in sentence
    assert judged(whole, row(c="120113101077")) == ["new"]


def test_without_a_league_there_is_no_place(clerk, league):
    league.delete()

    assert problem(clerk, row())[0] == "Village or community"


def test_hidden_and_merged_rows_are_errors(clerk):
    def odd(sheet):
        sheet.row_dimensions[2].hidden = True
        sheet.merge_cells("D3:D4")

    lines = imports.look(start(clerk, row(), row(a="白露"), row(a="霜降"), change=odd), NOW)

    assert [line.outcome for line in lines] == ["error"] * 3
    assert "hidden" in lines[0].problems[0][1]
    assert "merged" in lines[1].problems[0][1]


def test_headings_are_known_in_any_order_and_with_other_words(clerk):
    listed = start(
        clerk,
        ["x", "13900000001", "谷雨", "父亲", "2017-05-04", "翡翠城社区", "李爸爸"],
        headings=["序号", "联系电话（必填）", "学生 姓名", "关系", "出生日期*", "居住地", "监护人"],
    )

    assert [line.outcome for line in imports.look(listed, NOW)] == ["new"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_template_is_read_back_without_its_example(clerk, language):
    with translation.override(language):
        content = imports.template(clerk.organisation, "2017-05-04")

    with pytest.raises(BadFile, match="The list is empty"):
        imports.read(as_upload(content))
    assert family_list.is_example("示例（这一行不会读取）")


def test_the_template_names_the_places_of_the_area(clerk):
    places = load_workbook(BytesIO(imports.template(clerk.organisation, "2017-05-04"))).worksheets[1]

    assert list(places.values)[1:] == [("翡翠城社区", "120113008001", "瑞景街道")]


def test_a_template_for_an_area_without_places_can_be_made():
    province = make_organisation("school", region=make_region("翡翠城社区"))
    Region.objects.filter(pk=province.region_id).update(level="county")
    province.refresh_from_db()

    assert imports.template(province, "2017-05-04")


def test_a_list_without_a_column_says_which(clerk):
    with pytest.raises(BadFile, match="Guardian's phone"):
        start(clerk, row()[:4], headings=HEADINGS[:4])


def test_only_offices_and_schools_upload():
    for by in (make_member(make_organisation("provider"), "manager"), Acting(user=make_user()), Acting()):
        with pytest.raises(NotAnOffice):
            start(by, row())


def test_the_same_submission_is_one_list(clerk):
    number = uuid.uuid4()
    first = imports.start(make_xlsx(row()), by=clerk, submission_id=number, now=NOW)

    assert imports.start(make_xlsx(row()), by=clerk, submission_id=number, now=NOW) == first
    with pytest.raises(SentByAnother):
        imports.start(make_xlsx(row()), by=make_member(clerk.organisation, "clerk"), submission_id=number, now=NOW)


def test_lists_are_forgotten_in_time(clerk, monkeypatch):
    waiting, done = start(clerk, row()), confirmed(clerk, row(a="白露"))
    hour, day = NOW + timedelta(hours=1), NOW + timedelta(days=1)

    assert imports.sweep(hour - timedelta(seconds=1)) == 0
    assert not FamilyImport.objects.visible_to(clerk, hour).filter(pk=waiting.pk).exists()
    with pytest.raises(imports.ListGone):
        imports.confirm(waiting, by=clerk, now=hour)
    assert imports.sweep(hour) == 1
    monkeypatch.setattr(tasks.timezone, "now", lambda: day)
    assert FamilyImport.objects.get() == done
    tasks.sweep()
    assert not FamilyImport.objects.exists()


def test_a_list_that_was_thrown_away_cannot_be_carried_out(clerk):
    listed = start(clerk, row())
    imports.discard(listed)

    with pytest.raises(imports.ListGone):
        imports.confirm(listed, by=clerk, now=NOW)


def test_what_was_carried_out_is_not_thrown_away(clerk):
    done = confirmed(clerk, row())
    imports.discard(done)

    assert FamilyImport.objects.get() == done


def test_nothing_of_a_list_is_logged(clerk, caplog):
    caplog.set_level(logging.DEBUG)
    confirmed(clerk, row(), row(b="soon"))

    assert "谷雨" not in caplog.text
    assert "李奶奶" not in caplog.text


@pytest.mark.parametrize("count", [1, 6])
def test_judging_and_adding_cost_the_same_for_one_and_six(clerk, count, django_assert_num_queries):
    rows = [row(a=f"孩子{chr(0x4E00 + n)}", e=f"1390000000{n}") for n in range(count)]
    listed = start(clerk, *rows)

    with django_assert_num_queries(4):
        imports.look(listed, NOW)
    with django_assert_num_queries(17):
        imports.confirm(listed, by=clerk, now=NOW)
