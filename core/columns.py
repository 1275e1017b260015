"""What a table that leaves the site as a file consists of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.functional import Promise

from core.money import EXPONENTS

Value = str | int | float | Decimal | date | datetime | Promise | None
MONEY = "#,##0.00"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A column: its heading, how wide it is, and how its numbers are shown."""

    heading: str | Promise
    width: int = 16
    format: str = ""


@dataclass(frozen=True)
class Export:
    """A title, its columns, and the rows for a person and the filters of the page."""

    title: str | Promise
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def money_format(currency: str) -> str:
    """Return how a column shows amounts of a currency: as many places as its minor unit has."""
    places = EXPONENTS[currency]
    return "#,##0" + ("." + "0" * places if places else "")
