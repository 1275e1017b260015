"""Approving every settlement that waits, in portions."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Submitted
from organisations.models import Organisation


class ApprovalRunQuerySet(models.QuerySet["ApprovalRun"]):
    """Words for runs."""

    def unfinished(self) -> Self:
        """Keep those that have settlements left to look at."""
        return self.filter(finished_at__isnull=True)


class ApprovalRun(Submitted):
    """One person approves all settlements of a League that waited then: those up to ``last``.

    ``reached`` is the last one that was decided; it moves in the transaction that decides, so a run that was killed
    goes on where it stood. ``passed_over`` counts those that this person may not approve, or that changed meanwhile.
    """

    league = models.ForeignKey(Organisation, models.PROTECT, related_name="approval_runs", verbose_name=_("League"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    made_at = models.DateTimeField(pgettext_lazy("approval", "begun"))
    last = models.BigIntegerField(editable=False)
    reached = models.BigIntegerField(default=0, editable=False)
    approved = models.PositiveIntegerField(pgettext_lazy("settlement", "approved"), default=0, editable=False)
    passed_over = models.PositiveIntegerField(_("passed over"), default=0, editable=False)
    finished_at = models.DateTimeField(pgettext_lazy("approval", "finished"), null=True, blank=True, editable=False)

    objects = ApprovalRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval of all settlements")
        verbose_name_plural = _("approvals of all settlements")

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How histories name it."""
        return f"A{self.pk}"
