"""History rows are append-only in the database itself, and ``verify`` notices where they are not."""

import pytest

from core.invariants import logs_cannot_be_changed
from tests.breaking import drop_triggers


@pytest.mark.django_db
def test_every_history_table_has_its_triggers():
    found = logs_cannot_be_changed()

    assert found.checked > 20
    assert found.breaches == []


def test_log_that_could_be_changed_is_reported(fresh_db):
    drop_triggers("orders_orderhistory")

    assert logs_cannot_be_changed().breaches == [
        "trigger orders_orderhistory_no_delete: it is missing",
        "trigger orders_orderhistory_no_update: it is missing",
    ]
