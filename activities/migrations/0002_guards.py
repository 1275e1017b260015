"""History and roster looks are append-only; PostgreSQL itself refuses two overlapping bookings.

On SQLite the overlap is looked for inside the IMMEDIATE transaction (``activities.clashes``). The constraints are
deferred, so that they are asked once, at the commit, and never lengthen the hold of a hot row.
"""

from django.db import migrations

from core.operations import InDatabase
from core.triggers import append_only

_OVERLAPS = [
    (
        "session_venue_overlap",
        "activities_session",
        "venue_id",
        "status <> 'cancelled' AND venue_id IS NOT NULL",
    ),
    ("crew_person_overlap", "activities_crewassignment", "user_id", "removed_at IS NULL"),
    ("signup_child_overlap", "activities_signup", "child_id", "status IN ('confirmed', 'offered') AND NOT may_overlap"),
]


def add_exclusions(editor):
    if editor.connection.vendor != "postgresql":
        return
    editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for name, table, owner, condition in _OVERLAPS:
        editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
            f"({owner} WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE ({condition}) "
            "DEFERRABLE INITIALLY DEFERRED"
        )


def drop_exclusions(editor):
    if editor.connection.vendor == "postgresql":
        for name, table, _owner, _condition in _OVERLAPS:
            editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial")]

    operations = [
        append_only(
            "activities_sessionhistory",
            "activities_signuphistory",
            "activities_attendancehistory",
            "activities_reviewhistory",
            "activities_rosteraccess",
        ),
        InDatabase(add_exclusions, drop_exclusions),
    ]
