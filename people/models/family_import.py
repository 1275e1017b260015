"""A school's or office's list of families, from the upload until the clerk says yes."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.encryption import EncryptedJSONField
from core.models import Submitted
from organisations.acting import Acting
from organisations.models import Organisation
from people.models.guardian import registers_families

LOOKED_AT_FOR = timedelta(hours=1)
REMEMBERED_FOR = timedelta(days=1)


class FamilyImportQuerySet(models.QuerySet["FamilyImport"]):
    """Words for lists."""

    def alive(self, now: datetime) -> Self:
        """Keep those that wait for a yes within their hour, and those carried out within a day."""
        waits = Q(confirmed_at__isnull=True, created_at__gt=now - LOOKED_AT_FOR)
        return self.filter(waits | Q(confirmed_at__gt=now - REMEMBERED_FOR))

    def over(self, now: datetime) -> Self:
        """Keep those whose time has passed."""
        waited = Q(confirmed_at__isnull=True, created_at__lte=now - LOOKED_AT_FOR)
        return self.filter(waited | Q(confirmed_at__lte=now - REMEMBERED_FOR))

    def visible_to(self, by: Acting, now: datetime) -> Self:
        """Keep the person's own lists, for the organisation for which they act."""
        if by.user is None or not registers_families(by):
            return self.none()
        return self.alive(now).filter(clerk=by.user, office=by.organisation)


class FamilyImport(Submitted):
    """What a clerk uploaded, while they look at what it would do.

    The rows stand here and not in the login's session, because a session lives for weeks and is shared by all open
    pages: this goes after an hour, the rows at once with the yes. What is left for a day are the children's numbers.
    """

    office = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("office"))
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("clerk"))
    rows: "models.Field[Any, Any]" = EncryptedJSONField(default=list, blank=True)
    shown_new: "models.Field[Any, Any]" = EncryptedJSONField(default=list, blank=True)
    children = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(_("uploaded"), editable=False)
    confirmed_at = models.DateTimeField(_("carried out"), null=True, blank=True)

    objects = FamilyImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of families")
        verbose_name_plural = _("lists of families")
