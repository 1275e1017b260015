"""What happened to an order, and the counter from which its number came."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from organisations.models import ActedHistory


class OrderHistory(ActedHistory):
    """One row for each verb taken."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="history", verbose_name=_("order"))

    class Meta:
        verbose_name = _("history of an order")
        verbose_name_plural = _("history of orders")


class OrderNumber(models.Model):
    """The last number given under a prefix and year; the row is locked while the next one is taken."""

    scope = models.CharField(_("prefix and year"), max_length=20, primary_key=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("counter of order numbers")
        verbose_name_plural = _("counters of order numbers")

    def __str__(self) -> str:
        return f"{self.scope}-{self.last:04}"
