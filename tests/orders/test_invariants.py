"""``verify`` sees each broken promise about orders: every row is broken once on purpose."""

import pytest
from django.db import connection

from funding import settlements
from funding.models import Settlement
from orders import invariants, lifecycle
from orders.lifecycle.delivering import OfficeReview
from orders.models import Order, OrderHistory
from tests.conftest import NOW
from tests.factories.funding import make_paid_advance, make_paid_payout, make_rule
from tests.factories.orders import (
    after,
    close_sessions,
    make_accepted,
    make_approved,
    make_confirmed,
    make_order,
    make_stage,
    make_submitted,
)
from tests.factories.organisations import make_member

ALL = {invariant.key: invariant for invariant in invariants.INVARIANTS}


def breaches(key: str) -> int:
    """How many breaches the check of that key reports."""
    return len(ALL[key].check().breaches)


def execute(statement: str, *values) -> None:
    """Change rows behind the back of everything; history triggers are dropped first in this database of its own."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def drop_triggers() -> None:
    with connection.cursor() as cursor:
        for name, table in [
            ("orders_orderhistory_no_update", "orders_orderhistory"),
            ("orders_orderhistory_no_delete", "orders_orderhistory"),
            ("orders_order_no_delete", "orders_order"),
            ("funding_settlementline_no_update", "funding_settlementline"),
        ]:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on}")


@pytest.fixture
def stage(breakable_db):
    drop_triggers()
    return make_stage()


@pytest.mark.slow
def test_sound_orders_have_no_breach(stage):
    make_order(stage)
    make_confirmed(stage)

    found = {key: invariant.check() for key, invariant in ALL.items()}

    assert {key: finding.breaches for key, finding in found.items()} == {key: [] for key in ALL}
    assert min(finding.checked for finding in found.values()) > 0


def test_a_status_changed_by_hand_is_seen(stage):
    order = make_submitted(stage)
    execute("UPDATE orders_order SET status = 'declined' WHERE id = %s", order.pk)

    assert breaches("C1") == 1


def test_a_history_row_off_the_diagram_is_seen(stage):
    order = make_submitted(stage)
    execute("UPDATE orders_orderhistory SET after = 'approved' WHERE order_id = %s AND verb = 'submit'", order.pk)

    assert breaches("C1") == 2


def test_a_history_row_of_an_unknown_verb_is_seen(stage):
    order = make_submitted(stage)
    execute("UPDATE orders_orderhistory SET verb = 'bribe' WHERE order_id = %s AND verb = 'submit'", order.pk)

    assert breaches("C1") == 1


def test_an_edge_taken_for_another_organisation_is_seen(stage):
    make_submitted(stage)
    execute("UPDATE orders_orderhistory SET on_behalf_of_id = %s", stage.provider.organisation.pk)

    assert breaches("C2") == 2


def test_an_edge_taken_by_nobody_is_seen(stage):
    make_submitted(stage)
    execute("UPDATE orders_orderhistory SET actor_id = NULL, on_behalf_of_id = NULL WHERE verb = 'submit'")

    assert (breaches("C2"), breaches("K1")) == (1, 1)


def test_an_edge_taken_by_the_clock_that_is_not_its_own_is_seen(stage):
    make_submitted(stage)
    execute(
        "UPDATE orders_orderhistory SET actor_id = NULL, on_behalf_of_id = NULL, system = 'x' WHERE verb = 'submit'"
    )

    assert breaches("C2") == 1


def test_a_verb_written_down_twice_is_seen(stage):
    order = make_submitted(stage)
    row = OrderHistory.objects.get(order=order, verb="submit")
    row.pk = None
    row.save(force_insert=True)

    assert breaches("C3") == 1


@pytest.mark.parametrize("change", ["unit_price = 1", "quantity = 9", "currency = 'EUR'"])
def test_a_frozen_value_changed_later_is_seen(stage, change):
    make_submitted(stage)
    execute(f"UPDATE orders_order SET {change}")

    assert breaches("C5") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE funding_settlementline SET price = price + 1",
        "UPDATE funding_settlementline SET amount = amount - 1 WHERE position = 1",
        "UPDATE activities_session SET status = 'cancelled'",
        "UPDATE funding_commitment SET amount = 1, posted = 0",
    ],
)
def test_a_settlement_that_pays_too_much_is_seen(stage, statement):
    make_confirmed(stage)
    execute(statement)

    assert breaches("C6") > 0


def test_a_deleted_order_is_seen(stage):
    order = make_order(stage)
    execute("DELETE FROM orders_plannedsession WHERE order_id = %s", order.pk)
    execute("DELETE FROM orders_orderhistory WHERE order_id = %s", order.pk)
    execute("DELETE FROM orders_order WHERE id = %s", order.pk)

    assert breaches("C7") == 1


def test_a_commitment_of_another_amount_is_seen(stage):
    make_approved(stage)
    execute("UPDATE funding_commitment SET amount = amount + 1")

    assert breaches("D4") == 1


def test_a_commitment_in_another_currency_is_seen(stage):
    make_approved(stage)
    execute("UPDATE funding_fund SET currency = 'USD'")

    assert breaches("D4") == 1


def test_money_held_for_an_order_that_ended_is_seen(stage):
    make_approved(stage)
    execute("UPDATE orders_order SET status = 'cancelled'")

    assert breaches("D4") == 1


@pytest.mark.slow
def test_an_order_settled_without_payment_is_seen(stage):
    order = make_confirmed(stage)
    execute("UPDATE orders_order SET status = 'settled' WHERE id = %s", order.pk)

    assert breaches("D10") == 1


@pytest.mark.slow
def test_an_order_settled_though_its_advance_is_out_is_seen(stage):
    order = make_approved(stage)
    make_paid_advance(70_000, commitment=order.commitment)
    close_sessions(order)
    lifecycle.report(order, by=stage.coordinator, now=after(order), text="x")
    lifecycle.confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))
    settlement = Settlement.objects.get(commitment__order=order, kind="settlement")
    make_paid_payout(settlement=settlements.approve(settlement, by=stage.finance, now=after(order)))
    assert breaches("D10") == 0

    execute("UPDATE funding_settlement SET status = 'approved' WHERE kind = 'advance'")

    assert breaches("D10") == 1


@pytest.mark.slow
def test_a_paid_order_that_still_waits_is_seen(stage):
    make_confirmed(stage)
    approver = stage.finance.user.pk
    execute("UPDATE funding_settlement SET status = 'paid', approved_at = proposed_at, approved_by_id = %s", approver)
    assert Settlement.objects.get().status == "paid"

    assert breaches("D10") == 1


@pytest.mark.parametrize(
    "change", ["starts_at = '2026-12-08 01:40:00'", "ends_at = '2026-12-08 03:10:00'", "venue_id = NULL"]
)
def test_a_session_that_stands_elsewhere_than_in_its_order_is_seen(stage, change):
    session = make_approved(stage).planned.get(position=1).session
    execute(f"UPDATE activities_session SET {change} WHERE id = %s", session.pk)

    assert breaches("C9") == 1


def test_an_order_without_history_is_seen(stage):
    make_order(stage)
    execute("DELETE FROM orders_orderhistory")

    assert breaches("K1") == 1


def test_an_approved_order_without_a_date_is_seen(stage):
    make_approved(stage)
    execute("UPDATE orders_order SET approved_at = NULL")

    assert breaches("K1") == 1


@pytest.mark.django_db
def test_the_database_refuses_to_delete_an_order():
    order = make_order()

    with pytest.raises(Exception, match="refused"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_order WHERE id = %s", [order.pk])


@pytest.mark.django_db
def test_orders_cannot_be_deleted_through_the_models():
    order = make_order()

    with pytest.raises(Exception, match=r"protected foreign keys|refused"):
        Order.objects.filter(pk=order.pk).delete()


@pytest.mark.parametrize("series", ["NULL", "'00000000000000000000000000000001'"])
def test_a_session_that_left_its_orders_series_is_seen(stage, series):
    planned = make_approved(stage).planned.first()
    execute(f"UPDATE activities_session SET series = {series} WHERE id = %s", planned.session_id)

    assert breaches("C8") == 1


def test_a_session_in_a_series_of_its_own_is_seen(stage):
    order = make_approved(stage, sessions=1)
    assert breaches("C8") == 0
    execute("UPDATE activities_session SET series = '00000000000000000000000000000001'")

    assert (order.planned.count(), breaches("C8")) == (1, 1)


def test_an_order_that_too_few_people_approved_is_seen(stage):
    make_rule(stage.line.fund, two_above=1)
    order = make_accepted(stage)
    lifecycle.approve(order, by=stage.officer, now=NOW)
    lifecycle.approve(order, by=make_member(stage.officer.organisation, "officer"), now=NOW)
    rows = OrderHistory.objects.filter(order=order, verb="approve")
    assert breaches("D11") == 0

    rows.update(actor=stage.officer.user)
    assert breaches("D11") == 1
    rows.update(actor=None, system="tests")
    assert breaches("D11") == 2  # no rule lets it, and no second person did
