"""Regions, organisations, memberships, venues, and the history row that every higher app's history extends."""

from organisations.models.history import ActedHistory, OrganisationHistory
from organisations.models.membership import Invitation, Membership
from organisations.models.organisation import Organisation
from organisations.models.region import Region
from organisations.models.venue import Venue

__all__ = ["ActedHistory", "Invitation", "Membership", "Organisation", "OrganisationHistory", "Region", "Venue"]
