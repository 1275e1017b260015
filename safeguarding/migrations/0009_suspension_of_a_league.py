"""A suspension of somebody who works with children names the League that decided it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_leagues(apps, schema_editor):
    """Take the League from the history row that was written with each suspension. One statement."""
    rows = apps.get_model("safeguarding", "WorkerHistory").objects.filter(
        verb="suspend", person=OuterRef("user"), actor=OuterRef("by"), at__date__lte=OuterRef("from_on")
    )
    latest = rows.order_by("-at", "-pk").values("on_behalf_of")[:1]
    apps.get_model("safeguarding", "Suspension").objects.update(league=Subquery(latest))


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0003_venue_and_invitation_submission'),
        ('safeguarding', '0008_health_text'),
    ]

    operations = [
        migrations.AddField(
            model_name='suspension',
            name='league',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation', verbose_name='League'),
        ),
        migrations.RunPython(name_leagues, migrations.RunPython.noop),
    ]
