"""Year end: open commitments go on to the next line with their amount, and every later step finds them there."""

from datetime import date, timedelta

import pytest

from core.time import today
from funding import carrying, commitments, funds, ledger, payouts, settlements
from funding.invariants import INVARIANTS
from funding.models import CarriedCommitment, Commitment, Entry, FundHistory
from orders.models import Order
from organisations.acting import clock
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_payout,
    make_proposed_lines,
    make_settlement,
)
from tests.factories.orders import make_approved, make_stage
from tests.factories.organisations import make_region

pytestmark = pytest.mark.django_db
BY = clock("tests")
NEXT_YEAR = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}


@pytest.fixture
def league():
    return make_league()


@pytest.fixture
def old(league):
    return make_line(1000, fund=make_fund(1000, league=league))


@pytest.fixture
def new(league):
    return make_line(500, fund=make_fund(500, league=league, **NEXT_YEAR))


def carry(old, new, now, key="carry"):
    return carrying.carry_over(old, new, by=BY, now=now, key=key)


def balances(line):
    line.refresh_from_db()
    return line.allocated, line.available, line.committed


def holds(fund):
    fund.refresh_from_db()
    return fund.received - fund.refunded == fund.unallocated + sum(fund.lines.values_list("allocated", flat=True))


def broken():
    return {promise.key: promise.check().breaches for promise in INVARIANTS if promise.check().breaches}


def test_carry_over_moves_open_commitments_with_their_amount_in_one_entry(old, new, now):
    first, second = make_commitment(200, line=old), make_commitment(100, line=old)
    dropped = make_commitment(50, line=old)
    commitments.void(dropped, by=BY, now=now, reason="取消")

    entry = carry(old, new, now)

    assert balances(old) == (700, 700, 0)
    assert balances(new) == (800, 500, 300)
    assert set(entry.carried.values_list("commitment", "amount")) == {(first.pk, 200), (second.pk, 100)}
    assert set(Commitment.objects.open().values_list("line", flat=True)) == {new.pk}
    assert Commitment.objects.get(pk=dropped.pk).line_id == old.pk
    assert (holds(old.fund), holds(new.fund)) == (True, True)
    assert (old.fund.received, old.fund.refunded, new.fund.received) == (1000, 300, 800)
    assert FundHistory.objects.filter(verb="carry_over", commitment__isnull=False).count() == 2
    assert broken() == {}


def test_carry_over_twice_with_one_form_carries_once(old, new, now):
    make_commitment(200, line=old)

    first = carry(old, new, now)
    make_commitment(100, line=old)
    again = carry(old, new, now)

    assert first == again
    assert balances(new)[2] == 200
    assert carry(old, new, now, key="another form").carried.get().amount == 100


def test_carry_over_with_a_used_form_for_another_line_is_refused(old, new, now):
    make_commitment(200, line=old)
    carry(old, new, now)
    make_commitment(100, line=old)

    with pytest.raises(ledger.KeyReused):
        carry(old, make_line(1, fund=make_fund(1, league=old.fund.league, **NEXT_YEAR)), now)


def test_carry_over_of_nothing_is_refused(old, new, now):
    with pytest.raises(carrying.NothingOpen):
        carry(old, new, now)

    assert not Entry.objects.filter(kind="carry_over").exists()


@pytest.mark.parametrize("why", ["itself", "league", "currency", "ends sooner", "region", "theme"])
def test_carry_over_to_a_line_that_cannot_pay_is_refused(old, league, now, why):
    make_commitment(200, line=old)
    fund = make_fund(500, league=league, **NEXT_YEAR)
    targets = {
        "itself": lambda: old,
        "league": lambda: make_line(fund=make_fund(100_000, league=make_league(), **NEXT_YEAR)),
        "currency": lambda: make_line(fund=make_fund(100_000, league=league, currency="JPY", **NEXT_YEAR)),
        "ends sooner": lambda: make_line(fund=make_fund(100_000, league=league, ends_on=date(2026, 11, 30))),
        "region": lambda: make_line(500, fund=fund, region=make_region("天穆镇")),
        "theme": lambda: make_line(500, fund=fund, theme_slug="law"),
    }
    target = targets[why]()

    with pytest.raises(carrying.NoSuccessor) as refusal:
        carry(old, target, now)

    assert refusal.value.field == "target"
    assert target not in carrying.successors(old)
    assert balances(old)[2] == 200


def test_successors_are_the_later_lines_of_the_area(old, new, league):
    district = make_line(1, fund=make_fund(1, league=league, **NEXT_YEAR), region=make_region("北辰区"))
    make_line(1, fund=make_fund(1, league=league, **NEXT_YEAR), region=make_region("天穆镇"))

    assert carrying.successors(old) == [new, district]


def test_carry_over_within_a_fund_stays_in_it(league, now):
    fund = make_fund(1000, league=league)
    street = make_line(500, fund=fund)
    district = make_line(500, fund=fund, region=make_region("北辰区"))
    make_commitment(200, line=street)

    carry(street, district, now)

    assert (balances(street), balances(district)) == ((300, 300, 0), (700, 500, 200))
    fund.refresh_from_db()
    assert (fund.received, fund.refunded) == (1000, 0)
    assert broken() == {}


def test_carry_over_into_a_closed_period_is_refused(old, new, now):
    make_commitment(200, line=old)
    later = now + timedelta(days=2)
    funds.close_period(new.fund, ends_on=today(now), by=BY, now=later)

    with pytest.raises(ledger.PeriodClosed):
        carry(old, new, now)

    assert not CarriedCommitment.objects.exists()


def test_carried_commitment_is_settled_and_paid_from_its_new_line(old, new, now):
    commitment = make_commitment(200, line=old)
    stale = Commitment.objects.with_line().get(pk=commitment.pk)
    carry(old, new, now)
    finance = make_finance(new.fund.league)

    settlement = settlements.propose(stale, make_proposed_lines(150), explanation={}, by=BY, now=now)
    settlement = settlements.approve(settlement, by=finance, now=now)
    payout = payouts.send(make_payout(settlement=settlement), by=make_finance(), now=now)
    payouts.mark_paid(payout, bank_reference="ABC1", by=finance, now=now)

    new.refresh_from_db()
    assert (new.paid, new.committed, new.available, new.allocated) == (150, 0, 550, 700)
    assert balances(old) == (800, 800, 0)
    assert broken() == {}


def test_void_by_someone_who_read_the_commitment_before_it_was_carried_frees_the_new_line(old, new, now):
    stale = Commitment.objects.with_line().get(pk=make_commitment(200, line=old).pk)
    carry(old, new, now)

    commitments.void(stale, by=BY, now=now, reason="取消")

    assert (balances(old), balances(new)) == ((800, 800, 0), (700, 700, 0))


def test_commitment_is_carried_on_and_on(old, new, now):
    commitment = make_commitment(200, line=old)
    third = make_line(1, fund=make_fund(1, league=old.fund.league, ends_on=date(2028, 12, 31)))
    carry(old, new, now)
    carry(new, third, now, key="next year")

    commitment.refresh_from_db()
    assert commitment.line == third
    assert commitment.carried.count() == 2
    assert broken() == {}


def test_order_of_a_carried_commitment_names_its_new_line(now):
    stage = make_stage()
    order = make_approved(stage)
    target = make_line(1, fund=make_fund(1, league=stage.line.fund.league, **NEXT_YEAR), region=stage.line.region)

    carry(stage.line, target, now)

    assert Order.objects.get(pk=order.pk).line == target


def test_settlement_page_says_where_its_money_was_carried(client, old, new, now):
    """Otherwise the line on the page is not the one from which it was committed, and nobody knows why."""
    settlement = make_settlement(200, commitment=make_commitment(200, line=old))
    carry(old, new, now)
    client.force_login(make_finance(old.fund.league).user)

    page = client.get(f"/funding/settlements/{settlement.pk}/", headers={"accept-language": "en"})

    assert f"carried over from {old} to {new}" in page.content.decode()
