"""What a fund paid for, for the open books: by theme, area, provider, programme. Never a child's trace."""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from activities.models import Attendance
from funding.models import BudgetLine, Fund, Settlement
from orders.attendance import FEW
from orders.models import Order
from orders.statuses import Status

# By what the books can be read: what the choice says, the columns that name a row in Chinese and in English, its key.
WAYS: dict[str, tuple[str | Promise, str, str, str]] = {
    "theme": (_("Theme"), "version__theme", "version__theme", "version__theme"),
    "area": (_("Street or town"), "region__name", "region__name", "region"),
    "provider": (_("Provider"), "provider__name", "provider__name_en", "provider"),
    "programme": (_("Programme"), "programme__title", "programme__title_en", "programme"),
}
_ORDER = "sign_up__session__planned__order__"
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Spent:
    """One row of the books: what was paid, for how many orders and sessions, and how many children came."""

    key: str
    label: str
    orders: int
    sessions: int
    amount: int
    children: int

    @property
    def is_few(self) -> bool:
        """Whether the children are too few to be counted in public."""
        return 0 < self.children < FEW


def spent(fund: Fund, way: str) -> list[Spent]:
    """Return what settled orders were paid, the largest sum first.

    What else the fund has paid is no order's yet, or none's at all: open advances and claims, spending outside orders.

    One query; three where something was paid since the books were last read, or an hour ago: to add up means to look
    at every settlement, and to count each child once at every sign-up.
    """
    moved = BudgetLine.objects.filter(fund=fund).aggregate(paid=Sum("paid"), at=Max("changed_at"))
    name = f"spent:{fund.pk}:{way}:{moved['paid']}:{moved['at']:%Y%m%d%H%M%S%f}" if moved["at"] else ""
    rows = cache.get(name) if name else []
    if rows is None:
        rows = _count(fund, way)
        cache.set(name, rows, KEPT_SECONDS)
    is_english = (get_language() or "").startswith("en")
    found = [Spent(label=(english if is_english else "") or chinese, **row) for chinese, english, row in rows]
    return sorted(found, key=lambda row: (-row.amount, row.label))


def _count(fund: Fund, way: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return each row with its name in Chinese and in English. Two queries."""
    _label, chinese, english, key = WAYS[way]
    paid = Q(
        status=Status.SETTLED,
        commitment__settlement__kind=Settlement.Kind.SETTLEMENT,
        commitment__line__fund=fund,
    )
    lines = "commitment__settlement__lines"
    rows = (
        Order.objects.filter(paid)
        .order_by()
        .values(key, chinese, english)
        .annotate(
            total=Sum(f"{lines}__amount"),
            held=Count(lines, filter=Q(**{f"{lines}__amount__gt": 0})),
            number_of=Count("pk", distinct=True),
        )
    )
    came = _children(fund, key)
    return [
        (
            row[chinese],
            row[english],
            {
                "key": str(row[key]),
                "orders": row["number_of"],
                "sessions": row["held"],
                "amount": row["total"],
                "children": came.get(row[key], 0),
            },
        )
        for row in rows
    ]


def _children(fund: Fund, key: str) -> dict[Any, int]:
    """Return how many children came to the sessions of paid orders, each counted once in a row. One query."""
    present = Attendance.objects.filter(
        status=Attendance.Status.PRESENT,
        **{
            f"{_ORDER}status": Status.SETTLED,
            f"{_ORDER}commitment__settlement__kind": Settlement.Kind.SETTLEMENT,
            f"{_ORDER}commitment__line__fund": fund,
        },
    )
    rows = present.order_by().values(f"{_ORDER}{key}").annotate(n=Count("sign_up__child", distinct=True))
    return {row[f"{_ORDER}{key}"]: row["n"] for row in rows}
