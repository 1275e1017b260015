"""Files that were prepared for somebody and expire, and the log of erasures, which names nobody."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from activities.models import RosterAccess
from core.models import Submitted
from organisations.acting import Acting

FILE_LIFE = timedelta(hours=24)


def private() -> Storage:
    """Return the storage that only the site itself reads."""
    return storages["private"]


class PreparedFileQuerySet(models.QuerySet["PreparedFile"]):
    """Words for prepared files."""

    def visible_to(self, by: Acting) -> Self:
        """Keep the person's own."""
        return self.filter(owner=by.user) if by.user else self.none()

    def alive(self, now: datetime) -> Self:
        """Keep those that have not expired."""
        return self.filter(expires_at__gt=now)


class PreparedFile(Submitted):
    """A file made for one person: their own data, or a list of names. A day later it is gone."""

    class Kind(models.TextChoices):
        """What is in it."""

        MY_DATA = "my_data", _("My data")
        ROSTER = "roster", _("List of names")

    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("for"))
    access = models.OneToOneField(
        RosterAccess, models.PROTECT, null=True, blank=True, related_name="file", verbose_name=_("look at a roster")
    )
    file = models.FileField(_("file"), storage=private, upload_to="prepared", max_length=100, blank=True)
    asked_at = models.DateTimeField(_("asked for"))
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"))

    objects = PreparedFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepared file")
        verbose_name_plural = _("prepared files")
        indexes = [models.Index(fields=["expires_at"], name="prepared_file_expiry")]

    def __str__(self) -> str:
        return f"{self.kind} · {self.pk}"


class Erasure(models.Model):
    """That somebody was erased: what they were and their number, never who they were. Append-only."""

    class Cause(models.TextChoices):
        """Why."""

        ASKED = "asked", _("they asked for it on their page")
        OPERATOR = "operator", _("an operator erased them")
        RETENTION = "retention", _("their time was over")
        REPLAY = "replay", _("erased again after a restore")

    subject = models.CharField(_("what"), max_length=20)
    number = models.BigIntegerField(_("number"))
    made_at = models.DateTimeField(_("when the record was made"))
    cause = models.CharField(_("why"), max_length=9, choices=Cause)
    at = models.DateTimeField(_("when"))
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        indexes = [models.Index(fields=["subject", "number"], name="erasure_of")]

    def __str__(self) -> str:
        return f"{self.subject} {self.number}"


class RetentionRun(models.Model):
    """What one night's forgetting did: how many rows of which kind. Append-only."""

    at = models.DateTimeField(_("when"))
    counts = models.JSONField(_("how many"), default=dict)

    class Meta:
        verbose_name = _("night's forgetting")
        verbose_name_plural = _("nights' forgetting")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
