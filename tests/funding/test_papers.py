"""All papers of a settlement on one page, a sheet each: order, acceptance, settlement with invoice, voucher."""

import pytest

from funding import settlements
from orders import lifecycle
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import make_paid_advance, make_paid_payout, make_rule, make_settlement
from tests.factories.orders import after, make_approved, make_confirmed, make_delivered, make_stage
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture
def stage():
    return make_stage()


def see(client, by, settlement):
    client.force_login(by.user)
    return client.get(f"/funding/settlements/{settlement.pk}/papers/", headers=EN)


def test_each_paper_is_a_sheet_of_its_own(client, stage, django_assert_num_queries):
    order = make_confirmed(stage)
    settlement = settlements.approve(order.commitment.settlement, by=stage.finance, now=NOW)
    payout = make_paid_payout(settlement=settlement)
    client.force_login(stage.finance.user)
    link = f'href="/funding/settlements/{settlement.pk}/papers/"'
    assert link in client.get(f"/funding/settlements/{settlement.pk}/", headers=EN).content.decode()

    page = see(client, stage.finance, settlement).content.decode()

    assert page.count('<article class="sheet') == 4
    assert page.count("<h1") == 1
    titles = ("Order form", "Acceptance of the delivery", "Settlement and invoice", "Payment voucher")
    places = [page.index(f"<h2>{title}</h2>") for title in titles]
    assert places == sorted(places)
    for said in (
        "都办完了。",
        order.number,
        payout.settlement.invoice.number,
        payout.bank_reference,
        "fewer than 5 came",
    ):
        assert said in page
    assert str(stage.office.user) in page
    with django_assert_num_queries(12):
        client.get(f"/funding/settlements/{settlement.pk}/papers/")


def test_before_the_transfer_there_is_no_voucher_and_the_clock_is_named(client, stage):
    order = make_delivered(stage)
    lifecycle.confirm(order, by=clock("orders.sweep"), now=max(order.waits_until, after(order)))
    order.refresh_from_db()

    page = see(client, stage.officer, order.commitment.settlement).content.decode()

    assert page.count('<article class="sheet') == 3
    assert "by the clock, nobody objected" in page
    assert "There is no transfer yet" in page


def test_an_advance_has_no_acceptance_and_a_settlement_says_what_it_pays_out(client, stage):
    order = make_approved(stage)
    make_rule(stage.line.fund, advance_share=5_000)
    advance = make_paid_advance(commitment=order.commitment)
    settlement = make_settlement(10_000, commitment=advance.commitment, approved_by=stage.finance)
    make_paid_payout(settlement=settlement)

    first = see(client, stage.officer, advance).content.decode()
    second = see(client, stage.officer, settlement).content.decode()

    assert (first.count('<article class="sheet'), second.count('<article class="sheet')) == (3, 4)
    assert "Acceptance of the delivery" not in first
    assert "Advance and invoice" in first
    assert f"Advance on order {order.number}" in first
    assert "采购教具" in first
    assert "¥100.00 settled, less ¥30.00 advanced or set off" in second
    assert "¥70.00" in second


def test_papers_are_for_the_league_that_pays(client, stage):
    settlement = make_confirmed(stage).commitment.settlement

    assert see(client, make_member(make_organisation("league"), "finance"), settlement).status_code == 404
    assert see(client, stage.provider, settlement).status_code == 403
    assert see(client, stage.office, settlement).status_code == 403
