"""Where a fund's money flows: the sums are those of its lines, whatever happened to them."""

from datetime import date

import pytest

from funding import carrying, commitments, queries, settlements
from funding.models import BudgetLine
from orders import flow
from orders.flow import OUTSIDE, PARTS, Flow
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_paid_advance,
    make_paid_payout,
    make_rule,
    make_settlement,
    make_spending,
)
from tests.factories.orders import make_approved, make_confirmed, make_stage, rows_for
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


def adds_up(fund) -> Flow:
    """The flow of a fund whose sums are those of its lines, part by part and area by area."""
    found = flow.flow_of(fund)
    lines = list(BudgetLine.objects.filter(fund=fund).select_related("region"))
    for part in PARTS:
        for rows in (found.themes, found.all_areas, found.areas):
            assert sum(row.parts[part] for row in rows) == sum(getattr(line, part) for line in lines), part
        for area in found.all_areas:
            own = [line for line in lines if line.region.name == area.key]
            assert area.parts[part] == sum(getattr(line, part) for line in own)
    for row in found.themes:
        assert sum(row.across.values()) == row.total == sum(area.across.get(row.key, 0) for area in found.areas)
    return found


@pytest.fixture
def stage():
    return make_stage()


def test_orders_flow_to_their_theme_and_area(stage):
    settlement = make_confirmed(stage, rows=rows_for(stage, 1)).commitment.settlement
    make_paid_payout(settlement=settlements.approve(settlement, by=stage.finance, now=NOW))
    make_approved(stage, rows=rows_for(stage, 2, days_ahead=28))

    found = adds_up(stage.line.fund)

    theme = stage.programme.theme_id
    assert [(row.key, row.parts["paid"], row.parts["committed"]) for row in found.themes] == [(theme, 80_000, 160_000)]
    assert found.total == 240_000


def test_what_no_order_spent_stands_by_itself(stage):
    make_approved(stage, rows=rows_for(stage, 1))
    make_spending(stage.line, 5_000)

    found = adds_up(stage.line.fund)

    assert [(row.key, row.total) for row in found.themes] == [(stage.programme.theme_id, 80_000), (OUTSIDE, 5_000)]


def test_a_carried_commitment_counts_where_its_money_is(stage):
    fund = stage.line.fund
    order = make_approved(stage, rows=rows_for(stage, 1))
    after = make_fund(500_000, league=fund.league, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    target = make_line(500_000, fund=after, region=make_region("瑞景街道"))
    carrying.carry_over(stage.line, target, by=clock("tests"), now=NOW, key="carry")

    assert adds_up(fund).total == 0
    assert [(row.key, row.parts["committed"]) for row in adds_up(after).themes] == [(order.version.theme_id, 80_000)]


def test_an_advance_counts_for_its_order_and_what_was_set_off_for_the_one_that_earned_it(stage):
    order = make_approved(stage, rows=rows_for(stage, 1))
    make_rule(stage.line.fund, advance_share=5_000)
    advance = make_paid_advance(commitment=order.commitment)
    commitments.void(advance.commitment, by=clock("tests"), now=NOW, reason="x")
    other = make_commitment(2_000, line=stage.line, provider=order.provider)
    make_settlement(2_000, commitment=other, approved_by=make_finance())

    found = adds_up(stage.line.fund)

    assert [(row.key, row.parts["paid"]) for row in found.themes] == [
        (stage.programme.theme_id, 1_000),
        (OUTSIDE, 2_000),
    ]


def test_picture_shows_every_amount_and_bundles_the_small_areas(stage):
    cells = {("law", f"街{number}", "paid"): 100 * (number + 1) for number in range(8)}
    cells["mind", "街0", "committed"] = 30_050

    found = Flow("CNY", cells)
    svg = flow.picture(found, 400, {part: part for part in (*PARTS, "available")}, "all of it")

    assert [row.label for row in found.areas] == ["街0", "街7", "街6", "街5", "街4", "3 more areas"]
    assert found.areas[-1].total == 100 * (2 + 3 + 4)
    for said in ("300.50", "36.00", "4.00", "301.50", "9.00"):
        assert f">{said}</text>" in svg
    whole = flow.picture(Flow("CNY", {("law", "街", "paid"): 6_840_000}), 0, dict.fromkeys(PARTS, "x"), "whole")
    assert ">68,400</text>" in whole


def test_page_shows_picture_bars_and_table_in_the_readers_language(client, stage, django_assert_num_queries):
    make_approved(stage, rows=rows_for(stage, 1))
    fund = stage.line.fund
    client.force_login(stage.finance.user)

    page = client.get(f"/funding/funds/{fund.pk}/flow/", headers={"accept-language": "zh-hans"}).content.decode()

    assert 'role="img" aria-label="' in page
    assert "用表格看" in page
    assert page.count("瑞景街道") >= 3
    with django_assert_num_queries(9):
        client.get(f"/funding/funds/{fund.pk}/flow/")
    client.force_login(make_member(make_organisation("league"), "finance").user)
    assert client.get(f"/funding/funds/{fund.pk}/flow/").status_code == 404


def test_a_fund_without_orders_says_so(client, stage):
    client.force_login(stage.finance.user)

    page = client.get(f"/funding/funds/{stage.line.fund_id}/flow/", headers={"accept-language": "en"})

    assert "Nothing flows yet" in page.content.decode()
    assert queries.totals(stage.line.fund).is_whole
