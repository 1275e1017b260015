"""Inserting rows in a request that many send at once: without signals, and on PostgreSQL all of them in one statement.

A statement costs more on its way to the database and back than in it. Everywhere else ``save`` and ``bulk_create``
read better.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from core.locking import demand_transaction
from core.prepared import PreparedUpdate

# For each row, by the name of the column, the position of the earlier row that a foreign key of it points at.
_Links = tuple[tuple[tuple[str, int], ...], ...]
_written: dict[tuple[Any, ...], str] = {}


@dataclass(frozen=True)
class Given:
    """An update that has to find its one row, or nothing is inserted.

    ``taken``: the fields of the first row that get what the update returns, each with the name of that.
    """

    update: PreparedUpdate
    values: dict[str, Any]
    taken: dict[str, str] = dataclasses.field(default_factory=dict)


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
            cursor.execute(_sql(database, some, links), _all_values(database, some, links))
            numbers = cursor.fetchone() if together else [number for (number,) in cursor.fetchall()]
            _number(database, some, numbers)


def insert_if(given: Given, *rows: models.Model) -> tuple[Any, ...] | None:
    """Insert rows as ``insert`` does if the update finds its row. Return what that returned, or nothing: none is there.

    On PostgreSQL all is one statement, which outside a transaction is one by itself: what the update locks stays
    locked for as long as the database works, and no longer. On SQLite the caller has opened a transaction.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        demand_transaction()
        found = given.update.row(**given.values)
        if found is not None:
            _take_over(given, rows[0], found)
            insert(*rows)
        return found
    _point_at_saved(rows)
    links = tuple(_links(row, rows) for row in rows)
    update, values = given.update.written(database, given.values)
    with transaction.mark_for_rollback_on_error(using=database.alias), database.cursor() as cursor:
        sql = _sql(database, rows, links, given, update)
        cursor.execute(sql, [*values, *_all_values(database, rows, links, given)])
        row = cursor.fetchone()
    if row is None:
        return None
    count = len(given.update.returning)
    _take_over(given, rows[0], row[:count])
    _number(database, rows, row[count:])
    return tuple(row[:count])


def insert_each(
    like: models.Model, name: str, numbers: Sequence[int], *, once: Sequence[str], anew: Sequence[str] = ()
) -> dict[int, int]:
    """Insert the unsaved row once for each number, which stands in its field ``name``, in the order of the numbers.

    ``once`` are the fields of a unique constraint. A row that is known by them gets the fields ``anew`` of this one,
    and the rows' own numbers are returned by those given; without any it is left alone and nothing returned. One query.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    model, attname = type(like), like._meta.get_field(name).attname  # type: ignore[union-attr]
    if database.vendor != "postgresql":  # SQLite has no list among its values
        shared = {field.attname: getattr(like, field.attname) for field in _fields(model)}
        rows = [model(**{**shared, attname: number}) for number in numbers]
        options: dict[str, Any] = (
            {"update_conflicts": True, "unique_fields": once, "update_fields": anew}
            if anew
            else {"ignore_conflicts": True}
        )
        made = model._default_manager.bulk_create(rows, batch_size=500, **options)
        return {getattr(row, attname): row.pk for row in made} if anew else {}
    fields = [field for field in _fields(model) if field.attname != attname]
    values = [field.get_db_prep_save(field.pre_save(like, add=True), database) for field in fields]
    with transaction.mark_for_rollback_on_error(using=database.alias), database.cursor() as cursor:
        cursor.execute(_each(model, name, tuple(once), tuple(anew)), [*values, list(numbers)])
        return {number: pk for pk, number in cursor.fetchall()} if anew else {}


@cache
def _each(model: type[models.Model], name: str, once: tuple[str, ...], anew: tuple[str, ...]) -> str:
    """Return the statement that inserts a row for each number of a list, its last value."""
    quote, own = connections[DEFAULT_DB_ALIAS].ops.quote_name, _column(model, name)
    names = [quote(field.column) for field in _fields(model) if field.column != own]
    table, keys = quote(model._meta.db_table), ", ".join(quote(_column(model, one)) for one in once)
    changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in (quote(_column(model, one)) for one in anew))
    known = f"UPDATE SET {changes}" if anew else "NOTHING"
    return (
        f"INSERT INTO {table} ({', '.join(names)}, {quote(own)}) "  # noqa: S608  names of ours
        f"SELECT {', '.join(['%s'] * len(names))}, each FROM unnest(%s::bigint[]) AS each "
        f"ON CONFLICT ({keys}) DO {known} RETURNING {quote(str(model._meta.pk.column))}, {quote(own)}"
    )


def _take_over(given: Given, row: models.Model, found: Sequence[Any]) -> None:
    by_name = dict(zip(given.update.returning, found, strict=True))
    for attribute, name in given.taken.items():
        setattr(row, attribute, by_name[name])


def _number(database: Any, rows: Sequence[models.Model], numbers: Sequence[Any]) -> None:
    """Give the inserted rows their numbers, and those numbers to the rows that point at them."""
    for row, number in zip(rows, numbers, strict=True):
        row.pk = number
        row._state.adding, row._state.db = False, database.alias
    _point_at_saved(rows)


@cache
def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


@cache
def _foreign_keys(model: type[models.Model]) -> list[Any]:
    return [field for field in _fields(model) if field.is_relation]


def _column(model: type[models.Model], name: str) -> str:
    return str(next(one.column for one in _fields(model) if one.name == name))


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


def _all_values(database: Any, rows: Sequence[models.Model], links: _Links, given: Given | None = None) -> list[Any]:
    """Return what stands in the places of ``_sql``: of each row all fields but those that come from elsewhere."""
    found: list[Any] = []
    for position, (row, own) in enumerate(zip(rows, links, strict=True)):
        elsewhere = {column for column, _position in own}
        if given is not None and not position:
            elsewhere |= {_column(type(row), name) for name in given.taken}
        fields = [one for one in _fields(type(row)) if one.column not in elsewhere]
        found += [one.get_db_prep_save(one.pre_save(row, add=True), database) for one in fields]
    return found


def _sql(
    database: Any, rows: Sequence[models.Model], links: _Links, given: Given | None = None, update: str = ""
) -> str:
    """Return the statement, written once for these kinds of rows, how they point at each other, and the update."""
    taken = tuple(given.taken.items()) if given is not None else ()
    key = (database.vendor, tuple(type(row) for row in rows), links, update, taken)
    if key not in _written:
        quote, kinds = database.ops.quote_name, [type(row) for row in rows]
        if database.vendor == "postgresql" and (given is not None or len(rows) > 1):
            _written[key] = _chain(quote, kinds, [dict(own) for own in links], given, update)
        else:
            _written[key] = _insert(quote, kinds[0], _values([_places(kinds[0], {})] * len(kinds)))
    return _written[key]


def _chain(
    quote: Any, kinds: list[type[models.Model]], links: list[dict[str, int]], given: Given | None, update: str
) -> str:
    """Return one statement of several inserts, each of which may point at what an earlier one returned.

    With an update before them, they insert as often as it found a row: once or never.
    """
    sources = [{column: f"(SELECT n FROM r{position})" for column, position in own.items()} for own in links]  # noqa: S608  ours
    steps, read = [], [f"r{position}" for position in range(len(kinds))]
    numbers = [f"{name}.n" for name in read]
    if given is not None:
        steps.append(f"given AS ({update})")
        for attribute, name in given.taken.items():
            sources[0][_column(kinds[0], attribute)] = f"given.{quote(name)}"
        numbers = [*(f"given.{quote(name)}" for name in given.update.returning), *numbers]
        read = ["given", *read]
    for position, (model, own) in enumerate(zip(kinds, sources, strict=True)):
        places = _places(model, own)
        rows = f"SELECT {places} FROM given" if given is not None else _values([places])  # noqa: S608  names of ours
        steps.append(f"r{position}(n) AS ({_insert(quote, model, rows)})")
    return f"WITH {', '.join(steps)} SELECT {', '.join(numbers)} FROM {', '.join(read)}"  # noqa: S608  names of ours


def _places(model: type[models.Model], sources: dict[str, str]) -> str:
    return ", ".join(sources.get(field.column, "%s") for field in _fields(model))


def _values(rows: list[str]) -> str:
    return "VALUES " + ", ".join(f"({row})" for row in rows)


def _insert(quote: Any, model: type[models.Model], rows: str) -> str:
    names = ", ".join(quote(field.column) for field in _fields(model))
    table, own = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return f"INSERT INTO {table} ({names}) {rows} RETURNING {own}"
