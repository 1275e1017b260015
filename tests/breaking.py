"""Breaks a database on purpose, as a careless hand could, so that ``verify`` has something to find."""

from django.db import connection, models

from core.triggers import trigger_names


def drop_constraint(model: type[models.Model], *names: str) -> None:
    """Take named constraints away for the rest of a test on a ``breakable_db``.

    Name all of one table in one call: on SQLite each call builds the table anew with all the others.
    """
    declared = model._meta.constraints
    doomed = [next(c for c in declared if c.name == name) for name in names]
    model._meta.constraints = [c for c in declared if c.name not in names]
    try:
        for constraint in doomed:
            with connection.schema_editor() as editor:
                editor.remove_constraint(model, constraint)
    finally:
        model._meta.constraints = declared


def drop_triggers(*tables: str) -> None:
    """Take the append-only triggers of the tables away for the rest of a test on a ``breakable_db``."""
    with connection.cursor() as cursor:
        for table in tables:
            for name in trigger_names(table):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
