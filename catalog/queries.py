"""The menu: what can be ordered, filtered and sorted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from catalog import search as words
from catalog.models import Programme, ProgrammeQuerySet, Theme
from core.time import at, local
from organisations.models import Organisation, Region

AGES = {"4-6": (4, 6), "7-9": (7, 9), "8-12": (8, 12), "10-13": (10, 13), "14-18": (14, 35)}
WHENS = ("weekend", "week", "month")
SORTS = ("rating", "soon", "new", "price")
_COUNTS_SECONDS = 60
_MOST_REGIONS = 400


@dataclass(frozen=True)
class Criteria:
    """What somebody looks for; every field may be empty."""

    q: str = ""
    age: str = ""
    theme: str = ""
    region: str = ""
    when: str = ""
    free: bool = False
    sort: str = ""

    def without(self, name: str) -> "Criteria":
        """Return the same search with one filter fewer."""
        return Criteria(**{**self.__dict__, name: False if name == "free" else ""})

    @property
    def active(self) -> list[str]:
        """The names of the filters in use."""
        return [name for name in ("q", "theme", "age", "region", "when", "free") if getattr(self, name)]


def menu() -> ProgrammeQuerySet:
    """Return what can be ordered now, with the version on the menu."""
    return Programme.objects.on_menu().with_card_data()


def until(when: str, now: datetime) -> datetime:
    """Return the end of a time window that begins now: this weekend, seven days, thirty days."""
    here = local(now)
    days = {"weekend": 7 - here.weekday(), "week": 7, "month": 30}[when]
    return at(here.date() + timedelta(days=days), time.min)


def age_label(low: int, high: int) -> str:
    """Return a span of ages in words; the last one is open."""
    if high > 18:
        return _("%(from)s years and over") % {"from": low}
    return _("%(from)s–%(to)s years") % {"from": low, "to": high}


def _age_range(age: str) -> tuple[int, int] | None:
    if age in AGES:
        return AGES[age]
    return (int(age), int(age)) if len(age) <= 2 and age.isascii() and age.isdecimal() else None


def search(programmes: ProgrammeQuerySet, criteria: Criteria, *, now: datetime) -> ProgrammeQuerySet:
    """Keep what the person looks for. A value that means nothing filters nothing."""
    found = programmes
    if criteria.q:
        found = found.filter(words.matching(criteria.q))
    if criteria.theme:
        found = found.filter(current_version__theme=criteria.theme)
    ages = _age_range(criteria.age)
    if ages:
        found = found.filter(current_version__min_age__lte=ages[1], current_version__max_age__gte=ages[0])
    if criteria.region:
        found = found.filter(in_reach(criteria.region))
    if criteria.when:
        found = found.filter(next_session_at__gte=now, next_session_at__lt=until(criteria.when, now))
    return found.filter(places_left__gt=0) if criteria.free else found


def in_reach(code: str) -> Q:
    """Return the condition that a programme is at hand in a region.

    Its provider works there or in an area above or below it, or its next session is held there. One query.
    """
    region = Region.objects.filter(code=code).first()
    if region is None:
        return Q()
    works = Q(provider__region__lineage__startswith=region.lineage) | Q(provider__region__in=region.lineage_codes)
    return works | Q(next_region__lineage__startswith=region.lineage)


def ordered(programmes: ProgrammeQuerySet, sort: str) -> ProgrammeQuerySet:
    """Sort the menu; the newest programme first where all else is equal."""
    if sort == "soon":
        return programmes.order_by(F("next_session_at").asc(nulls_last=True), "-pk")
    if sort == "new":
        return programmes.order_by("-current_version__published_at", "-pk")
    if sort == "price":
        return programmes.order_by("current_version__price", "-pk")
    return programmes.best_first()


def themes() -> list[Theme]:
    """Return the city's themes in their order, from the cache."""
    known = cache.get("catalog:themes")
    if known is None:
        known = list(Theme.objects.order_by("position", "slug"))
        cache.set("catalog:themes", known, _COUNTS_SECONDS)
    return list(known)


def regions() -> list[tuple[str, str]]:
    """Return code and name of the areas that have an office, from the cache: where people look for something."""
    known = cache.get("catalog:regions")
    if known is None:
        offices = Organisation.objects.admitted().of_kind(Organisation.Kind.OFFICE, Organisation.Kind.SCHOOL)
        rows = Region.objects.filter(pk__in=offices.values("region")).exclude(level=Region.Level.VILLAGE)
        known = list(rows.order_by("code").values_list("code", "name")[:_MOST_REGIONS])
        cache.set("catalog:regions", known, _COUNTS_SECONDS)
    return list(known)


def counts() -> Mapping[str, int]:
    """Return how many programmes are on the menu by theme, ``all`` together and of how many ``providers``."""
    known: dict[str, int] | None = cache.get("catalog:counts")
    if known is None:
        rows = Programme.objects.on_menu().order_by().values_list("current_version__theme").annotate(n=Count("pk"))
        known = {theme: n for theme, n in rows if theme}
        known["all"] = sum(known.values())
        known["providers"] = Programme.objects.on_menu().aggregate(n=Count("provider", distinct=True))["n"]
        cache.set("catalog:counts", known, _COUNTS_SECONDS)
    return known


def tightest(criteria: Criteria, *, now: datetime) -> list[dict[str, Any]]:
    """Return, best first, which single filter to drop and how many programmes would then be found.

    One query a filter; for the page that found nothing.
    """
    gains = [
        {"name": name, "found": search(Programme.objects.on_menu(), criteria.without(name), now=now).count()}
        for name in criteria.active
    ]
    return sorted((gain for gain in gains if gain["found"]), key=lambda gain: -gain["found"])


def shelf(by: Any) -> ProgrammeQuerySet:
    """Return the acting provider's programmes, what needs work first."""
    rows = Programme.objects.filter(provider=by.organisation).select_related("theme", "current_version", "series")
    return rows.order_by("status", "-changed_at")


def to_review(league: Any) -> ProgrammeQuerySet:
    """Return what the League has to read, what waited longest first."""
    rows = Programme.objects.waiting_for_review().filter(provider__region__lineage__startswith=league.region.lineage)
    return rows.select_related("theme", "current_version", "provider__region").order_by("submitted_at", "pk")
