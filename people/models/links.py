"""One-time links that an adult hands over; the secret is stored as a hash."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from people.models.child import Child


class OneTimeLink(TimeStamped):
    """A leave that whoever has the secret takes up once."""

    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), null=True, blank=True
    )
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        abstract = True


class YouthLink(OneTimeLink):
    """A guardian's leave for a youth from 14 on to use a login of their own."""

    child = models.ForeignKey(Child, models.CASCADE, related_name="youth_links", verbose_name=_("child"))

    class Meta:
        verbose_name = _("link for a youth")
        verbose_name_plural = _("links for youths")
