"""Statements that the busiest requests repeat: the ORM writes their SQL once, each call only fills in its values.

Writing the SQL is most of what a statement through the ORM costs, several times its execution. A prepared one is an
ordinary queryset in which the values that differ are named::

    current = lambda user, on: Membership.objects.current(on).filter(user=user)
    MEMBERSHIPS = Prepared(current, user=BigIntegerField(), on=DateField())
    rows = MEMBERSHIPS.rows(user=7, on=today)

Use them where a bench has shown the need; everywhere else a queryset reads better.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=models.Model)


def _database() -> Any:
    """Return the database's connection itself: the proxy ``django.db.connection`` looks it up at every touch."""
    return connections[DEFAULT_DB_ALIAS]


class _Blank(Expression):
    """The place of one value in the SQL."""

    def __init__(self, name: str, position: int, output_field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.key = (name, position)

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        """Stand in the list of parameters until a call fills it."""
        return "%s", [self]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Blank) and self.key == other.key


class _Blanks:
    """The named values of a statement, each with the field whose type it has."""

    def __init__(self, fields: "dict[str, models.Field[Any, Any]]") -> None:
        self.fields = fields

    def key(self, database: Any, values: dict[str, Any]) -> tuple[Any, ...]:
        """Return what makes the SQL differ: the vendor, and how long each list is."""
        lengths = [len(value) if isinstance(value, list) else -1 for value in values.values()]
        return (database.vendor, *values, *lengths)

    def stand_ins(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a blank, or a list of them, for each value."""
        return {
            name: [_Blank(name, position, field) for position in range(len(values[name]))]
            if isinstance(values[name], list)
            else _Blank(name, -1, field)
            for name, field in self.fields.items()
        }

    def fill(self, database: Any, params: Sequence[Any], values: dict[str, Any]) -> list[Any]:
        """Return the parameters with the values in the places of the blanks."""
        return [self._value(database, one.key, values) if isinstance(one, _Blank) else one for one in params]

    def _value(self, database: Any, key: tuple[str, int], values: dict[str, Any]) -> Any:
        name, position = key
        value = values[name] if position < 0 else values[name][position]
        return self.fields[name].get_db_prep_value(value, database)


@dataclass(frozen=True)
class _Select(Generic[M]):
    """A query as it was written: its SQL, and how its columns become models."""

    compiler: SQLCompiler
    sql: str
    params: Sequence[Any]
    converters: dict[int, Any]
    model: type[M]
    columns: slice
    names: list[str]
    related: list[Any]
    annotated: dict[str, int]

    def build(self, database: Any, rows: Sequence[Sequence[Any]]) -> list[M]:
        """Make models, and those related to them, of the rows."""
        if self.converters:
            rows = self.compiler.apply_converters(rows, self.converters)  # type: ignore[assignment]
        made, alias = [], database.alias
        for row in rows:
            one = self.model.from_db(alias, self.names, row[self.columns])
            for populator in self.related:
                populator.populate(row, one)
            for name, position in self.annotated.items():
                setattr(one, name, row[position])
            made.append(one)
        return made


class Prepared(Generic[M]):
    """A queryset of models, related ones too, whose SQL is written once for each vendor and length of its lists."""

    def __init__(self, build: Callable[..., models.QuerySet[M]], **fields: "models.Field[Any, Any]") -> None:
        """Take the queryset as a function of its values, and for each value the field whose type it has."""
        self.build = build
        self.blanks = _Blanks(fields)
        self._written: dict[tuple[Any, ...], _Select[M]] = {}

    def rows(self, **values: Any) -> list[M]:
        """Return the rows for these values; a list stands where the queryset asks ``__in``, and is never empty."""
        database = _database()
        key = self.blanks.key(database, values)
        select = self._written.get(key)
        if select is None:
            select = self._written[key] = self._write(database, values)
        with database.cursor() as cursor:
            cursor.execute(select.sql, self.blanks.fill(database, select.params, values))
            return select.build(database, cursor.fetchall())

    def first(self, **values: Any) -> M | None:
        """Return the first row, or nothing."""
        return next(iter(self.rows(**values)), None)

    def _write(self, database: Any, values: dict[str, Any]) -> _Select[M]:
        compiler = self.build(**self.blanks.stand_ins(values)).query.get_compiler(using=database.alias)
        sql, params = compiler.as_sql()
        klass: dict[str, Any] = compiler.klass_info or {}
        fields = klass["select_fields"]
        columns = slice(fields[0], fields[-1] + 1)
        related = get_related_populators(klass, compiler.select, database.alias)  # type: ignore[call-arg]
        return _Select(
            compiler,
            sql,
            params,
            compiler.get_converters([column[0] for column in compiler.select]),
            klass["model"],
            columns,
            [column[0].target.attname for column in compiler.select[columns]],
            related,
            dict(compiler.annotation_col_map or {}),
        )


class PreparedUpdate:
    """An update of the rows of a queryset whose SQL is written once for each vendor."""

    def __init__(
        self,
        build: Callable[..., tuple[models.QuerySet[Any], dict[str, Any]]],
        returning: tuple[str, ...] = (),
        **fields: "models.Field[Any, Any]",
    ) -> None:
        """Take rows and changes as a function of the values, and for each value the field whose type it has.

        ``returning`` names whole numbers of the row to read back, as the update left them.
        """
        self.build, self.returning = build, returning
        self.blanks = _Blanks(fields)
        self._written: dict[tuple[Any, ...], tuple[str, Sequence[Any]]] = {}

    def run(self, **values: Any) -> int:
        """Change the rows for these values. Return how many they were."""
        with self._executed(values) as cursor:
            return int(cursor.rowcount)

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        """Change the row for these values. Return what ``returning`` names of it, or nothing if there was none."""
        with self._executed(values) as cursor:
            found: tuple[Any, ...] | None = cursor.fetchone()
            return found

    def written(self, database: Any, values: dict[str, Any]) -> tuple[str, list[Any]]:
        """Return the statement and its parameters for these values."""
        key = self.blanks.key(database, values)
        if key not in self._written:
            rows, changes = self.build(**self.blanks.stand_ins(values))
            query: Any = rows.query.chain(UpdateQuery)
            query.add_update_values(changes)
            sql, params = query.get_compiler(using=database.alias).as_sql()
            names = [database.ops.quote_name(rows.model._meta.get_field(name).column) for name in self.returning]
            self._written[key] = (f"{sql} RETURNING {', '.join(names)}" if names else sql, params)
        sql, params = self._written[key]
        return sql, self.blanks.fill(database, params, values)

    @contextmanager
    def _executed(self, values: dict[str, Any]) -> Iterator[Any]:
        database = _database()
        with transaction.mark_for_rollback_on_error(using=database.alias), database.cursor() as cursor:
            cursor.execute(*self.written(database, values))
            yield cursor
