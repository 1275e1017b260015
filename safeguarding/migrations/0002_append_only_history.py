"""Make the histories, and the texts that people agreed to, append-only."""

from django.db import migrations

from core.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("safeguarding", "0001_initial")]

    operations = [
        append_only(
            "safeguarding_consenthistory",
            "safeguarding_workerhistory",
            "safeguarding_consenttext",
            "safeguarding_pledgetext",
        )
    ]
