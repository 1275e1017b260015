"""Sessions that were ordered together before they knew it get their series."""

from django.db import migrations
from django.db.models import Count


def name_series(apps, editor):
    """Write an order's number of submission to its sessions, where it has several."""
    Planned, Session = apps.get_model("orders", "PlannedSession"), apps.get_model("activities", "Session")
    opened = Planned.objects.filter(session__isnull=False).values_list("order_id", "order__submission_id")
    for order, number, _dates in list(opened.annotate(dates=Count("pk")).filter(dates__gt=1).order_by("order_id")):
        Session.objects.filter(planned__order=order).update(series=number)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_append_only_history"), ("activities", "0005_series")]

    operations = [migrations.RunPython(name_series, migrations.RunPython.noop)]
