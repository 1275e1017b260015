"""What somebody gives to a fund by bank transfer, from the announcement to the receipt."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Submitted
from funding.models.fund import CURRENCIES, Fund
from funding.models.ledger import Entry
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation

_Role = Membership.Role


class DonationQuerySet(models.QuerySet["Donation"]):
    """Words for donations."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those to the acting League's funds, and an enterprise's own."""
        if by.is_kind(Organisation.Kind.LEAGUE, _Role.OFFICER, _Role.FINANCE, _Role.AUDITOR):
            return self.filter(fund__league=by.organisation)
        if by.is_kind(Organisation.Kind.ENTERPRISE, _Role.MANAGER):
            return self.filter(donor=by.organisation)
        return self.none()

    def with_fund(self) -> Self:
        """Join the fund, its League, the giver and the entry."""
        return self.select_related("fund__league", "donor", "entry")

    def with_given_back(self) -> Self:
        """Add how much of each went back by Stripe, or is on its way, as ``given_back``, and the rest as ``kept``."""
        not_refused = ~Q(stripe__refunds__status="refused")
        rows = self.annotate(given_back=Coalesce(Sum("stripe__refunds__amount", filter=not_refused), 0))
        return rows.annotate(kept=F("amount") - F("given_back"))

    def with_receipt(self) -> Self:
        """Keep those that arrived and of which something stayed, with how much that is."""
        return self.with_given_back().filter(status=Donation.Status.RECEIVED, amount__gt=F("given_back"))


class Donation(Submitted):
    """Money that a giver announces under a reference, and that League finance finds on the bank's statement.

    The reference stands on the transfer and is the receipt's number. It is booked by exactly one entry.
    """

    class Status(models.TextChoices):
        """Announced until it arrives, or is withdrawn."""

        ANNOUNCED = "announced", pgettext_lazy("donation", "awaiting the transfer")
        RECEIVED = "received", pgettext_lazy("donation", "received")
        WITHDRAWN = "withdrawn", pgettext_lazy("donation", "withdrawn")

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="donations", verbose_name=_("fund"))
    donor = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="donations",
        verbose_name=pgettext_lazy("donation", "giver"),
    )
    donor_name = models.CharField(_("giver's name on the receipt"), max_length=100)
    reference = models.CharField(_("reference"), max_length=24, unique=True)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.ANNOUNCED, editable=False)
    announced_at = models.DateTimeField(pgettext_lazy("donation", "announced"))
    bank_reference = models.CharField(_("the bank's number"), max_length=64, blank=True, editable=False)
    received_at = models.DateTimeField(pgettext_lazy("donation", "received"), null=True, blank=True, editable=False)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("booked by")
    )
    entry = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="donation", verbose_name=_("entry")
    )

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        constraints = [
            models.CheckConstraint(name="donation_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="donation_received_is_booked",
                condition=(Q(status="received", entry__isnull=False, received_at__isnull=False) & ~Q(bank_reference=""))
                | (Q(entry__isnull=True, received_at__isnull=True, bank_reference="") & ~Q(status="received")),
            ),
            models.UniqueConstraint(
                fields=["bank_reference", "fund"], name="donation_bank_reference_once", condition=~Q(bank_reference="")
            ),
            models.UniqueConstraint(
                fields=["bank_reference"],
                name="donation_stripe_reference_once",
                condition=Q(bank_reference__startswith="pi_"),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_by_stripe(self) -> bool:
        """Whether its number is that of a payment at Stripe."""
        return self.bank_reference.startswith("pi_")


class DonationHistory(ActedHistory):
    """What happened to a donation."""

    donation = models.ForeignKey(Donation, models.PROTECT, related_name="history", verbose_name=_("donation"))

    class Meta:
        verbose_name = _("history of a donation")
        verbose_name_plural = _("history of donations")
