"""That a guardian asked to have a child's record deleted, while another guardian answers for the child too."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Child, Guardian

WISH_LASTS = timedelta(days=90)


class ErasureWishQuerySet(models.QuerySet["ErasureWish"]):
    """Words for wishes."""

    def live(self, now: datetime) -> Self:
        """Keep those that still count."""
        return self.filter(at__gt=now - WISH_LASTS)


class ErasureWish(models.Model):
    """One guardian's wish to delete a child's record. It goes when all of them wish it; a wish lasts 90 days."""

    child = models.ForeignKey(Child, models.PROTECT, related_name="erasure_wishes", verbose_name=_("child"))
    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="+", verbose_name=_("guardian"))
    at = models.DateTimeField(_("when"))

    objects = ErasureWishQuerySet.as_manager()

    class Meta:
        verbose_name = _("wish to delete a child's data")
        verbose_name_plural = _("wishes to delete a child's data")
        constraints = [models.UniqueConstraint(fields=["child", "guardian"], name="erasure_wish_once")]

    @property
    def ends_at(self) -> datetime:
        """The moment from which it counts no more."""
        return self.at + WISH_LASTS
