"""Make the history of organisations append-only."""

from django.db import migrations

from core.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [append_only("organisations_organisationhistory")]
