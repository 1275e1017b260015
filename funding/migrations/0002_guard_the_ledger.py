"""Make the books append-only, and refuse transfers of another currency or into a closed period.

SQLite drops the triggers of a table that a later migration rebuilds: end such a migration with the same operations.
"""

from django.db import migrations

from core.triggers import append_only
from funding.triggers import guard_transfers, refuse_truncate

BOOKS = ["funding_account", "funding_entry", "funding_transfer", "funding_period", "funding_settlementrule"]
HISTORIES = [
    "funding_fundhistory",
    "funding_settlementhistory",
    "funding_payouthistory",
    "funding_payeeaccounthistory",
]


class Migration(migrations.Migration):
    dependencies = [("funding", "0001_initial")]

    operations = [
        append_only(*BOOKS, *HISTORIES, "funding_settlementline"),
        guard_transfers(),
        refuse_truncate("funding_entry", "funding_transfer"),
    ]
