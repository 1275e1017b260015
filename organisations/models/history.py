"""History rows that say on whose behalf a person acted."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import HistoryEntry
from organisations.models.organisation import Organisation


class ActedHistory(HistoryEntry):
    """A history row of anything that people do for an organisation."""

    on_behalf_of = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("on behalf of")
    )

    class Meta:
        abstract = True


class OrganisationHistory(ActedHistory):
    """What happened to an organisation and its members."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="history", verbose_name=_("organisation")
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )

    class Meta:
        verbose_name = _("history of an organisation")
        verbose_name_plural = _("history of organisations")
