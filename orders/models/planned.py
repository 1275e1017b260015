"""What an order plans: dated sessions, each with a place and a named crew."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Session
from orders.models.order import Order
from organisations.models import Membership, Venue


class PlannedSession(models.Model):
    """A date in an order; at approval it becomes a session. A free address is never checked for clashes."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="planned", verbose_name=_("order"))
    position = models.PositiveSmallIntegerField(_("number"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("venue"))
    address = models.CharField(_("address"), max_length=200, blank=True)
    session = models.OneToOneField(
        Session,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="planned",
        verbose_name=pgettext_lazy("activity", "session"),
    )

    class Meta:
        verbose_name = _("planned session")
        verbose_name_plural = _("planned sessions")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="planned_position_once"),
            models.CheckConstraint(name="planned_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def place(self) -> str:
        """The venue's name, or the free address."""
        return str(self.venue) if self.venue else self.address


class PlannedCrew(models.Model):
    """Somebody of the provider whom it means to send."""

    planned = models.ForeignKey(PlannedSession, models.CASCADE, related_name="crew", verbose_name=_("planned session"))
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("member"))
    is_lead = models.BooleanField(_("leads"), default=False)

    class Meta:
        verbose_name = _("planned crew")
        verbose_name_plural = _("planned crew")
        constraints = [models.UniqueConstraint(fields=["planned", "membership"], name="planned_crew_once")]

    def __str__(self) -> str:
        return str(self.membership)
