"""Spreadsheets hold what the person sees, and text stays text."""

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from core.columns import Column
from core.sheets import workbook
from orders.models import Order
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.orders import make_accepted, make_approved, make_order, make_stage, make_submitted, rows_for
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']


def sheet(content: bytes):
    return load_workbook(BytesIO(content)).active


def export(client, acting, what, language="en", **query):
    client.force_login(acting.user)
    response = client.get(f"/workbench/export/{what}.xlsx", query, headers={"accept-language": language})
    assert response.status_code == 200
    return sheet(response.content)


def column(sheet, heading):
    index = [cell.value for cell in sheet[1]].index(heading)
    return [row[index] for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("text", EVIL)
def test_workbook_keeps_formula_like_text_as_text(text):
    (cell,) = sheet(workbook("T", [Column("H")], [[text]]))["A2":"A2"][0]

    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value.strip() == text.strip()


def test_workbook_drops_characters_that_excel_cannot_hold_and_keeps_rare_ones():
    (cell,) = sheet(workbook("T", [Column("H")], [["a\x00b𠮷😀"]]))["A2":"A2"][0]

    assert cell.value == "ab𠮷😀"


def test_workbook_keeps_numbers_dates_and_nothing():
    page = sheet(workbook("T", [Column("a", format="0.00"), Column("b"), Column("c")], [[Decimal("1.50"), NOW, None]]))

    assert page["A2"].value == 1.5
    assert page["B2"].value.isoformat() == "2026-11-24T10:00:00"
    assert page["C2"].value is None


def test_orders_hold_the_visible_rows_with_money_as_numbers(client):
    stage = make_stage()
    order = make_accepted(stage)

    page = export(client, stage.office, "orders")

    assert [cell.value for cell in column(page, "Number")] == [order.number]
    assert column(page, "Total")[0].value == 1600
    assert column(page, "Status")[0].value == "Awaiting League"


def test_orders_are_in_chinese_on_a_chinese_page(client):
    stage = make_stage()
    make_accepted(stage)

    page = export(client, stage.office, "orders", "zh-hans")

    assert column(page, "编号")[0].value == stage.office.organisation.orders.get().number
    assert "合计" in [cell.value for cell in page[1]]


def test_orders_follow_the_filters_of_the_list(client):
    stage = make_stage()
    make_order(stage)
    make_submitted(stage, rows=rows_for(stage, 1, days_ahead=21))

    assert len(column(export(client, stage.office, "orders"), "Number")) == 2
    assert len(column(export(client, stage.office, "orders", group="drafts"), "Number")) == 1
    assert len(column(export(client, stage.office, "orders", status="submitted"), "Number")) == 1
    assert len(column(export(client, stage.office, "orders", status="nonsense"), "Number")) == 2


def test_orders_with_formula_like_reason_stay_text(client):
    stage = make_stage()
    make_order(stage)
    Order.objects.update(reason="=cmd|' /C calc'!A0")

    assert column(export(client, stage.office, "orders"), "Reason")[0].data_type == "s"


def test_orders_of_others_are_not_in_it(client):
    make_order(make_stage())
    stranger = make_member(make_organisation("provider"), "manager")

    assert column(export(client, stranger, "orders"), "Number") == []


@pytest.mark.parametrize("who", ["office", "provider", "officer"])
def test_sessions_hold_counts_and_no_names(client, who):
    stage = make_stage()
    make_approved(stage)

    page = export(client, getattr(stage, who), "sessions")

    assert len(column(page, "Places")) == 2
    assert {cell.value for cell in column(page, "Taken")} == {0}
    assert len(column(export(client, getattr(stage, who), "sessions", status="closed"), "Places")) == 0


def test_programmes_are_a_providers_own_or_the_menu(client):
    stage, other = make_stage(), make_stage_elsewhere()

    assert len(column(export(client, stage.provider, "programmes"), "Number")) == 1
    assert len(column(export(client, stage.officer, "programmes"), "Number")) == 2
    assert len(column(export(client, stage.office, "programmes", status="published"), "Number")) == 2
    assert len(column(export(client, stage.office, "programmes", status="draft"), "Number")) == 0
    assert other.provider.name == Organisation.objects.get(pk=other.provider_id).name


def make_stage_elsewhere():
    from tests.factories.catalog import make_programme

    return make_programme()


def test_export_that_does_not_exist_is_not_found(client):
    client.force_login(make_stage().office.user)

    assert client.get("/workbench/export/children.xlsx").status_code == 404


def test_export_without_an_organisation_is_refused(client):
    client.force_login(make_user())

    assert client.get("/workbench/export/orders.xlsx").status_code == 403


@pytest.mark.parametrize(
    ("kind", "role", "what"),
    [
        ("office", "child_officer", "orders"),
        ("office", "child_officer", "sessions"),
        ("school", "child_officer", "sessions"),
        ("league", "editor", "orders"),
        ("league", "editor", "sessions"),
        ("league", "safeguarding", "sessions"),
        ("enterprise", "manager", "orders"),
        ("enterprise", "manager", "sessions"),
    ],
)
def test_whoever_may_not_open_the_page_takes_no_list_of_it_away(client, kind, role, what):
    client.force_login(make_member(make_organisation(kind), role).user)

    assert client.get(f"/workbench/export/{what}.xlsx").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_orders_cost_the_same_for_one_and_three(client, rows, django_assert_num_queries):
    stage = make_stage()
    for n in range(rows):
        make_submitted(stage, rows=rows_for(stage, 1, days_ahead=14 + 7 * n))
    export(client, stage.office, "orders")

    with django_assert_num_queries(3):
        client.get("/workbench/export/orders.xlsx")
