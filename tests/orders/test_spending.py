"""What the public reads about paid orders: every yuan by theme, area, provider and programme, and no child's trace."""

import pytest

from funding import payouts, settlements
from funding.models import Settlement
from orders import spending
from orders.lifecycle import confirm, report
from orders.lifecycle.delivering import OfficeReview
from orders.models import Order
from tests.conftest import NOW
from tests.factories.funding import make_paid_advance, make_paid_payout, make_spending
from tests.factories.orders import after, close_sessions, make_approved, make_present, make_stage, rows_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def stage():
    return make_stage(title="模拟法庭进社区")


def paid(stage, *, week: int = 0, came: int = 1) -> Order:
    """An order of two sessions that was paid; so many children came to its first."""
    order = make_approved(stage, rows=rows_for(stage, 2, days_ahead=14 + week))
    for _ in range(came - 1):
        make_present(order.planned.get(position=1).session)
    close_sessions(order)
    report(order, by=stage.coordinator, now=after(order), text="都办完了。")
    confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))
    settlement = Settlement.objects.get(commitment__order=order)
    make_paid_payout(settlement=settlements.approve(settlement, by=stage.finance, now=after(order)))
    return order


def books(client, query: str = "", language: str = "en") -> str:
    return client.get(f"/funding/public/{query}", headers={"accept-language": language}).content.decode()


@pytest.mark.parametrize("way", spending.WAYS)
def test_the_rows_add_up_to_what_the_fund_has_paid(stage, way):
    orders = [paid(stage, week=week) for week in (0, 1)]
    stage.line.refresh_from_db()

    rows = spending.spent(stage.line.fund, way)

    assert [(row.orders, row.sessions, row.amount) for row in rows] == [(2, 4, sum(one.total for one in orders))]
    assert rows[0].amount == stage.line.paid


def test_the_books_count_no_order_whose_advance_came_back(stage, client):
    """What is told as spent would be more than was paid, and the rest below it negative."""
    order = make_approved(stage, rows=rows_for(stage, 2))
    advance = make_paid_advance(70_000, commitment=order.commitment)
    close_sessions(order)
    report(order, by=stage.coordinator, now=after(order), text="都办完了。")
    confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))
    settlement = Settlement.objects.get(commitment__order=order, kind="settlement")
    make_paid_payout(settlement=settlements.approve(settlement, by=stage.finance, now=after(order)))
    assert sum(row.amount for row in spending.spent(stage.line.fund, "theme")) == order.total

    payouts.mark_returned(advance.payouts.get(), by=stage.finance, now=after(order), reason="退票")

    assert spending.spent(stage.line.fund, "theme") == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("?by=area", "瑞景街道"),
        ("?by=provider", "青禾"),
        ("?by=programme", "模拟法庭进社区"),
        ("?by=nonsense", "theme-"),
    ],
)
def test_anybody_reads_who_was_paid_for_what(stage, client, query, name):
    paid(stage)

    shown = books(client, query, "zh-hans")

    assert name in shown[shown.index('id="spent"') : shown.index('id="h-region"')]


def test_fewer_than_five_children_are_not_counted_out(stage, client):
    paid(stage, came=3)
    assert "fewer than 5</td>" in books(client)

    paid(stage, week=1, came=3)
    assert ">8</td>" in books(client)


def test_what_is_not_paid_is_not_in_the_books_yet(stage, client):
    make_approved(stage)

    assert "Nothing has been paid yet" in books(client)


def test_what_no_settled_order_stands_for_is_said_beside_the_table(stage, client):
    order = paid(stage)
    assert "no settled order stands for" not in books(client)
    make_spending(stage.line, 700)

    shown = books(client)

    assert "¥7.00 more is paid that no settled order stands for" in shown
    assert [row.amount for row in spending.spent(stage.line.fund, "theme")] == [order.total]


def test_an_advance_is_not_in_the_books_before_its_order_is_settled(stage, client):
    make_paid_advance(commitment=make_approved(stage).commitment)

    shown = books(client)

    assert "No order has been settled yet" in shown
    assert "more is paid that no settled order stands for" in shown


@pytest.mark.parametrize("count", [1, 3])
def test_the_books_cost_the_same_for_one_order_and_three(stage, client, django_assert_num_queries, count):
    for week in range(count):
        paid(stage, week=week)

    with django_assert_num_queries(8):
        client.get("/funding/public/?by=programme")


def test_the_books_are_added_up_again_only_when_something_was_paid_since(stage, django_assert_num_queries):
    fund = paid(stage, came=6).commitment.line.fund

    first = spending.spent(fund, "theme")
    with django_assert_num_queries(1):
        assert spending.spent(fund, "theme") == first
    paid(stage, week=1, came=7)
    with django_assert_num_queries(3):
        (row,) = spending.spent(fund, "theme")

    assert (first[0].children, row.children) == (7, 7 + 8)  # each second session brings one more
