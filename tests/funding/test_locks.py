"""A lock keeps others from changing the row, not from writing about it."""

import pytest
from django.db import connection, transaction

from core.locking import hold_all, lock, lock_all
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


@pytest.mark.postgresql
@pytest.mark.parametrize("hold", [lock_all, hold_all])
def test_locked_rows_let_nobody_change_them_whether_they_were_read_or_not(fresh_db, hold):
    funds = [make_fund(1_000), make_fund(1_000)]

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        Fund.objects.filter(pk=funds[1].pk).update(name="changed")

    with transaction.atomic():
        hold(Fund, [fund.pk for fund in funds])
        [error] = races.run(change).errors

    assert "lock timeout" in str(error)
    assert races.run(change).errors == []
