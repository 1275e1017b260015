"""Counts what came of a League's orders, from the rows themselves: sessions, sign-ups, families, marks, money.

A key is (month, provider, theme, area). Month 0 is the year; an empty provider, theme or area is all of them.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time
from itertools import combinations
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Model, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from activities.models import Attendance, Review, Session, SignUp
from catalog.models import Theme
from core.time import at, zone
from dashboards.models import Spent
from funding.models import Transfer
from organisations.models import Organisation, Region

Key = tuple[int, int | None, str | None, str | None]
Numbers = dict[str, int]
DIMENSIONS = ("provider", "theme", "area")
SUMS = ("held", "signed_up", "present", "raters", "marks")  # these add up; families do not
FAMILY = Coalesce(F("party__guardian_id"), -F("child_id"))  # a youth without a guardian here is a family of one


def shapes() -> Iterator[tuple[str, ...]]:
    """Yield every set of what a key names: month and dimensions, from all four down to none."""
    names = ("month", *DIMENSIONS)
    for size in range(len(names), -1, -1):
        yield from combinations(names, size)


def shaped(key: Key, shape: Collection[str]) -> Key:
    """Return the key with everything that the shape does not name taken together."""
    month, provider, theme, area = key
    return (
        month if "month" in shape else 0,
        provider if "provider" in shape else None,
        theme if "theme" in shape else None,
        area if "area" in shape else None,
    )


def is_finest(key: Key) -> bool:
    """Tell whether a key takes nothing together."""
    return bool(key[0]) and None not in key


def months_span(year: int, first: int = 1, last: int = 12) -> tuple[datetime, datetime]:
    """Return from when to when the city's months last."""
    after = date(year + last // 12, last % 12 + 1, 1)
    return at(date(year, first, 1), time.min), at(after, time.min)


def area_of(path: str) -> Case:
    """Return the street or town of the region at a path: the one above, where it is a village or community."""
    above = When(**{f"{path}__level": Region.Level.VILLAGE}, then=F(f"{path}__parent_id"))
    return Case(above, default=F(f"{path}_id"))


def keyed(model: type[Model], session: str, only: Iterable[Key] | None = None) -> QuerySet[Any, Any]:
    """Return rows about ordered sessions that were not cancelled, with their keys' parts; ``session`` is the path."""
    to = f"{session}__" if session else ""
    rows: QuerySet[Any, Any] = model._default_manager.filter(**{f"{to}planned__isnull": False})
    rows = rows.exclude(**{f"{to}status": Session.Status.CANCELLED}).annotate(
        month=ExtractMonth(f"{to}starts_at", tzinfo=zone()),
        of_provider=F(f"{to}provider_id"),
        of_theme=F(f"{to}version__theme_id"),
        of_area=area_of(f"{to}region"),
    )
    return rows if only is None else rows.filter(_among(set(only)))


def _among(keys: set[Key]) -> Q:
    """Keep what lies in the months, providers, themes and areas of the keys: all of these, and some more."""
    chosen = Q()
    for name, position in (("month", 0), ("of_provider", 1), ("of_theme", 2), ("of_area", 3)):
        values = {key[position] for key in keys}
        if values.isdisjoint((None, 0)):
            chosen &= Q(**{f"{name}__in": values})
    return chosen


def in_year(rows: QuerySet[Any, Any], session: str, league_id: int, year: int) -> QuerySet[Any, Any]:
    """Keep the rows of a League's sessions that begin in a year."""
    to, (since, until) = (f"{session}__" if session else ""), months_span(year)
    return rows.filter(
        **{
            f"{to}planned__order__league": league_id,
            f"{to}starts_at__gte": since,
            f"{to}starts_at__lt": until,
        }
    )


def sums(league_id: int, year: int, only: Collection[Key] | None = None) -> dict[Key, Numbers]:
    """Return what adds up, at the finest keys. Three queries."""
    present = Q(attendance__status=Attendance.Status.PRESENT)
    held = Count("pk", filter=Q(status=Session.Status.CLOSED, no_attendance=False))
    questions: list[tuple[type[Model], str, Q, dict[str, Any]]] = [
        (Session, "", Q(), {"held": held}),
        (
            SignUp,
            "session",
            Q(status__in=SignUp.HOLDING),
            {"signed_up": Count("pk"), "present": Count("pk", filter=present)},
        ),
        (
            Review,
            "session",
            Q(pk__in=Review.objects.votes().values("pk")),
            {"raters": Count("pk"), "marks": Sum("mark")},
        ),
    ]
    found: dict[Key, Numbers] = {}
    for model, session, which, measures in questions:
        rows = in_year(keyed(model, session, only), session, league_id, year).filter(which)
        for *key, numbers in _grouped(rows, ("month", *DIMENSIONS), measures):
            found.setdefault(_key(key), dict.fromkeys(SUMS, 0)).update(numbers)
    return {key: numbers for key, numbers in found.items() if any(numbers.values())}


def _grouped(rows: QuerySet[Any, Any], names: Collection[str], measures: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    if not names:
        yield (rows.aggregate(**measures),)
        return
    columns = [name if name == "month" else f"of_{name}" for name in names]
    for row in rows.order_by().values(*columns).annotate(**measures):
        yield (*(row[column] for column in columns), {name: row[name] for name in measures})


def _key(parts: list[Any]) -> Key:
    month, provider, theme, area = parts
    return month, provider, theme, area


def families(league_id: int, year: int, only: Collection[Key] | None = None) -> dict[Key, int]:
    """Return how many different families were there, at every key, or at those of ``only`` and above. 16 queries."""
    there = Q(status__in=SignUp.HOLDING, attendance__status=Attendance.Status.PRESENT)
    found: dict[Key, int] = {}
    for shape in shapes():
        keys = None if only is None else {shaped(key, shape) for key in only}
        rows = in_year(keyed(SignUp, "session", keys), "session", league_id, year).filter(there)
        for *parts, numbers in _grouped(rows, shape, {"n": Count(FAMILY, distinct=True)}):
            named = dict(zip(shape, parts, strict=True))
            key = (named.get("month", 0), named.get("provider"), named.get("theme"), named.get("area"))
            if keys is None or key in keys:
                found[key] = numbers["n"]
    return found


def added_up(finest: dict[Key, Numbers]) -> dict[Key, Numbers]:
    """Return the sums at every key, from those at the finest. No query."""
    found: dict[Key, Numbers] = {}
    every = list(shapes())
    for key, numbers in finest.items():
        for shape in every:
            total = found.setdefault(shaped(key, shape), dict.fromkeys(SUMS, 0))
            for name in SUMS:
                total[name] += numbers[name]
    return found


def years(league_id: int) -> list[int]:
    """Return the years in which the League's sessions lie, in the city's time. One query."""
    ends = Session.objects.filter(planned__order__league=league_id).aggregate(a=Min("starts_at"), b=Max("starts_at"))
    return (
        []
        if ends["a"] is None
        else list(range(ends["a"].astimezone(zone()).year, ends["b"].astimezone(zone()).year + 1))
    )


def leagues() -> list[int]:
    """Return the Leagues. One query."""
    return list(Organisation.objects.filter(kind=Organisation.Kind.LEAGUE).order_by("pk").values_list("pk", flat=True))


def spent(league_id: int) -> list[Spent]:
    """Return what the ledger says was paid from a League's funds, by month of the books. Two queries.

    What an order cost counts for its provider, its theme and its office's area; what was spent outside the system for
    the line's.
    """
    themes = set(Theme.objects.values_list("slug", flat=True))
    found: dict[tuple[Any, ...], int] = {}
    for side, sign in (("debit", 1), ("credit", -1)):
        order = "entry__commitment__order"
        rows = Transfer.objects.filter(**{f"{side}__kind": "paid", f"{side}__fund__league": league_id}).annotate(
            year=ExtractYear("entry__booked_on"),
            month=ExtractMonth("entry__booked_on"),
            provider=F("entry__commitment__provider_id"),
            theme=Coalesce(F(f"{order}__version__theme_id"), F(f"{side}__line__theme_slug")),
            area=Coalesce(area_of(f"{order}__region"), area_of(f"{side}__line__region")),
            unit=F(f"{side}__currency"),
        )
        for year, month, provider, theme, area, unit, amount in rows.order_by().values_list(
            "year", "month", "provider", "theme", "area", "unit", Sum("amount")
        ):
            key = (year, month, provider, theme if theme in themes else None, area, unit)
            found[key] = found.get(key, 0) + sign * amount
    return [
        Spent(league_id=league_id, year=y, month=m, provider_id=p, theme_id=t, area_id=a, currency=c, amount=amount)
        for (y, m, p, t, a, c), amount in found.items()
        if amount
    ]
