"""A lock keeps others from changing the row, not from writing about it."""

import pytest
from django.db import connection, transaction

from core.locking import lock
from funding.models import Fund, FundHistory
from organisations.acting import clock, record
from tests import races
from tests.conftest import NOW
from tests.factories.funding import make_fund


@pytest.mark.postgresql
def test_a_locked_row_lets_others_write_what_points_at_it(fresh_db):
    """A history row is checked at its commit: a lock that made it wait ended two people's work in a deadlock."""
    fund = make_fund(1_000)

    def note() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        record(FundHistory, clock("tests"), verb="create", fund=fund, at=NOW)

    with transaction.atomic():
        lock(Fund, fund.pk)
        assert races.run(note).errors == []
