"""What the parties say to each other about an order: counter-offers, new dates, disputes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from orders.models.planned import PlannedSession
from organisations.models import Organisation, Venue


class CounterOffer(models.Model):
    """The provider's other dates, place or smaller group; never another price or more."""

    class Status(models.TextChoices):
        """Whether the office took it."""

        OPEN = "open", _("open")
        AGREED = "agreed", _("agreed")
        CLOSED = "closed", _("closed")

    order = models.ForeignKey(Order, models.PROTECT, related_name="offers", verbose_name=_("order"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    made_at = models.DateTimeField(_("proposed"))
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.OPEN)
    group_size = models.PositiveSmallIntegerField(_("places a session"), null=True, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("counter-offer")
        verbose_name_plural = _("counter-offers")
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(status="open"), name="counter_offer_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.get_status_display()}"


class CounterDate(models.Model):
    """A planned session as the provider would rather have it."""

    offer = models.ForeignKey(CounterOffer, models.PROTECT, related_name="dates", verbose_name=_("counter-offer"))
    planned = models.ForeignKey(PlannedSession, models.PROTECT, related_name="+", verbose_name=_("planned session"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("venue"))
    address = models.CharField(_("address"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("date of a counter-offer")
        verbose_name_plural = _("dates of counter-offers")
        constraints = [
            models.UniqueConstraint(fields=["offer", "planned"], name="counter_date_once"),
            models.CheckConstraint(name="counter_date_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id}/{self.planned_id}"

    @property
    def place(self) -> str:
        """The venue's name, or the free address."""
        return str(self.venue) if self.venue else self.address


class RescheduleProposal(models.Model):
    """A new date for one session of an approved order, put by office or provider to the other."""

    class Status(models.TextChoices):
        """What the other side said."""

        OPEN = "open", _("open")
        AGREED = "agreed", _("agreed")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    planned = models.ForeignKey(
        PlannedSession, models.PROTECT, related_name="proposals", verbose_name=_("planned session")
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("venue"))
    address = models.CharField(_("address"), max_length=200, blank=True)
    proposed_by_org = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("proposed on behalf of")
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed"))
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    note = models.TextField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("proposal of a new date")
        verbose_name_plural = _("proposals of new dates")
        constraints = [
            models.UniqueConstraint(fields=["planned"], condition=Q(status="open"), name="proposal_one_open"),
            models.CheckConstraint(name="proposal_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.planned_id}: {self.get_status_display()}"

    @property
    def place(self) -> str:
        """The venue's name, or the free address."""
        return str(self.venue) if self.venue else self.address


class Dispute(models.Model):
    """The office says that something was not delivered as ordered; the League decides, finally."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="dispute", verbose_name=_("order"))
    reason = models.TextField(_("reason"), max_length=2000)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("raised by")
    )
    raised_at = models.DateTimeField(_("raised"))
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    resolved_at = models.DateTimeField(_("decided"), null=True, blank=True)
    resolution = models.TextField(_("decision"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(
                name="dispute_decided_with_a_reason", condition=Q(resolved_at__isnull=True) | ~Q(resolution="")
            )
        ]

    def __str__(self) -> str:
        return str(self.order_id)


class DisputedSession(models.Model):
    """The League's word on one session of a disputed order: is it paid?"""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="verdicts", verbose_name=_("dispute"))
    planned = models.OneToOneField(
        PlannedSession, models.PROTECT, related_name="verdict", verbose_name=_("planned session")
    )
    is_payable = models.BooleanField(_("is paid"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("decision on a session")
        verbose_name_plural = _("decisions on sessions")

    def __str__(self) -> str:
        return f"{self.dispute_id}/{self.planned_id}"
