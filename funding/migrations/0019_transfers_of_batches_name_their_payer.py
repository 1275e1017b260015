"""Transfers of batches are paid from the account that their batch names."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def name_payers(apps, schema_editor):
    """Copy the account of each batch to its transfers. One statement."""
    rows = apps.get_model("funding", "BatchRow").objects.filter(payout=OuterRef("pk"))
    apps.get_model("funding", "Payout").objects.filter(payer=None, batch_row__batch__payer__isnull=False).update(
        payer=Subquery(rows.values("batch__payer")[:1])
    )


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0018_transfers_name_their_payer'),
    ]

    operations = [
        migrations.RunPython(name_payers, migrations.RunPython.noop),
    ]
