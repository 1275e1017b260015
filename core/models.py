"""Abstract models: what every history row and every submitted thing has."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TimeStamped(models.Model):
    """When the row was made and last changed."""

    created_at = models.DateTimeField(pgettext_lazy("time", "created"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True


class Submitted(models.Model):
    """A thing made by a form: the form's one-time number finds it again on a second POST."""

    submission_id = models.UUIDField(_("submission"), unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class HistoryEntry(models.Model):
    """One state change: who, what, when, why. Written in the change's own transaction, never edited.

    Values are ids, field names and non-personal words only. ``actor`` is empty for the clock and the system,
    whose name then stands in ``system``.
    """

    at = models.DateTimeField(_("when"), default=timezone.now, editable=False, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    system = models.CharField(_("system actor"), max_length=40, blank=True)
    verb = models.CharField(_("what"), max_length=40)
    before = models.CharField(_("before"), max_length=40, blank=True)
    after = models.CharField(_("after"), max_length=40, blank=True)
    note = models.TextField(_("why"), max_length=2000, blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)

    class Meta:
        abstract = True
