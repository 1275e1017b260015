"""Questions that higher apps ask about organisations and regions."""

from django.utils.translation import gettext as _

from core.errors import DomainError
from organisations.models import Organisation, Region
from organisations.models.organisation import OrganisationQuerySet

Kind = Organisation.Kind


class NoLeague(DomainError):
    """No League committee works in the region or above it."""


def leagues_above(region: Region) -> list[Organisation]:
    """Return the admitted League committees of the region and above it, the nearest first. One query."""
    rows = Organisation.objects.admitted().of_kind(Kind.LEAGUE).filter(region_id__in=region.lineage_codes)
    return sorted(rows.select_related("region"), key=lambda row: (-len(row.region.lineage), row.pk))


def league_for(region: Region) -> Organisation:
    """Return the League committee that decides there: that of the nearest ancestor region with one. One query.

    Raises:
        NoLeague: there is none up to the top.
    """
    nearest = leagues_above(region)
    if not nearest:
        raise NoLeague(_("No League committee works in this area yet."))
    return nearest[0]


def offices_for(region: Region) -> list[Organisation]:
    """Return the admitted offices that look after the region: its own and those above it, the nearest first.

    One query.
    """
    rows = Organisation.objects.admitted().of_kind(Kind.OFFICE).filter(region_id__in=region.lineage_codes)
    return sorted(rows.select_related("region"), key=lambda row: (-len(row.region.lineage), row.pk))


def organisations_within(region: Region, *kinds: str) -> OrganisationQuerySet:
    """Return the organisations of the region and below it, of the kinds if any are named."""
    rows = Organisation.objects.filter(region__lineage__startswith=region.lineage).select_related("region")
    return rows.of_kind(*kinds) if kinds else rows
