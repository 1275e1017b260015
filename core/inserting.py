"""Inserting rows in a request that many send at once: without signals, and on PostgreSQL all of them in one statement.

A statement costs more on its way to the database and back than in it. Everywhere else ``save`` and ``bulk_create``
read better.
"""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

# For each row, by the name of the column, the position of the earlier row that a foreign key of it points at.
_Links = tuple[tuple[tuple[str, int], ...], ...]
_written: dict[tuple[str, tuple[type[models.Model], ...], _Links], str] = {}


def insert(*rows: models.Model) -> None:
    """Insert unsaved rows in this order and give them their numbers; a row may point at one of another kind before it.

    One query on PostgreSQL, on SQLite one for each kind.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    together = database.vendor == "postgresql"  # SQLite has no insert within a statement
    with transaction.mark_for_rollback_on_error(using=database.alias), database.cursor() as cursor:
        for some in [rows] if together else [tuple(alike) for _kind, alike in groupby(rows, type)]:
            _point_at_saved(some)
            links = tuple(_links(row, some) for row in some)
            values = [value for row, own in zip(some, links, strict=True) for value in _values(database, row, own)]
            cursor.execute(_sql(database, some, links), values)
            numbers = cursor.fetchone() if together else [number for (number,) in cursor.fetchall()]
            for row, number in zip(some, numbers, strict=True):
                row.pk = number
                row._state.adding, row._state.db = False, database.alias
            _point_at_saved(some)


@cache
def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


@cache
def _foreign_keys(model: type[models.Model]) -> list[Any]:
    return [field for field in _fields(model) if field.is_relation]


def _point_at_saved(rows: Sequence[models.Model]) -> None:
    """Take over the numbers that rows pointed at have got since."""
    for row in rows:
        for field in _foreign_keys(type(row)):
            if getattr(row, field.attname) is None and field.is_cached(row):
                target = field.get_cached_value(row)
                setattr(row, field.attname, getattr(target, "pk", None))


def _links(row: models.Model, rows: Sequence[models.Model]) -> tuple[tuple[str, int], ...]:
    found = []
    for field in _foreign_keys(type(row)):
        if getattr(row, field.attname) is None and field.is_cached(row):
            target = field.get_cached_value(row)
            found += [(field.column, position) for position, one in enumerate(rows) if one is target]
    return tuple(found)


def _values(database: Any, row: models.Model, links: tuple[tuple[str, int], ...]) -> list[Any]:
    linked = {column for column, _position in links}
    fields = [field for field in _fields(type(row)) if field.column not in linked]
    return [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields]


def _sql(database: Any, rows: Sequence[models.Model], links: _Links) -> str:
    """Return the statement, written once for these kinds of rows and how they point at each other."""
    key = (database.vendor, tuple(type(row) for row in rows), links)
    if key not in _written:
        write = _chain if database.vendor == "postgresql" and len(rows) > 1 else _of_one_kind
        _written[key] = write(database.ops.quote_name, [type(row) for row in rows], [dict(own) for own in links])
    return _written[key]


def _chain(quote: Any, kinds: list[type[models.Model]], links: list[dict[str, int]]) -> str:
    """Return one statement of several inserts, each of which may point at what an earlier one returned."""
    steps = [
        f"r{position}(n) AS ({_insert(quote, model, [_places(model, own)])})"
        for position, (model, own) in enumerate(zip(kinds, links, strict=True))
    ]
    names = [f"r{position}" for position in range(len(steps))]
    numbers = ", ".join(f"{name}.n" for name in names)
    return f"WITH {', '.join(steps)} SELECT {numbers} FROM {', '.join(names)}"  # noqa: S608  names of ours


def _of_one_kind(quote: Any, kinds: list[type[models.Model]], links: list[dict[str, int]]) -> str:
    return _insert(quote, kinds[0], [_places(kinds[0], {}) for _row in links])


def _places(model: type[models.Model], linked: dict[str, int]) -> str:
    columns = [field.column for field in _fields(model)]
    places = [f"(SELECT n FROM r{linked[one]})" if one in linked else "%s" for one in columns]  # noqa: S608  ours
    return ", ".join(places)


def _insert(quote: Any, model: type[models.Model], rows: list[str]) -> str:
    names = ", ".join(quote(field.column) for field in _fields(model))
    table, own = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    values = ", ".join(f"({row})" for row in rows)
    return f"INSERT INTO {table} ({names}) VALUES {values} RETURNING {own}"  # noqa: S608  names of ours
