"""Make what people did with accounts at Stripe append-only."""

from django.db import migrations

from core.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("funding", "0008_stripe")]

    operations = [append_only("funding_stripeaccounthistory")]
