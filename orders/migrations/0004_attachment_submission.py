"""A file of an order carries the number of the form that made it: a double click makes one."""

import uuid

from django.db import migrations, models

from core.operations import number_each


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_opening")]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True, verbose_name="submission"),
        ),
        number_each("orders_attachment"),
        migrations.AlterField(
            model_name="attachment",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission"),
        ),
    ]
