"""What the home page shows of the loop. Numbers are totals, kept for five minutes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, QuerySet, Sum, Value, When
from django.utils.translation import gettext as _

from activities.models import Attendance, Session
from catalog import queries as menu
from catalog.models import MIN_RATERS, Programme
from orders.models import Order

_SECONDS = 300
_CARDS = 4
_AGES = ("4-6", "7-9", "10-13", "14-18")


@dataclass(frozen=True)
class Numbers:
    """How often the table was laid."""

    orders: int
    held: int
    attended: int
    raters: int
    mean: float | None


def _counted(name: str, rows: QuerySet[Any]) -> Any:
    """Return a query of one row, the name and how many there are; of none where there are none."""
    return rows.order_by().annotate(what=Value(name)).values("what").annotate(n=Count("pk")).values_list("what", "n")


def numbers() -> Numbers:
    """Return how many orders were sent, sessions held and places taken, and what people thought; from the cache."""
    known = cache.get("cms:numbers")
    if not isinstance(known, Numbers):
        marks = Programme.objects.aggregate(marks=Sum("rating_sum"), raters=Sum("rating_count"))
        raters = marks["raters"] or 0
        sent = _counted("orders", Order.objects.filter(submitted_at__isnull=False))
        held = _counted("held", Session.objects.filter(status=Session.Status.CLOSED, no_attendance=False))
        present = _counted("attended", Attendance.objects.filter(status=Attendance.Status.PRESENT))
        totals = dict(sent.union(held, present, all=True))
        known = Numbers(
            orders=totals.get("orders", 0),
            held=totals.get("held", 0),
            attended=totals.get("attended", 0),
            raters=raters,
            mean=marks["marks"] / raters if raters >= MIN_RATERS else None,
        )
        cache.set("cms:numbers", known, _SECONDS)
    return known


def on_this_week(now: datetime) -> list[Programme]:
    """Return up to four programmes whose next session is within seven days, those with places first. One query."""
    rows = menu.menu().filter(next_session_at__gte=now, next_session_at__lt=menu.until("week", now))
    is_full = Case(When(places_left=0, then=Value(1)), default=Value(0))
    return list(rows.order_by(is_full, "next_session_at", "-pk")[:_CARDS])


def areas() -> list[tuple[str, str]]:
    """Return code and name of the areas that people search in."""
    return menu.regions()


def ages() -> list[dict[str, str]]:
    """Return the spans of age that parents choose from; the last one is open."""
    spans = [(age, *menu.AGES[age]) for age in _AGES]
    return [
        {"value": age, "label": f"{low}–{high}" if high <= 18 else _("%(from)s and over") % {"from": low}}
        for age, low, high in spans
    ]
