"""Who sees what of money, in words that several models share."""

from typing import Self, TypeVar

from django.db import models

from organisations.acting import Acting
from organisations.models import Membership, Organisation

_Role = Membership.Role
M = TypeVar("M", bound=models.Model)


class OwnOfLeague(models.QuerySet[M]):
    """Rows with a ``league``."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the League for whose money they answer."""
        if by.is_kind(Organisation.Kind.LEAGUE, _Role.OFFICER, _Role.FINANCE, _Role.AUDITOR):
            return self.filter(league=by.organisation)
        return self.none()


class OwnOfProvider(models.QuerySet[M]):
    """Rows with a provider as their ``organisation``."""

    def visible_to(self, by: Acting) -> Self:
        """Keep the provider's own, and for a League those of the providers that it pays."""
        if by.is_kind(Organisation.Kind.PROVIDER):
            return self.filter(organisation=by.organisation)
        if by.is_kind(Organisation.Kind.LEAGUE):
            return self.filter(organisation__commitments__line__fund__league=by.organisation).distinct()
        return self.none()
