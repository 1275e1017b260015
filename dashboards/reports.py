"""The reports of a League: sessions, sign-ups, families, marks and money, by month, provider, theme or area.

Everything is read from the kept figures, so a report costs the same however many children signed up.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from catalog.models import Theme
from core.forms import whole_number
from dashboards import rollup
from dashboards.figures import DIMENSIONS
from dashboards.models import Figure, Spent
from organisations.models import Organisation, Region

Value = int | str | None
NAMES = ("month", *DIMENSIONS)


@dataclass(frozen=True)
class Asked:
    """What a report is about: a year, perhaps a month, a provider, a theme, an area; and what its rows stand for."""

    year: int
    month: int = 0
    provider: int | None = None
    theme: str | None = None
    area: str | None = None
    by: str = "month"

    def query(self, **other: str) -> str:
        """Return the address's query that asks for this, or for this with something else instead."""
        asked = replace(self, **other)  # type: ignore[arg-type]  # ``by`` is a text
        return urlencode({name: value for name, value in vars(asked).items() if value})


@dataclass(frozen=True)
class Choices:
    """What a League's reports can be about, as value and words."""

    years: list[int]
    month: dict[int, str]
    provider: dict[int, str]
    theme: dict[str, str]
    area: dict[str, str]


@dataclass(frozen=True)
class Row:
    """One line of a report. A number of people that must stay hidden is nothing."""

    value: Value
    label: str
    held: int = 0
    signed_up: int | None = 0
    present: int | None = 0
    families: int | None = 0
    mean: float | None = None
    raters: int | None = 0
    spent: tuple[tuple[str, int], ...] = ()

    @property
    def is_hidden(self) -> bool:
        """Whether numbers of people stay hidden."""
        return self.signed_up is None


@dataclass(frozen=True)
class Report:
    """The rows, what they come to together, and until when everything is counted."""

    asked: Asked
    rows: list[Row]
    total: Row
    as_of: datetime | None

    @property
    def hides(self) -> bool:
        """Whether anything stays hidden."""
        return any(row.is_hidden or row.raters is None for row in (*self.rows, self.total))


def choices(league: Organisation) -> Choices:
    """Return what can be asked of a League's reports. Four queries."""
    figures, spent = Figure.objects.filter(league=league), Spent.objects.filter(league=league)
    years = figures.order_by().values_list("year").union(spent.order_by().values_list("year"))

    def known(name: str) -> Q:
        return Q(pk__in=figures.values(name)) | Q(pk__in=spent.values(name))

    providers = Organisation.objects.filter(known("provider")).order_by("name", "pk")
    themes = Theme.objects.filter(known("theme")).order_by("position", "pk")
    areas = Region.objects.filter(known("area")).order_by("lineage")
    return Choices(
        years=sorted((year for (year,) in years), reverse=True),
        month={number: str(name) for number, name in MONTHS.items()},
        provider={row.pk: str(row) for row in providers},
        theme={row.pk: str(row) for row in themes},
        area={row.pk: str(row) for row in areas},
    )


def report(league: Organisation, asked: Asked, known: Choices) -> Report:
    """Return the report that was asked for. Three queries."""
    figures = Figure.objects.filter(league=league, year=asked.year)
    found = {getattr(row, _column(asked.by)): row for row in figures.filter(_rows(asked))}
    money = _money(league, asked)
    labels: dict[Value, str] = dict(getattr(known, asked.by))
    values = {value for value in found if value} | money.keys()
    rows = [_row(value, _label(value, labels, asked.by), found.get(value), money.get(value, {})) for value in values]
    in_order = {value: place for place, value in enumerate(labels)}
    rows.sort(key=lambda row: in_order.get(row.value, len(in_order)))
    whole = found.get(getattr(asked, asked.by)) if getattr(asked, asked.by) else found.get(_ALL[asked.by])
    total = _row(None, _("Total"), whole, _together(money.values()))
    mark = rollup.mark()
    return Report(asked, rows, total, mark.at if mark else None)


def results(league: Organisation, year: int) -> Row:
    """Return what a League's money has brought about in a year, without the money. One query."""
    whole = Figure.objects.filter(
        league=league, year=year, month=0, provider__isnull=True, theme__isnull=True, area__isnull=True
    )
    return _row(None, str(year), whole.first(), {})


_ALL: dict[str, Value] = {"month": 0, "provider": None, "theme": None, "area": None}


def _column(name: str) -> str:
    return name if name == "month" else f"{name}_id"


def _rows(asked: Asked) -> Q:
    """Keep the figures of the rows, and the one that takes them all together."""
    which = Q()
    for name in NAMES:
        chosen = getattr(asked, name)
        if chosen:
            which &= Q(**{name: chosen})
        elif name != asked.by:
            which &= Q(month=0) if name == "month" else Q(**{f"{name}__isnull": True})
    return which


def _money(league: Organisation, asked: Asked) -> dict[Value, dict[str, int]]:
    """Return what was spent, by the rows' value and the currency. One query."""
    chosen = {name: getattr(asked, name) for name in NAMES if getattr(asked, name)}
    rows: QuerySet[Spent] = Spent.objects.filter(league=league, year=asked.year, **chosen).order_by()
    found: defaultdict[Value, dict[str, int]] = defaultdict(dict)
    for value, unit, amount in rows.values_list(_column(asked.by), "currency").annotate(amount=Sum("amount")):
        found[value][unit] = amount
    return dict(found)


def _together(amounts: Iterable[dict[str, int]]) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for by_unit in amounts:
        for unit, amount in by_unit.items():
            sums[unit] += amount
    return dict(sums)


def _label(value: Value, labels: dict[Value, str], by: str) -> str:
    if value is not None:
        return labels.get(value, str(value))
    return _("Outside the system") if by == "provider" else _("Several themes")


def _row(value: Value, label: str, figure: Figure | None, money: dict[str, int]) -> Row:
    spent = tuple(sorted(money.items()))
    if figure is None:
        return Row(value, label, spent=spent)
    row = Row(value, label, held=figure.held, spent=spent)
    if figure.hides_people:
        row = replace(row, signed_up=None, present=None, families=None)
    else:
        row = replace(row, signed_up=figure.signed_up, present=figure.present, families=figure.families)
    if figure.hides_marks:
        return replace(row, raters=None)
    return replace(row, raters=figure.raters, mean=figure.marks / figure.raters if figure.raters else None)


def asked(data: Any, known: Choices, this_year: int) -> Asked:
    """Return what an address asks for: this year by month, and whatever else of it means something."""

    def number(name: str) -> int | None:
        return whole_number(str(data.get(name, "")))

    year, month, provider = number("year"), number("month") or 0, number("provider")
    theme, area, by = (str(data.get(name, "")) for name in ("theme", "area", "by"))
    return Asked(
        year=year if year in known.years else this_year,
        month=month if month in known.month else 0,
        provider=provider if provider in known.provider else None,
        theme=theme if theme in known.theme else None,
        area=area if area in known.area else None,
        by=by if by in NAMES else "month",
    )
