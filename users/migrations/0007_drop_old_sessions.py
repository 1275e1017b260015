"""Django's own table of sessions goes: nothing reads it any more, and what it holds is not encrypted.

Taken back, the table stands there again, empty, where the release before had made it.
"""

from core.operations import InDatabase
from django.db import migrations

MADE = "SELECT 1 FROM django_migrations WHERE app = 'sessions' AND name = '0001_initial'"
TIME = {"postgresql": "timestamp with time zone", "sqlite": "datetime"}


def drop(editor):
    editor.execute("DROP TABLE IF EXISTS django_session")


def make(editor):
    with editor.connection.cursor() as cursor:
        cursor.execute(MADE)
        if cursor.fetchone() is None:
            return
    editor.execute(
        "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, "
        f"expire_date {TIME[editor.connection.vendor]} NOT NULL)"
    )
    editor.execute("CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date)")


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0006_encrypted_sessions'),
    ]

    operations = [InDatabase(drop, make)]
