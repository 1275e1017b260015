"""What approving costs the database: each statement more keeps the League's officer, and the budget line, waiting."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from orders.statuses import Status
from tests.conftest import NOW
from tests.factories.orders import make_accepted, make_stage

pytestmark = pytest.mark.django_db

# For an order of one session, and for each session more: on PostgreSQL its rows go together, on SQLite kind by kind.
STATEMENTS = {"postgresql": (31, 2), "sqlite": (35, 4)}


def _approve(client, sessions: int) -> list[str]:
    stage = make_stage()
    order = make_accepted(stage, sessions=sessions)
    client.force_login(stage.officer.user)

    with CaptureQueriesContext(connection) as captured:
        response = client.post(f"/orders/{order.number}/approve/", {"seen": order.revision, "note": ""})

    assert (response.status_code, Order.objects.get(pk=order.pk).status) == (302, Status.APPROVED)
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


@pytest.mark.parametrize("sessions", [1, 3, 9])
@time_machine.travel(NOW, tick=False)
def test_approving_costs_a_fixed_number_of_statements_and_each_session_its_own_rows(client, sessions):
    first, each = STATEMENTS[connection.vendor]

    statements = _approve(client, sessions)

    assert len(statements) == first + each * (sessions - 1), "\n".join(sql[:120] for sql in statements)
