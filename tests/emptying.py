"""A PostgreSQL copy emptied in place: a database costs up to three seconds to make, its rows a few milliseconds.

What the migrations wrote is kept in a schema beside it and put back. A test that took a trigger, a constraint or an
index away is noticed by the schema's fingerprint; its database is not to be used again.
"""

from django.db import connection, transaction

KEPT = "as_migrated"

TABLES = """
SELECT c.relname, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                   WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""

FINGERPRINT = """
SELECT md5(string_agg(part, E'\n' ORDER BY part)) FROM (
    SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname, tgenabled, tgfoid) FROM pg_trigger
    WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, convalidated) FROM pg_constraint
    UNION ALL SELECT concat_ws(' ', 'index', indexrelid::regclass, indisvalid) FROM pg_index
    WHERE indexrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'column', attrelid::regclass, attname, atttypid, attnotnull) FROM pg_attribute
    WHERE attrelid >= 16384 AND attnum > 0
    UNION ALL SELECT concat_ws(' ', 'function', oid, md5(prosrc)) FROM pg_proc WHERE oid >= 16384
) AS parts (part)
"""


def _tables() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return cursor.fetchall()


def _filled(tables: list[tuple[str, str]]) -> set[str]:
    asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM public.{table})" for table, _ in tables)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return {table for (table,) in cursor.fetchall()}


def fingerprint() -> str:
    """Return a value that changes with every trigger, constraint, index, column or function of the database."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT)
        return str(cursor.fetchone()[0])


def keep() -> str:
    """Lay aside what the migrations wrote; return the schema's fingerprint."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in _filled(_tables()):
            cursor.execute(f"CREATE TABLE {KEPT}.{table} AS TABLE public.{table}")
    return fingerprint()


def empty() -> None:
    """End every other session of this database and put all rows back as they were when :func:`keep` was called."""
    tables = _tables()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger and no foreign key looks on
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", [KEPT])
        kept = {table for (table,) in cursor.fetchall()}
        filled = _filled(tables)
        for table, columns in tables:
            if table in filled:
                cursor.execute(f"DELETE FROM public.{table}")
            if table in kept:
                cursor.execute(f"INSERT INTO public.{table} ({columns}) SELECT {columns} FROM {KEPT}.{table}")
