"""Make the history of orders append-only, and orders undeletable."""

from django.db import migrations

from core.triggers import append_only, undeletable


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [append_only("orders_orderhistory"), undeletable("orders_order")]
