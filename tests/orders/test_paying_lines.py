"""Which budget line pays an order: one that covers it, in its currency, near, and with enough on it."""

import pytest

from core.time import today
from funding import funds
from funding.allowances import TermOver
from funding.models import BudgetLine
from orders import lifecycle
from orders.lifecycle.deciding import NoBudget
from organisations.acting import clock
from tests.factories.funding import make_fund, make_line
from tests.factories.orders import PRICE, make_accepted, make_stage
from tests.factories.organisations import make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def test_approve_where_no_line_covers_the_date_is_refused(stage, now):
    fund = stage.line.fund
    fund.ends_on = now.date()
    fund.save()

    with pytest.raises(NoBudget, match="Ask League finance"):
        lifecycle.approve(make_accepted(stage), by=stage.officer, now=now)


def test_approve_takes_no_line_of_another_currency(stage, now):
    """An order of ¥800 would take 800 of another money."""
    fund = make_fund(PRICE * 5, league=stage.officer.organisation, currency="USD")
    dollars = make_line(PRICE * 5, fund=fund, region=stage.office.organisation.region)
    order = make_accepted(stage)

    with pytest.raises(NoBudget):
        lifecycle.approve(order, by=stage.officer, now=now, line_id=dollars.pk)

    assert lifecycle.approve(order, by=stage.officer, now=now).line == stage.line


def test_approve_takes_the_next_line_where_the_nearest_ones_allowance_is_over(now):
    stage = make_stage()
    above = make_line(PRICE * 2, fund=_richer(stage), region=make_region("北辰区"))
    order = make_accepted(stage)
    BudgetLine.objects.filter(pk=stage.line.pk).update(returns_on=today(now))

    with pytest.raises(TermOver):
        lifecycle.approve(order, by=stage.officer, now=now, line_id=stage.line.pk)

    assert lifecycle.approve(order, by=stage.officer, now=now).line == above


def test_approve_takes_the_line_that_the_officer_chose(stage, now):
    other = make_line(PRICE * 5, fund=_richer(stage), region=make_region("北辰区"))

    order = lifecycle.approve(make_accepted(stage), by=stage.officer, now=now, line_id=other.pk)

    assert order.line == other


def _richer(stage):
    funds.receive(stage.line.fund, PRICE * 5, document="二号", by=clock("tests"), now=stage.line.created_at, key="more")
    return stage.line.fund


def test_approve_takes_the_nearest_line_that_has_enough_to_the_last_fen(now):
    """The street's own line is nearer, and one session's price short."""
    stage = make_stage(budget=PRICE)
    above = make_line(PRICE * 2, fund=_richer(stage), region=make_region("北辰区"))

    order = lifecycle.approve(make_accepted(stage, sessions=2), by=stage.officer, now=now)

    above.refresh_from_db()
    assert (order.line, above.available) == (above, 0)
