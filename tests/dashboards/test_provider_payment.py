"""What keeps a provider's money waiting on its own side stands on its start page, and its reports lead to a list."""

import re

import pytest

from activities import lifecycle as sessions
from activities.models import Session
from funding import payouts, settlements
from funding.models import Settlement
from orders import lifecycle
from orders.lifecycle.delivering import OfficeReview
from orders.models import Order
from tests.conftest import NOW
from tests.factories.funding import make_paid_advance, make_payee_account
from tests.factories.orders import after, close_sessions, make_approved, make_confirmed, make_stage, rows_for
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def stage():
    return make_stage()


def see(client, by, path: str = "/workbench/") -> str:
    client.force_login(by.user)
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def to_invoice(stage, **fields) -> Settlement:
    """A settlement that League finance approved."""
    settlement = Settlement.objects.get(commitment__order=make_confirmed(stage, **fields))
    return settlements.approve(settlement, by=stage.finance, now=NOW)


def test_an_invoice_that_is_wanted_is_something_to_do(stage, client):
    settlement = to_invoice(stage)
    address = f'href="/funding/settlements/{settlement.pk}/invoice/"'

    assert address in see(client, stage.provider)
    settlements.record_invoice(settlement, number="2512", amount=settlement.amount, by=stage.provider, now=NOW)
    assert address not in see(client, stage.provider)


def test_an_invoice_is_wanted_for_the_settlement_also_while_its_advance_is_to_be_paid_again(stage, client):
    """The advance has its invoice: another one for it is refused, and the settlement would never be paid."""
    order = make_approved(stage)
    advance = make_paid_advance(50_000, commitment=order.commitment)
    close_sessions(order)
    lifecycle.report(order, by=stage.coordinator, now=after(order), text="x")
    lifecycle.confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))
    settlement = settlements.approve(order.commitment.settlement, by=stage.finance, now=after(order))
    payouts.mark_returned(advance.payouts.get(), reason="退票", by=stage.finance, now=after(order))

    page = see(client, stage.provider)

    assert f"/funding/settlements/{settlement.pk}/invoice/" in page
    assert f"/funding/settlements/{advance.pk}/invoice/" not in page


def test_an_invoice_is_wanted_anew_for_an_advance_of_which_less_was_earned_and_that_came_back(stage, client):
    """It was billed whole, which is too much now. The provider's first page was an error, and nothing told them."""
    order = make_approved(stage)
    advance = make_paid_advance(80_000, commitment=order.commitment)
    held, called_off = order.planned.order_by("position")
    sessions.cancel(called_off.session, by=stage.coordinator, now=NOW, reason="下雨")
    sessions.close(held.session, by=stage.coordinator, now=held.ends_at)
    lifecycle.report(order, by=stage.coordinator, now=after(order), text="x")
    lifecycle.confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))
    settlements.approve(order.commitment.settlement, by=stage.finance, now=after(order))
    payouts.mark_returned(advance.payouts.get(), reason="退票", by=stage.finance, now=after(order))
    advance.refresh_from_db()
    assert 0 < advance.due < advance.invoice.amount

    page = see(client, stage.provider)

    assert f"/funding/settlements/{advance.pk}/invoice/" in page


@pytest.mark.parametrize("count", [1, 3])
def test_invoices_that_are_wanted_cost_the_same_for_one_and_three(stage, client, count, django_assert_num_queries):
    for number in range(count):
        to_invoice(stage, rows=rows_for(stage, 1, days_ahead=14 + 7 * number))
    make_payee_account(stage.provider.organisation)
    assert see(client, stage.provider).count("/invoice/") == count

    with django_assert_num_queries(19):
        see(client, stage.provider)


def test_a_coordinator_gives_no_invoices(stage, client):
    settlement = to_invoice(stage)

    assert f"/funding/settlements/{settlement.pk}/" not in see(client, stage.coordinator)


def test_money_that_waits_asks_for_an_account_and_for_its_confirmation(stage, client):
    to_invoice(stage)

    assert "Enter your bank account" in see(client, stage.provider)
    make_payee_account(stage.provider.organisation, is_confirmed=False)
    assert "Have your bank account confirmed" in see(client, stage.provider)
    make_payee_account(stage.provider.organisation)
    assert "bank account" not in see(client, stage.provider)


def test_who_waits_for_no_money_is_asked_for_no_account(stage, client):
    assert "bank account" not in see(client, stage.provider)


def test_reports_due_lead_to_just_these_orders(stage, client):
    due = make_approved(stage, rows=rows_for(stage, 1))
    later = make_approved(stage, rows=rows_for(stage, 1, days_ahead=30))
    close_sessions(due)

    tile = re.search(r'href="([^"]+)">Reports due</a></dt><dd>(\d+)', see(client, stage.provider))
    assert tile
    assert tile[2] == "1"
    listed = see(client, stage.provider, tile[1])
    assert f'href="/orders/{due.number}/"' in listed
    assert f'href="/orders/{later.number}/"' not in listed


def test_a_report_is_due_when_what_was_to_come_is_cancelled(stage, client):
    order = make_approved(stage, rows=rows_for(stage, 2))
    last = Session.objects.filter(planned__order=order).latest("starts_at")
    Session.objects.filter(planned__order=order).exclude(pk=last.pk).update(status="closed")
    Session.objects.filter(pk=last.pk).update(status="cancelled")

    assert f'href="/orders/{order.number}/report/"' in see(client, stage.provider)


@pytest.mark.parametrize("count", [1, 3])
def test_invoices_cost_the_same_for_one_and_three(stage, client, django_assert_num_queries, count):
    for n in range(count):
        order = make_confirmed(stage, rows=rows_for(stage, 1, days_ahead=14 + 7 * n))
        settlements.approve(Settlement.objects.get(commitment__order=order), by=stage.finance, now=NOW)
    assert Order.objects.count() == count
    finance = make_member(stage.provider.organisation, "manager")
    client.force_login(finance.user)

    with django_assert_num_queries(14):
        client.get("/workbench/")
