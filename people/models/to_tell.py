"""Messages to people without a channel: the office that registered them tells them and ticks it off."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from organisations.acting import Acting
from organisations.models import Organisation
from people.models.guardian import Guardian, registers_families


class ToTellQuerySet(models.QuerySet["ToTell"]):
    """Words for what is to be told."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the office for which the clerk acts."""
        if not registers_families(by):
            return self.none()
        return self.filter(office=by.organisation)

    def untold(self) -> Self:
        """Keep those that nobody has ticked off."""
        return self.filter(told_at__isnull=True)


class ToTell(models.Model):
    """One message to one guardian, to be passed on by phone or at the door; once per guardian and cause."""

    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="to_tell", verbose_name=_("guardian"))
    office = models.ForeignKey(Organisation, models.PROTECT, related_name="to_tell", verbose_name=_("office"))
    kind = models.CharField(_("kind of message"), max_length=60)
    cause = models.CharField(max_length=120, editable=False)
    context = models.JSONField(default=dict, blank=True)
    path = models.CharField(_("page"), max_length=200, blank=True)
    created_at = models.DateTimeField(pgettext_lazy("time", "created"), default=timezone.now, editable=False)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("told by")
    )

    objects = ToTellQuerySet.as_manager()

    class Meta:
        verbose_name = _("message to be told")
        verbose_name_plural = _("messages to be told")
        constraints = [
            models.UniqueConstraint(fields=["guardian", "cause"], name="told_once_per_cause"),
            models.CheckConstraint(
                name="told_at_and_by_together",
                condition=Q(told_at__isnull=True, told_by__isnull=True)
                | Q(told_at__isnull=False, told_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "created_at"], condition=Q(told_at__isnull=True), name="to_tell_open")
        ]
