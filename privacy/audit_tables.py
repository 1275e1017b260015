"""What the figures of a year consist of: tables of words and counts, and the year itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from core.time import at, today


@dataclass(frozen=True)
class Row:
    """What is counted, in words, and how many; nothing where a small number stays hidden."""

    words: tuple[str, ...]
    figures: tuple[int | None, ...]


@dataclass(frozen=True)
class Section:
    """One table: its headings for words and for figures, its rows, and a remark."""

    key: str
    title: str
    words: tuple[str, ...]
    figures: tuple[str, ...]
    rows: list[Row]
    remark: str = ""

    @property
    def hides(self) -> bool:
        """Tell whether a figure stays hidden."""
        return any(figure is None for row in self.rows for figure in row.figures)

    @property
    def lines(self) -> Iterator[dict[str, list[tuple[str, str | int | None]]]]:
        """Yield the rows as a page shows them: each cell with its heading, which a narrow page repeats."""
        for row in self.rows:
            yield {
                "words": list(zip(self.words, row.words, strict=True)),
                "figures": list(zip(self.figures, row.figures, strict=True)),
            }


@dataclass(frozen=True)
class Year:
    """A calendar year by the city's clock; ``until`` is its end, or now while it lasts."""

    number: int
    start: datetime
    until: datetime
    is_over: bool

    @classmethod
    def of(cls, number: int, now: datetime) -> "Year":
        """Return a year as it stands now."""
        end = at(date(number + 1, 1, 1), time())
        return cls(number, at(date(number, 1, 1), time()), min(end, now + timedelta(microseconds=1)), end <= now)

    def of_field(self, name: str) -> Q:
        """Return the condition that a moment lies in the year."""
        return Q(**{f"{name}__gte": self.start, f"{name}__lt": self.until})

    @property
    def last_day(self) -> date:
        """The day on which ages and records are counted."""
        return today(self.until - timedelta(microseconds=1))
