"""Dates that were ordered together know it: families sign up for all of them in one act."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("activities", "0004_announcement")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="series",
            field=models.UUIDField(blank=True, editable=False, null=True, verbose_name="series"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=Q(series__isnull=False), fields=["series", "starts_at"], name="session_by_series"
            ),
        ),
    ]
