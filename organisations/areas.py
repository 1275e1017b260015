"""The choices of a region picker that works without JavaScript: first the town or street, then the community.

Only areas in which a League committee works are offered, so that the lists stay readable on a phone.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q

from organisations.models import Organisation, Region

Level = Region.Level
Choices = list[tuple[str, Any]]


def _in_care() -> Q | None:
    """Return the condition "below a region with an admitted League committee", or nothing if there is none."""
    leagues = Organisation.objects.admitted().of_kind(Organisation.Kind.LEAGUE)
    inside = Q()
    for lineage in leagues.values_list("region__lineage", flat=True).distinct():
        inside |= Q(lineage__startswith=lineage)
    return inside or None


def townships(*, with_counties: bool = False) -> Choices:
    """Return the towns and streets, grouped by county; each county itself on top of its group if asked for.

    Three queries, however many there are.
    """
    inside = _in_care()
    if inside is None:
        return []
    levels = [Level.COUNTY, Level.TOWNSHIP] if with_counties else [Level.TOWNSHIP]
    rows = list(Region.objects.filter(inside, level__in=levels).order_by("code"))
    above = {row.parent_id for row in rows if row.level == Level.TOWNSHIP}
    names = dict(Region.objects.filter(pk__in=above).values_list("pk", "name"))
    groups: dict[str, Choices] = {}
    for row in rows:
        key = row.pk if row.level == Level.COUNTY else row.parent_id or ""
        groups.setdefault(key, []).append((row.pk, row.name))
        names.setdefault(row.pk, row.name)
    return [(names.get(key, ""), options) for key, options in groups.items()]


def communities(township_code: str) -> Choices:
    """Return the villages and communities of a town or street, which stands for itself if it has none. One query."""
    rows = Region.objects.filter(Q(parent_id=township_code) | Q(pk=township_code)).order_by("code")
    known = [(row.pk, row.name) for row in rows]
    below = [choice for choice in known if choice[0] != township_code]
    return below or known


def homes(words: Iterable[str]) -> list[Region]:
    """Return the communities, and the towns without any, that have one of the codes or names, each with what it is in.

    Two queries, however many words.
    """
    inside = _in_care()
    if inside is None:
        return []
    named = set(words)
    rows = Region.objects.filter(inside, Q(pk__in=named) | Q(name__in=named), level__in=[Level.TOWNSHIP, Level.VILLAGE])
    rows = rows.exclude(Exists(Region.objects.filter(parent=OuterRef("pk"))))
    return list(rows.select_related("parent").order_by("code"))


def homes_within(region: Region) -> list[Region]:
    """Return the communities of an area, and its towns without any, each with what it is in. One query."""
    rows = Region.objects.within(region).filter(level__in=[Level.TOWNSHIP, Level.VILLAGE])
    rows = rows.exclude(Exists(Region.objects.filter(parent=OuterRef("pk"))))
    return list(rows.select_related("parent").order_by("code"))
