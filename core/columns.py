"""What a table that leaves the site as a file consists of."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.functional import Promise

Value = str | int | float | Decimal | date | datetime | Promise | None
MONEY = "#,##0.00"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A column: its heading, how wide it is, and how its numbers are shown."""

    heading: str | Promise
    width: int = 16
    format: str = ""
