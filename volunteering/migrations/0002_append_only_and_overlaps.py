"""Histories are append-only; PostgreSQL itself refuses one person in two shifts at a time.

On SQLite the overlap is looked for inside the IMMEDIATE transaction.
"""

from django.db import migrations

from core.operations import InDatabase
from core.triggers import append_only


def add_exclusion(editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        editor.execute(
            "ALTER TABLE volunteering_assignment ADD CONSTRAINT assignment_person_overlap EXCLUDE USING gist "
            "(user_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (status = 'confirmed')"
        )


def drop_exclusion(editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE volunteering_assignment DROP CONSTRAINT assignment_person_overlap")


class Migration(migrations.Migration):
    dependencies = [("volunteering", "0001_initial")]

    operations = [
        append_only("volunteering_assignmenthistory", "volunteering_shifthistory"),
        InDatabase(add_exclusion, drop_exclusion),
    ]
