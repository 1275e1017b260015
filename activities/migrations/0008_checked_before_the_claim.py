"""What a sign-up refers to is checked while it is written, before its last statement locks the session's row.

Django lets PostgreSQL check foreign keys at the commit, when the row of a hot session is held already. The keys to the
session itself stay deferred: at the commit its row is the transaction's own, while a check before would share-lock it.
"""

from django.db import migrations

from core.operations import InDatabase

_TABLES = "'activities_party'::regclass, 'activities_signup'::regclass, 'activities_signuphistory'::regclass"
_KEYS = (
    f"SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ({_TABLES}) "
    "AND confrelid <> 'activities_session'::regclass"
)


def _set(editor, when):
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(_KEYS)
        for table, name in cursor.fetchall():
            editor.execute(f'ALTER TABLE {table} ALTER CONSTRAINT "{name}" DEFERRABLE INITIALLY {when}')


def check_at_once(editor):
    _set(editor, "IMMEDIATE")


def check_at_the_commit(editor):
    _set(editor, "DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("activities", "0007_first_timers")]

    operations = [InDatabase(check_at_once, check_at_the_commit)]
