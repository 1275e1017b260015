"""Places kept for children who come to a programme for the first time, and who takes which."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0006_no_show")]

    operations = [
        migrations.AddField(
            model_name='party',
            name='returning',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='of them who came before'),
        ),
        migrations.AddField(
            model_name='session',
            name='first_timers',
            field=models.PositiveIntegerField(default=0, verbose_name='kept for first-timers'),
        ),
        migrations.AddField(
            model_name='session',
            name='taken_returning',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='taken by who came before'),
        ),
        migrations.AddField(
            model_name='signup',
            name='is_returning',
            field=models.BooleanField(default=False, editable=False, verbose_name='came before'),
        ),
        migrations.AddConstraint(
            model_name='party',
            constraint=models.CheckConstraint(condition=models.Q(('returning__lte', models.F('size'))), name='party_returning_within_size'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('taken_returning__lte', models.F('taken')), models.Q(('taken_returning', 0), ('first_timers__gt', 0), _connector='OR')), name='session_returning_within_taken'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('first_timers__lte', models.F('capacity'))), name='session_first_timers_within_capacity'),
        ),
    ]
