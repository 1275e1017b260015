"""A suspension of somebody who works with children names the League that decided it."""

from collections import defaultdict

import django.db.models.deletion
from django.db import migrations, models


def name_leagues(apps, schema_editor):
    """Take the League from the history row that was written with each suspension.

    Each wrote one, so those of a person by an actor pair up in their order; where they do not, none is named.
    """
    suspensions, rows = defaultdict(list), defaultdict(list)
    for pk, *pair in apps.get_model("safeguarding", "Suspension").objects.order_by("pk").values_list("pk", "user", "by"):
        suspensions[tuple(pair)].append(pk)
    history = apps.get_model("safeguarding", "WorkerHistory").objects.filter(verb="suspend").order_by("pk")
    for league, *pair in history.values_list("on_behalf_of", "person", "actor"):
        rows[tuple(pair)].append(league)
    for pair, found in suspensions.items():
        if len(found) == len(rows[pair]):
            for pk, league in zip(found, rows[pair], strict=True):
                apps.get_model("safeguarding", "Suspension").objects.filter(pk=pk).update(league=league)


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
