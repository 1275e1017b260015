"""A figure means the same on every page that shows it: the fund, what waits at finance, orders under way."""

import re
from importlib import import_module

import pytest
from django.apps import apps

from funding import funds, payouts, queries, settlements
from funding.models import BudgetLine, Payout, Settlement
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import make_payee_account, make_payout
from tests.factories.orders import (
    make_accepted,
    make_approved,
    make_confirmed,
    make_order,
    make_stage,
    make_submitted,
    rows_for,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def stage():
    return make_stage()


def page(client, by, path: str):
    client.force_login(by.user)
    return client.get(path, headers={"accept-language": "en"})


def settled(stage, week: int) -> Settlement:
    """An approved settlement of an order of its own week."""
    order = make_confirmed(stage, rows=rows_for(stage, 1, days_ahead=14 + 7 * week))
    return settlements.approve(Settlement.objects.get(commitment__order=order), by=stage.finance, now=NOW)


def test_a_fund_has_one_total_and_one_available(stage, client):
    funds.receive(stage.line.fund, 260_000, document="追加", by=clock("tests"), now=NOW, key="more")
    make_approved(stage)

    pages = [(stage.officer, "/workbench/"), (stage.finance, "/workbench/"), (stage.finance, "/funding/")]
    shown = [page(client, by, path).context["totals"] for by, path in [*pages, (stage.office, "/funding/public/")]]

    assert len(set(shown)) == 1
    assert (shown[0].total, shown[0].unallocated, shown[0].is_whole) == (4_260_000, 260_000, True)


def test_what_waits_at_finance_is_counted_as_it_is_listed(stage, client):
    waiting, on_its_way = settled(stage, 0), settled(stage, 1)
    make_payout(settlement=on_its_way, maker=stage.finance)

    counts = page(client, stage.finance, "/workbench/").context["counts"]
    lists = page(client, stage.finance, "/funding/")

    assert [row["settlement"] for row in lists.context["to_pay"]] == [waiting]
    assert counts == {"to_approve": 0, "to_pay": 1, "to_send": 1, "to_confirm": 0}
    assert "2 payments, 1 with a transfer under way" in lists.content.decode()


def test_a_transfer_that_failed_counts_its_settlement_once(stage, client):
    settlement = settled(stage, 0)
    payout = make_payout(settlement=settlement, maker=stage.finance)
    payouts.mark_failed(payout, reason="账号有误", by=stage.finance, now=NOW)
    make_payee_account(stage.provider.organisation)
    payouts.queue(settlement, by=stage.finance, now=NOW)
    assert Payout.objects.count() == 2

    totals = page(client, stage.finance, "/funding/").context["totals"]

    assert (totals.open_payments, totals.on_their_way) == (1, 1)


def test_a_payment_counts_from_its_arrival_until_it_comes_back(stage, client):
    payout = make_payout(settlement=settled(stage, 0), maker=stage.finance)
    payouts.send(payout, by=stage.finance, now=NOW)

    def shown() -> int:
        return page(client, stage.finance, "/funding/").context["totals"].payments

    counts = [shown()]
    payouts.mark_paid(payout, bank_reference="SLIP-1", by=stage.finance, now=NOW)
    counts.append(shown())
    payouts.mark_returned(payout, reason="退票", by=stage.finance, now=NOW)
    counts.append(shown())

    assert counts == [0, 1, 0]


def test_the_number_of_payments_is_written_where_none_was_kept(stage):
    payout = make_payout(settlement=settled(stage, 0), maker=stage.finance)
    payouts.send(payout, by=stage.finance, now=NOW)
    payouts.mark_paid(payout, bank_reference="SLIP-1", by=stage.finance, now=NOW)
    BudgetLine.objects.update(payments=0)

    import_module("funding.migrations.0015_payments_counted").count_payments(apps, None)

    assert queries.totals(stage.line.fund).payments == 1


def test_orders_under_way_are_counted_as_they_are_listed(stage, client):
    make_order(stage)
    for week, make in enumerate([make_submitted, make_accepted, make_approved, make_confirmed]):
        make(stage, rows=rows_for(stage, 1, days_ahead=14 + 7 * week))

    for by in (stage.office, stage.officer):
        listed = page(client, by, "/orders/?group=open").content.decode()
        assert page(client, by, "/workbench/").context["under_way"] == 4
        assert len(set(re.findall(r'class="table-link" href="/orders/([^/"]+)/', listed))) == 4
        assert 'Under way <span class="num muted">4</span>' in listed
