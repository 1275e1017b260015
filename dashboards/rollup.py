"""Keeps the figures of the reports: what happened since the last reading every minute, everything each night.

Nothing is written for the figures while a family signs up: the histories that are written anyway say what changed.
Counting goes on outside a transaction; what was counted is written in a short one, unless somebody else wrote since.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Model, Q

from activities.models import AttendanceHistory, ReviewHistory, Session, SessionHistory, SignUpHistory
from core.locking import lock
from core.time import today
from dashboards import figures
from dashboards.figures import Key, Numbers
from dashboards.hiding import FEWEST, hidden
from dashboards.models import Figure, ReadUntil, Spent
from funding.models import Entry, Transfer

NAME = "figures"
MOST_SESSIONS = 5_000  # where more changed, everything is counted
MOST_PLACES = 200  # and where sessions changed at more places: one query names them all, and SQLite reads no long ones
_KEY = ("month", "provider", "theme", "area")
SESSION_OF: dict[type[Model], str] = {
    SessionHistory: "session",
    SignUpHistory: "sign_up__session",
    AttendanceHistory: "attendance__sign_up__session",
    ReviewHistory: "review__session",
}
COUNTED = (*figures.SUMS, "families")
STORED = (*COUNTED, "hides_people", "hides_marks")
Year = tuple[int, int]  # a League and a year


@dataclass
class Counted:
    """What was counted: every figure of some years, and the money of some Leagues."""

    years: dict[Year, dict[Key, Numbers]] = field(default_factory=dict)
    spent: dict[int, list[Spent]] = field(default_factory=dict)


def newest() -> dict[str, int]:
    """Return the newest row of each history that tells of a change. One query each."""
    read: list[type[Model]] = [*SESSION_OF, Entry]
    return {model._meta.label: model._default_manager.aggregate(n=Max("pk"))["n"] or 0 for model in read}


def mark() -> ReadUntil | None:
    """Return how far was read; nothing before the first time."""
    return ReadUntil.objects.filter(name=NAME).first()


def rebuild(now: datetime) -> int:
    """Count everything anew. Return the number of figures."""
    known, heads = mark(), newest()
    counted = Counted(spent={league: figures.spent(league) for league in figures.leagues()})
    for league in counted.spent:
        for year in {*figures.years(league), *kept_years(league)}:
            counted.years[league, year] = all_of(league, year)
    return _write(counted, known, heads, now)


def refresh(now: datetime) -> int:
    """Count anew what happened since the reading before the last one. Return the number of figures looked at."""
    known, heads = mark(), newest()
    if known is None:
        return rebuild(now)
    counted = Counted()
    news = touched(known)
    if news is None:
        return rebuild(now)
    for (league, year), keys in news.items():
        counted.years[league, year] = again(league, year, keys)
    for league in leagues_that_paid(known):
        counted.spent[league] = figures.spent(league)
    return _write(counted, known, heads, now)


def all_of(league: int, year: int) -> dict[Key, Numbers]:
    """Return every figure of a year. 19 queries."""
    totals = figures.added_up(figures.sums(league, year))
    reached = figures.families(league, year)
    return {key: {**numbers, "families": reached.get(key, 0)} for key, numbers in totals.items()}


def again(league: int, year: int, keys: set[Key]) -> dict[Key, Numbers]:
    """Return every figure of a year, those at the finest keys and above counted anew and the others as kept."""
    kept = {key: {name: getattr(row, name) for name in COUNTED} for key, row in stored(league, year).items()}
    finest = {key: numbers for key, numbers in kept.items() if figures.is_finest(key) and key not in keys}
    finest |= {key: numbers for key, numbers in figures.sums(league, year, keys).items() if key in keys}
    anew = {figures.shaped(key, shape) for key in keys for shape in figures.shapes()}
    reached = figures.families(league, year, keys)
    return {
        key: {**numbers, "families": reached.get(key, 0) if key in anew else kept[key]["families"]}
        for key, numbers in figures.added_up(finest).items()
    }


def stored(league: int, year: int) -> dict[Key, Figure]:
    """Return the kept figures of a year by key. One query."""
    rows = Figure.objects.filter(league=league, year=year)
    return {(row.month, row.provider_id, row.theme_id, row.area_id): row for row in rows}


def touched(known: ReadUntil) -> dict[Year, set[Key]] | None:
    """Return at which finest keys something happened since the reading before the last; nothing if it is too much.

    Up to seven queries.
    """
    changed: dict[type[Model], set[int]] = {}
    for model, path in SESSION_OF.items():
        news = model._default_manager.filter(pk__gt=known.before.get(model._meta.label, 0))
        changed[model] = set(news.values_list(f"{path}_id", flat=True).distinct())
    every = set().union(*changed.values())
    if len(every) > MOST_SESSIONS:
        return None
    found: defaultdict[Year, set[Key]] = defaultdict(set)
    moved: set[tuple[int, int, str, str]] = set()
    rows = Session.objects.filter(pk__in=every, planned__isnull=False)
    for pk, league, starts_at, *place in rows.values_list(
        "pk", "planned__order__league", "starts_at", "provider_id", "version__theme_id", figures.area_of("region")
    ):
        day = today(starts_at)
        found[league, day.year].add((day.month, *place))
        if pk in changed[SessionHistory]:
            moved.add((league, *place))
    if len(moved) > MOST_PLACES:
        return None
    if moved:  # a session may have stood in another month before
        here = Q(*(Q(league=a, provider=b, theme=c, area=d) for a, b, c, d in moved), _connector=Q.OR)
        for league, year, *key in Figure.objects.filter(here, month__gt=0).values_list("league", "year", *_KEY):
            found[league, year].add(tuple(key))
    return dict(found)


def leagues_that_paid(known: ReadUntil) -> list[int]:
    """Return the Leagues in whose funds something was booked since the reading before the last. One query."""
    news = Transfer.objects.filter(entry__gt=known.before.get(Entry._meta.label, 0))
    return list(news.order_by("debit__fund__league").values_list("debit__fund__league", flat=True).distinct())


def kept_years(league: int) -> set[int]:
    """Return the years of which figures are kept. One query."""
    return set(Figure.objects.filter(league=league).order_by().values_list("year", flat=True).distinct())


def _write(counted: Counted, known: ReadUntil | None, heads: dict[str, int], now: datetime) -> int:
    """Keep what was counted, unless another reading was kept meanwhile: then that one is newer."""
    ReadUntil.objects.get_or_create(name=NAME, defaults={"at": now})
    with transaction.atomic():
        held = lock(ReadUntil, ReadUntil.objects.get(name=NAME).pk)
        if held.run != (known.run if known else 0):
            return 0
        for (league, year), wanted in counted.years.items():
            _keep(league, year, wanted)
        for league, rows in counted.spent.items():
            Spent.objects.filter(league=league).delete()
            Spent.objects.bulk_create(rows, batch_size=500)
        held.run, held.before, held.last, held.at = held.run + 1, held.last or heads, heads, now
        held.save()
    return sum(map(len, counted.years.values()))


def _keep(league: int, year: int, wanted: Mapping[Key, Numbers]) -> None:
    """Write the figures of a year that differ from the kept ones. Up to four queries and their portions."""
    kept = stored(league, year)
    people, marks = hidden_of(wanted)
    new, changed = [], []
    for key, numbers in wanted.items():
        values = {**numbers, "hides_people": key in people, "hides_marks": key in marks}
        row = kept.pop(key, None)
        if row is None:
            month, provider, theme, area = key
            place = {"provider_id": provider, "theme_id": theme, "area_id": area}
            new.append(Figure(league_id=league, year=year, month=month, **place, **values))
        elif any(getattr(row, name) != values[name] for name in STORED):
            for name in STORED:
                setattr(row, name, values[name])
            changed.append(row)
    Figure.objects.filter(pk__in=[row.pk for row in kept.values()]).delete()
    Figure.objects.bulk_create(new, batch_size=500)
    Figure.objects.bulk_update(changed, STORED, batch_size=200)


def hidden_of(wanted: Mapping[Key, Numbers]) -> tuple[set[Key], set[Key]]:
    """Return the keys whose counts of people, and whose marks, stay hidden. No query."""
    few = {key: 0 < numbers["families"] < FEWEST for key, numbers in wanted.items()}
    people = {key: (numbers["signed_up"], numbers["present"]) for key, numbers in wanted.items()}
    marks = {key: (numbers["raters"],) for key, numbers in wanted.items()}
    return hidden(people, small=few), hidden(marks)
