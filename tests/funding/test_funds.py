"""Funds: receive, refund, allocate, take back; the fund's equation holds after each."""

import uuid
from datetime import date

import pytest

from funding import corrections, funds, ledger, lines, outside
from funding.models import BudgetLine, Entry, Fund, FundHistory
from organisations.acting import clock
from tests.factories.funding import make_finance, make_fund, make_league, make_line
from tests.factories.organisations import make_organisation, make_region

pytestmark = pytest.mark.django_db
BY = clock("tests")


def adds_up(fund):
    fund.refresh_from_db()
    allocated = sum(fund.lines.values_list("allocated", flat=True))
    return fund.received - fund.refunded == fund.unallocated + allocated and fund.allocated == allocated


def test_create_twice_with_one_submission_makes_one_fund(now):
    league, submission_id = make_league(), uuid.uuid4()
    values = {"name": "专项资金", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}

    first = funds.create(league, **values, by=BY, now=now, submission_id=submission_id)
    second = funds.create(league, **values, by=BY, now=now, submission_id=submission_id)

    assert first == second
    assert first.accounts.count() == 2
    assert FundHistory.objects.get().verb == "create"


def test_receive_puts_the_money_into_unallocated_once(now):
    fund = make_fund()
    by = make_finance(fund.league)

    for _click in range(2):
        fund = funds.receive(fund, 20_000_000, document="津财拨〔2026〕1号", by=by, now=now, key="receive:1")

    assert (fund.received, fund.unallocated) == (20_000_000, 20_000_000)
    entry = Entry.objects.get(kind="receive")
    assert (entry.memo, entry.actor, entry.on_behalf_of) == ("津财拨〔2026〕1号", by.user, fund.league)
    assert list(fund.history.values_list("verb", flat=True)) == ["create", "receive"]


def test_create_a_second_fund_of_one_name_is_refused_whoever_sets_it_up(now):
    """Two officers at once: the slower one met an error page instead of a sentence."""
    league = make_league()
    values = {"name": "专项资金", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    funds.create(league, **values, by=BY, now=now)

    with pytest.raises(funds.NameTaken, match="of this name already") as refusal:
        funds.create(league, **values, by=BY, now=now)

    assert refusal.value.field == "name"
    assert funds.create(make_organisation("league"), **values, by=BY, now=now).name == "专项资金"


@pytest.mark.parametrize("name", ["receive", "refund"])
def test_enter_one_slip_twice_is_refused_until_the_first_is_corrected(now, name):
    """Two of finance have the same slip: the fund would show twice the money, or too little."""
    fund, act = make_fund(1_000), getattr(funds, name)
    one, two = make_finance(fund.league), make_finance(fund.league)
    for _click in range(2):
        act(fund, 300, document="回单 Ab-7", by=one, now=now, key="first")

    for document in ("回单 Ab-7", "回单AB-7", "回单 Ａｂ－７"):
        with pytest.raises(outside.DocumentEntered, match="part 2") as refusal:
            act(fund, 300, document=document, by=two, now=now, key="second")
        assert refusal.value.field == "document"
    act(make_fund(1_000), 300, document="回单 Ab-7", by=two, now=now, key="other fund")
    assert Entry.objects.of_fund(fund).filter(kind=name, memo="回单 Ab-7").count() == 1
    corrections.correct(Entry.objects.get(key="first"), reason="记错", by=one, now=now)
    act(fund, 200, document="回单 Ab-7", by=two, now=now, key="second")

    assert adds_up(fund)


def test_refund_comes_only_from_unallocated_money(now):
    fund = make_fund(1000)
    make_line(800, fund=fund)

    with pytest.raises(ledger.NotEnough):
        funds.refund(fund, 201, document="退款单", by=BY, now=now, key="refund:1")
    fund = funds.refund(fund, 200, document="退款单", by=BY, now=now, key="refund:2")

    assert (fund.received, fund.refunded, fund.unallocated) == (1000, 200, 0)
    assert adds_up(fund)


def test_allocate_opens_the_line_once_and_adds_to_it(now):
    fund = make_fund(1000)

    first = funds.allocate(fund, make_region(), 400, by=BY, now=now, key="a")
    again = funds.allocate(fund, make_region(), 400, by=BY, now=now, key="a")
    more = funds.allocate(fund, make_region(), 100, by=BY, now=now, key="b")
    themed = funds.allocate(fund, make_region(), 50, theme_slug="law", by=BY, now=now, key="c")

    assert first == again == more != themed
    assert (more.allocated, more.available, themed.available) == (500, 500, 50)
    assert adds_up(fund)
    assert fund.unallocated == 450


def test_allocate_more_than_the_fund_has_leaves_no_line(now):
    fund = make_fund(1000)

    with pytest.raises(ledger.NotEnough):
        funds.allocate(fund, make_region(), 1001, by=BY, now=now, key="a")

    assert not BudgetLine.objects.exists()


def test_allocate_outside_the_area_of_the_league_is_refused(now):
    league = make_organisation("league", region=make_region("天穆镇"))
    fund = make_fund(1000, league=league)

    with pytest.raises(funds.OutsideArea) as refusal:
        funds.allocate(fund, make_region("瑞景街道"), 100, by=BY, now=now, key="a")

    assert refusal.value.field == "region"


def test_take_back_returns_available_money_only(now):
    line = make_line(1000)

    with pytest.raises(ledger.NotEnough):
        funds.take_back(line, 1001, by=BY, now=now, key="t1")
    for _click in range(2):
        line = funds.take_back(line, 400, by=BY, now=now, key="t2")

    assert (line.allocated, line.available) == (600, 600)
    fund = Fund.objects.get()
    assert adds_up(fund)
    assert fund.unallocated == 400


def test_candidates_prefer_the_nearest_region_then_the_theme(now):
    fund = make_fund(10_000)
    district = make_line(1000, fund=fund, region=make_region("北辰区"))
    street = make_line(1000, fund=fund, region=make_region("瑞景街道"))
    street_law = make_line(1000, fund=fund, region=make_region("瑞景街道"), theme_slug="law")
    make_line(1000, fund=fund, region=make_region("瑞景街道"), theme_slug="mind")
    make_line(1000, fund=fund, region=make_region("天穆镇"))
    make_line(1000)  # another League's

    found = lines.candidates(
        league=fund.league, region=make_region("翡翠城社区"), theme_slug="law", on=date(2026, 11, 28)
    )

    assert found == [street_law, street, district]


def test_candidates_hold_the_day_in_their_period_and_the_amount_in_their_purse():
    fund = make_fund(10_000)
    small = make_line(100, fund=fund, region=make_region("瑞景街道"))
    large = make_line(1000, fund=fund, region=make_region("北辰区"))
    asked = {"league": fund.league, "region": make_region("瑞景街道"), "theme_slug": "law"}

    assert lines.candidates(**asked, on=date(2026, 12, 31), amount=100) == [small, large]
    assert lines.candidates(**asked, on=date(2026, 12, 31), amount=101) == [large]
    assert lines.candidates(**asked, on=date(2027, 1, 1)) == []


def test_fund_names_itself_in_the_readers_language():
    fund = make_fund(name="青少年服务专项资金", name_en="Youth service fund")

    assert str(fund) == "Youth service fund"
    assert str(make_fund(name="无英文名")) == "无英文名"
    assert str(make_line(fund=make_fund(100_000, name="基金"))) == "基金 · 瑞景街道"
