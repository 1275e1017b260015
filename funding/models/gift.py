"""Donations paid on Stripe's pages, and what of them was given back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.models.donation import Donation

REFUND_KEY = "stripe_refund:"  # how the key of a refund's entry begins


class StripeGift(models.Model):
    """How an announced donation is paid on Stripe's pages. A new page is opened only once the last one is over."""

    donation = models.OneToOneField(
        Donation, models.PROTECT, related_name="stripe", verbose_name=pgettext_lazy("stripe", "donation")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1, editable=False)
    checkout_id = models.CharField(_("page of payment at Stripe"), max_length=100, blank=True, editable=False)
    is_over = models.BooleanField(_("paid or expired"), default=False, editable=False)

    class Meta:
        verbose_name = _("donation by Stripe")
        verbose_name_plural = _("donations by Stripe")
        constraints = [
            models.UniqueConstraint(fields=["checkout_id"], condition=~Q(checkout_id=""), name="stripegift_id_once"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The idempotency key of the page."""
        return f"donation.{self.donation_id}.{self.attempt}"


class StripeRefund(models.Model):
    """Money of a donation that goes back to its giver. It leaves the fund's books before Stripe is asked.

    What left without our asking and is allocated already waits until the fund has it again.
    """

    class Status(models.TextChoices):
        """Asked until Stripe has said how it ended; short where it left there and the fund has not so much to give."""

        ASKED = "asked", pgettext_lazy("refund", "under way")
        DONE = "done", pgettext_lazy("refund", "given back")
        SHORT = "short", pgettext_lazy("refund", "given back at Stripe, not booked yet")
        REFUSED = "refused", pgettext_lazy("refund", "refused by Stripe")

    gift = models.ForeignKey(StripeGift, models.PROTECT, related_name="refunds", verbose_name=_("donation by Stripe"))
    amount = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("why"), max_length=300)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.ASKED, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1, editable=False)
    refund_id = models.CharField(_("number at Stripe"), max_length=64, blank=True, editable=False)
    submission_id = models.UUIDField(_("submission"), unique=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(pgettext_lazy("refund", "asked"))

    class Meta:
        verbose_name = _("refund by Stripe")
        verbose_name_plural = _("refunds by Stripe")
        constraints = [
            models.CheckConstraint(name="striperefund_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["refund_id"], condition=~Q(refund_id=""), name="striperefund_id_once"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The idempotency key."""
        return f"refund.{self.pk}.{self.attempt}"
