"""Bookable places."""

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.models import Submitted, TimeStamped
from organisations.models.organisation import Organisation
from organisations.models.region import Region
from users.phones import display


class Venue(Submitted, TimeStamped):
    """A place of an office, a League or a provider where sessions can be held; one session at a time."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="venues", verbose_name=_("belongs to"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="venues", verbose_name=_("region"))
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=150, blank=True)
    address = models.CharField(_("address"), max_length=200)
    capacity = models.PositiveIntegerField(_("holds"), help_text=_("How many people the room holds."))
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    changes = HistoricalRecords()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="venue_name_once")]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    @property
    def phone_shown(self) -> str:
        """The phone as people read it."""
        return display(self.phone)
