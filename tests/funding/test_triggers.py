"""The database's own refusals, outside any test transaction."""

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from funding.models import Transfer
from funding.triggers import guard_transfers, refuse_truncate
from tests.factories.funding import make_line


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["funding_entry", "funding_transfer"])
def test_truncate_of_the_books_is_refused(fresh_db, table):
    make_line(1000)

    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_guards_can_be_taken_down_and_put_up_again(fresh_db):
    transfer = make_line(1000).accounts.first().debits.first()
    wrong = {"entry": transfer.entry, "debit": transfer.debit, "credit": transfer.credit, "amount": 1}
    guard, truncate = guard_transfers(), refuse_truncate("funding_entry")

    with connection.schema_editor() as editor:
        guard.backwards(editor)
        truncate.backwards(editor)
    Transfer.objects.create(**wrong, currency="JPY")
    with connection.schema_editor() as editor:
        guard.forwards(editor)
        truncate.forwards(editor)

    with pytest.raises(IntegrityError, match="currency"):
        Transfer.objects.create(**wrong, currency="JPY")
