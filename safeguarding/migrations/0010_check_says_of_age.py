"""A check says whether the person was seen to be of age; those from before count as if, but of known minors."""

from django.db import migrations, models
from django.utils import timezone

from core.time import born_by, today


def count_as_seen(apps, schema_editor):
    """The gate took everybody without a birth date on record for an adult until now."""
    born = born_by(18, today(timezone.now()))
    minors = apps.get_model("people", "Child").objects.filter(user__isnull=False, birth_date__gt=born)
    checks = apps.get_model("safeguarding", "BackgroundCheck").objects.filter(result="clear")
    checks.exclude(user__in=minors.values("user")).update(of_age=True)


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0010_guardian_link'),
        ('safeguarding', '0009_suspension_of_a_league'),
    ]

    operations = [
        migrations.AddField(
            model_name='backgroundcheck',
            name='of_age',
            field=models.BooleanField(default=False, verbose_name='was of age, as seen on an identity document'),
        ),
        migrations.RunPython(count_as_seen, migrations.RunPython.noop),
    ]
