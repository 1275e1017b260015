"""Shifts are kept ten years. One day less: the database's clock may differ from that of who asks."""

from django.db import migrations

from core.triggers import deletable_after

DAYS = 3652


class Migration(migrations.Migration):
    dependencies = [("volunteering", "0003_encrypted")]

    operations = [
        deletable_after("volunteering_assignmenthistory", "at", days=DAYS),
        deletable_after("volunteering_shifthistory", "at", days=DAYS),
    ]
