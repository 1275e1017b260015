"""Make documents, carried commitments and the history of donations append-only, and keep each entry to one currency."""

from django.db import migrations

from core.triggers import append_only
from funding.triggers import guard_transfers


class Migration(migrations.Migration):
    dependencies = [("funding", "0004_allowances_and_donations")]

    operations = [
        append_only("funding_entryfile", "funding_carriedcommitment", "funding_donationhistory"),
        guard_transfers(),
    ]
