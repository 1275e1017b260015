"""An order says when sign-up opens; sessions that were ordered together get their series.

The new fields may be empty, so that SQLite adds them in place and keeps the table's trigger.
"""

from django.db import migrations, models
from django.db.models import Count


def name_series(apps, editor):
    """Write an order's number of submission to its sessions, where it has several."""
    Planned, Session = apps.get_model("orders", "PlannedSession"), apps.get_model("activities", "Session")
    opened = Planned.objects.filter(session__isnull=False).values_list("order_id", "order__submission_id")
    for order, number, _dates in list(opened.annotate(dates=Count("pk")).filter(dates__gt=1).order_by("order_id")):
        Session.objects.filter(planned__order=order).update(series=number)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_append_only_history"), ("activities", "0005_series")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="kept_days",
            field=models.PositiveSmallIntegerField(
                null=True, verbose_name="days before closing when kept places open to all"
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="opens_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="sign-up opens"),
        ),
        migrations.RunPython(name_series, migrations.RunPython.noop),
    ]
