"""A time in which a guardian signs no child up, decided by a League."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Submitted
from organisations.models import ActedHistory, Organisation
from people.models import Guardian


class FamilySuspensionQuerySet(models.QuerySet["FamilySuspension"]):
    """Words for suspensions of sign-ups."""

    def not_over(self, on: date) -> Self:
        """Keep those that hold on the day or will: a guardian has one at most."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gte=on), ended_at__isnull=True)


class FamilySuspension(Submitted):
    """From when to when a guardian's sign-ups are suspended, why, and who decided it. Places they have are kept.

    The dates of the one that is not over stand on the guardian too, where each sign-up reads them.
    """

    guardian = models.ForeignKey(
        Guardian, models.PROTECT, related_name="suspensions", verbose_name=_("guardian"), editable=False
    )
    league = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("League"), editable=False)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("suspended by"))
    ended_at = models.DateTimeField(_("lifted"), null=True, blank=True, editable=False)

    objects = FamilySuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension of a family's sign-ups")
        verbose_name_plural = _("suspensions of families' sign-ups")
        constraints = [
            models.CheckConstraint(
                name="family_suspension_ends_after_start",
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
            ),
        ]
        indexes = [models.Index(fields=["guardian", "-from_on"], name="family_suspension_of")]


class FamilySuspensionHistory(ActedHistory):
    """Who suspended a guardian's sign-ups, and who lifted it."""

    suspension = models.ForeignKey(
        FamilySuspension, models.PROTECT, related_name="history", verbose_name=_("suspension of a family's sign-ups")
    )

    class Meta:
        verbose_name = _("history of a family's suspension")
        verbose_name_plural = _("history of families' suspensions")
