"""Append-only and undeletable tables: the database itself refuses to change or delete a row.

SQLite drops a table's triggers when a later migration rebuilds it; such a migration must end with
``append_only(table)`` or ``undeletable(table)`` again. ``tests/architecture/test_triggers.py`` finds one that forgot.
"""

from collections.abc import Sequence

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


def rewritable(
    table: str, *, texts: Sequence[str], kept: Sequence[str], since: str, days: int, links: Sequence[str] = ()
) -> InDatabase:
    """Return the migration operation that refuses every change of a table's rows but two, of encrypted ``texts`` only.

    A text may give way to one that has the form of another key's, so that keys can change: eight characters that differ
    from those before, ``::``, and more. The database has no keys. It takes whatever looks like that, also words that
    anybody can read, and what another row holds. ``verify`` opens each text and names those that no key opens; one that
    a known key wrote nobody tells from the one before. So many days after the time in ``since`` a text may be emptied,
    and one of the ``links`` taken away. ``kept`` names all other columns. The database goes by its own clock.
    """
    name = f"{table}_no_update"

    def may(vendor: str) -> str:
        same, old = ("IS NOT DISTINCT FROM", f"now() - interval '{days} days'")
        if vendor == "sqlite":
            same, old = "IS", f"datetime('now', '-{days} days')"
        others = [f"NEW.{column} {same} OLD.{column}" for column in kept]
        anew = (
            "(NEW.{0} = OLD.{0} OR (NEW.{0} = '' AND OLD.{1} <= {2}) OR (OLD.{0} <> '' AND "
            "NEW.{0} LIKE '________::_%' AND substr(NEW.{0}, 1, 8) <> substr(OLD.{0}, 1, 8)))"
        )
        free = f"(NEW.{{0}} {same} OLD.{{0}} OR (NEW.{{0}} IS NULL AND OLD.{{1}} <= {{2}}))"
        return " AND ".join(
            [
                *others,
                *(anew.format(text, since, old) for text in texts),
                *(free.format(link, since, old) for link in links),
            ]
        )

    def forwards(editor: BaseDatabaseSchemaEditor) -> None:
        vendor = editor.connection.vendor
        if vendor == "postgresql":
            editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            body = f"FOR EACH ROW WHEN (NOT ({may(vendor)})) EXECUTE FUNCTION refuse_change()"
        else:
            editor.execute(f"DROP TRIGGER IF EXISTS {name}")
            body = f"WHEN NOT ({may(vendor)}) BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE of {table} refused'); END"
        editor.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} {body}", params=None)

    def backwards(editor: BaseDatabaseSchemaEditor) -> None:
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

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
