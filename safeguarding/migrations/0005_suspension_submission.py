"""A suspension carries the number of the form that made it: a double click makes one."""

import uuid

from django.db import migrations, models

from core.operations import number_each


class Migration(migrations.Migration):
    dependencies = [("safeguarding", "0004_health_is_told_in_person")]

    operations = [
        migrations.AddField(
            model_name="suspension",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True, verbose_name="submission"),
        ),
        number_each("safeguarding_suspension"),
        migrations.AlterField(
            model_name="suspension",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission"),
        ),
    ]
