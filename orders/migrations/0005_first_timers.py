"""An order keeps places for children who come for the first time. SQLite builds the table anew, so its trigger too."""

from django.db import migrations, models

from core.triggers import undeletable


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_attachment_submission")]

    operations = [
        migrations.AddField(
            model_name='order',
            name='first_timers',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='places a session for first-timers'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('first_timers__lte', models.F('group_size'))), name='order_first_timers_within_group'),
        ),
        undeletable("orders_order"),
    ]
