"""Make the bank's lines, and what people did with batches and statements, append-only."""

from django.db import migrations

from core.triggers import append_only

TABLES = ["funding_statementline", "funding_statementhistory", "funding_payoutbatchhistory"]


class Migration(migrations.Migration):
    dependencies = [("funding", "0006_bank_transfers")]

    operations = [append_only(*TABLES)]
