"""Append-only and undeletable tables: the database itself refuses to change or delete a row.

SQLite drops a table's triggers when a later migration rebuilds it; such a migration must end with
``append_only(table)`` or ``undeletable(table)`` again. ``tests/architecture/test_triggers.py`` finds one that forgot.
"""

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader

from core.operations import InDatabase

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: % of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
"""


def trigger_names(table: str) -> list[str]:
    """Return the names of the triggers that make ``table`` append-only."""
    return [f"{table}_no_update", f"{table}_no_delete"]


def present() -> set[str]:
    """Return the names of the triggers that the database has. One query."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        return {row[0] for row in cursor.fetchall()}


def declared() -> set[str]:
    """Return the names of the triggers that the migrations say they made, on every database."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    steps = (step for migration in loader.disk_migrations.values() for step in migration.operations)
    return {name for step in steps if isinstance(step, InDatabase) for name in step.triggers}


def append_only(*tables: str) -> InDatabase:
    """Return the migration operation that makes the tables append-only on PostgreSQL and SQLite."""

    def forwards(editor: BaseDatabaseSchemaEditor) -> None:
        is_postgresql = editor.connection.vendor == "postgresql"
        if is_postgresql:
            editor.execute(_POSTGRESQL_FUNCTION, params=None)
        for table in tables:
            for name, event in zip(trigger_names(table), ["UPDATE", "DELETE"], strict=True):
                if is_postgresql:
                    editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                    editor.execute(
                        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                    )
                else:
                    editor.execute(f"DROP TRIGGER IF EXISTS {name}")
                    editor.execute(
                        f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, 'append-only: {event} of {table} refused'); END"
                    )

    def backwards(editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for name in trigger_names(table):
                on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
                editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    return InDatabase(forwards, backwards, triggers=[name for table in tables for name in trigger_names(table)])


def deletable_after(table: str, column: str, *, days: int) -> InDatabase:
    """Return the migration operation that lets an append-only table's rows be deleted so many days after ``column``.

    For what is to be forgotten after a time. The database goes by its own clock.
    """
    name = f"{table}_no_delete"

    def replace(editor: BaseDatabaseSchemaEditor, whens: dict[str, str]) -> None:
        when = whens.get(editor.connection.vendor, "")
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            body = f"FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()"
        else:
            editor.execute(f"DROP TRIGGER IF EXISTS {name}")
            body = f"{when} BEGIN SELECT RAISE(ABORT, 'append-only: DELETE of {table} refused'); END"
        editor.execute(f"CREATE TRIGGER {name} BEFORE DELETE ON {table} {body}")

    def forwards(editor: BaseDatabaseSchemaEditor) -> None:
        young = {
            "postgresql": f"WHEN (OLD.{column} > now() - interval '{days} days')",
            "sqlite": f"WHEN OLD.{column} > datetime('now', '-{days} days')",
        }
        replace(editor, young)

    def backwards(editor: BaseDatabaseSchemaEditor) -> None:
        replace(editor, {})

    return InDatabase(forwards, backwards, triggers=[name])


def undeletable(table: str) -> InDatabase:
    """Return the migration operation that lets the database refuse to delete a row of the table.

    On PostgreSQL it calls the function that ``append_only`` made.
    """
    name = f"{table}_no_delete"

    def forwards(editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            body = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        else:
            editor.execute(f"DROP TRIGGER IF EXISTS {name}")
            body = f"BEGIN SELECT RAISE(ABORT, 'append-only: DELETE of {table} refused'); END"
        editor.execute(f"CREATE TRIGGER {name} BEFORE DELETE ON {table} {body}")

    def backwards(editor: BaseDatabaseSchemaEditor) -> None:
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    return InDatabase(forwards, backwards, triggers=[name])
