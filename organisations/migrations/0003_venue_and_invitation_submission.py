"""A venue and an invitation carry the number of the form that made it: a double click makes one."""

import uuid

from django.db import migrations, models

from core.operations import number_each


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_append_only_history")]

    operations = [
        migrations.AddField(
            model_name="historicalvenue",
            name="submission_id",
            field=models.UUIDField(db_index=True, default=uuid.uuid4, editable=False, verbose_name="submission"),
        ),
        migrations.AddField(
            model_name="venue",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True, verbose_name="submission"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True, verbose_name="submission"),
        ),
        number_each("organisations_venue", "organisations_invitation"),
        migrations.AlterField(
            model_name="venue",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission"),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="submission_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission"),
        ),
    ]
