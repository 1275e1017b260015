"""Where a fund's money flows: what state it is in, for which theme, in which area. Straight from the ledger."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.money import EXPONENTS, format_plain
from funding import wording
from funding.models import CarriedCommitment, Fund, Transfer
from funding.standing import HELD
from orders import flow_chart
from orders.flow_chart import Block, Ribbon

PARTS = ("paid", "payable", "committed")  # in the order of every bar
SHOWN_AREAS = 5
OUTSIDE = ""  # the theme of what no order spent
_THEME = "commitment__order__version__theme"

Cell = tuple[str, str, str]  # theme, area, part


@dataclass(frozen=True)
class Row:
    """A theme or an area: its parts, and what of it went to which of the other kind."""

    key: str
    label: str
    parts: dict[str, int]
    across: dict[str, int]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class Flow:
    """A fund's money by state, theme and area. Its sums are those of the fund's lines."""

    currency: str
    cells: dict[Cell, int] = field(default_factory=dict)

    @cached_property
    def themes(self) -> list[Row]:
        """The themes, the largest first; what no order spent comes last."""
        rows = self._rows(0, 1)
        return sorted(rows, key=lambda row: (row.key == OUTSIDE, -row.total, row.key))

    @cached_property
    def all_areas(self) -> list[Row]:
        """The areas, the largest first."""
        return sorted(self._rows(1, 0), key=lambda row: (-row.total, row.key))

    @cached_property
    def areas(self) -> list[Row]:
        """The largest areas, and the others together."""
        found = self.all_areas
        if len(found) <= SHOWN_AREAS + 1:
            return found
        rest = found[SHOWN_AREAS:]
        label = ngettext("%(n)s more area", "%(n)s more areas", len(rest)) % {"n": len(rest)}
        return [*found[:SHOWN_AREAS], Row("", label, _added(row.parts for row in rest), _added(r.across for r in rest))]

    @property
    def total(self) -> int:
        """What was committed, is payable or was paid in all."""
        return sum(self.cells.values())

    def table(self) -> list[tuple[str, str, list[int]]]:
        """Return theme, area and the amount of each part, the largest themes and areas first."""
        return [
            (row.label, area.label, [self.cells.get((row.key, area.key, part), 0) for part in PARTS])
            for row in self.themes
            for area in self.all_areas
            if row.key in area.across
        ]

    def _rows(self, own: int, other: int) -> list[Row]:
        parts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(PARTS, 0))
        across: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for cell, amount in self.cells.items():
            parts[cell[own]][cell[2]] += amount
            across[cell[own]][cell[other]] += amount
        return [Row(key, _theme(key) if own == 0 else key, parts[key], dict(across[key])) for key in parts]


def _theme(slug: str) -> str:
    return wording.theme(slug) if slug else _("Spent outside orders")


def _added(rows: Iterable[dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        for key, amount in row.items():
            found[key] += amount
    return dict(found)


def flow_of(fund: Fund) -> Flow:
    """Return where a fund's money flows. Three queries.

    A commitment that was carried over counts where its money is now: the entry that moved several at once names none
    of them, so what it moved is told apart by its rows.
    """
    cells: dict[Cell, int] = defaultdict(int)
    for side, sign in (("debit", 1), ("credit", -1)):
        rows = Transfer.objects.filter(**{f"{side}__line__fund": fund, f"{side}__kind__in": HELD})
        area, part = f"{side}__line__region__name", f"{side}__kind"
        for row in _summed(rows, f"entry__{_THEME}", area, part):
            cells[row[f"entry__{_THEME}"] or OUTSIDE, row[area], row[part]] += sign * row["n"]
    for side, sign in (("source", -1), ("target", 1)):
        area = f"{side}__region__name"
        for row in _summed(CarriedCommitment.objects.filter(**{f"{side}__fund": fund}), _THEME, area):
            cells[row[_THEME] or OUTSIDE, row[area], "committed"] += sign * row["n"]
            cells[OUTSIDE, row[area], "committed"] -= sign * row["n"]
    return Flow(fund.currency, {cell: amount for cell, amount in cells.items() if amount})


def _summed(rows: QuerySet[Any], *by: str) -> QuerySet[Any, dict[str, Any]]:
    found: QuerySet[Any, dict[str, Any]] = rows.order_by().values(*by).annotate(n=Sum("amount"))
    return found


def picture(flow: Flow, available: int, labels: dict[str, str], label: str) -> str:
    """Return the flow as a picture; ``available`` is what flows nowhere yet."""
    sums = {part: sum(row.parts[part] for row in flow.themes) for part in PARTS}
    amounts = [*sums.values(), available, *(row.total for row in (*flow.themes, *flow.areas))]
    is_whole = not any(amount % 10 ** EXPONENTS[flow.currency] for amount in amounts)

    def block(name: str, amount: int, tone: str) -> Block:
        said = format_plain(amount, flow.currency)
        return Block(name, amount, said.partition(".")[0] if is_whole else said, tone)

    states = [part for part in PARTS if sums[part]]
    left = [block(labels[part], sums[part], part) for part in states]
    left += [block(labels["available"], available, "available")] if available else []
    middle = [block(row.label, row.total, row.key or "none") for row in flow.themes]
    right = [block(row.label, row.total, "street") for row in flow.areas]
    first = [
        Ribbon(source, target, row.parts[part])
        for source, part in enumerate(states)
        for target, row in enumerate(flow.themes)
        if row.parts[part]
    ]
    second = [
        Ribbon(source, target, area.across[row.key])
        for source, row in enumerate(flow.themes)
        for target, area in enumerate(flow.areas)
        if area.across.get(row.key)
    ]
    return flow_chart.draw([left, middle, right], [first, second], label)
