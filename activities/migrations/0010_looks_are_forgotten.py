"""Looks at lists are kept three years. One day less: the database's clock may differ from that of who asks."""

from django.db import migrations

from core.triggers import deletable_after


class Migration(migrations.Migration):
    dependencies = [("activities", "0009_roster_access_shown")]

    operations = [deletable_after("activities_rosteraccess", "at", days=3 * 365 - 1)]
