"""Receipts of marks from a phone's queue are kept 90 days. One day less: the database's clock may differ."""

from django.db import migrations

from core.triggers import deletable_after


class Migration(migrations.Migration):
    dependencies = [("activities", "0011_fewer_indexes")]

    operations = [deletable_after("activities_uploadedmark", "received_at", days=90 - 1)]
