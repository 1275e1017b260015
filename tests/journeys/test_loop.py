"""The whole loop over HTTP: from a programme that is listed to an order that is settled."""

import pytest
import time_machine

from funding.models import BudgetLine, Payout
from marketplace import verify
from orders.models import Order
from orders.statuses import Status
from tests.conftest import NOW
from tests.journeys.loop import LOOP, make_city
from tests.journeys.visitor import HttpVisitor

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_the_loop_closes():
    with time_machine.travel(NOW, tick=False) as clock:
        city = make_city(HttpVisitor, clock.move_to, NOW)
        for step in LOOP:
            step(city)

        order, line = Order.objects.get(), BudgetLine.objects.get()
        assert (order.status, Payout.objects.get().status) == (Status.SETTLED, "paid")
        assert (line.available, line.committed, line.payable, line.paid) == (1_840_000, 0, 0, 160_000)
        assert "All done" in city["office"].open(f"/orders/{order.number}/")
        assert breaches() == []


def breaches() -> list[str]:
    """What verify reports about the steps; the cast itself came from factories, which write no history."""
    found = [breach for verdict in verify.run().values() for breach in verdict.breaches]
    return [breach for breach in found if not breach.startswith(("organisations:", "people:"))]
