"""What one person asked for and another has to confirm before it is booked."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Submitted
from funding.files import private_storage
from funding.models.donation import Donation
from funding.models.fund import BudgetLine, Fund
from funding.models.ledger import Entry
from organisations.acting import Acting
from organisations.models import Membership, Organisation

_Role = Membership.Role


class SecondLookQuerySet(models.QuerySet["SecondLook"]):
    """Words for what waits for a second person."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the League for whose money they answer."""
        if by.is_kind(Organisation.Kind.LEAGUE, _Role.OFFICER, _Role.FINANCE, _Role.AUDITOR):
            return self.filter(fund__league=by.organisation)
        return self.none()

    def waiting(self) -> Self:
        """Keep those about which nobody has decided yet."""
        return self.filter(status=SecondLook.Status.WAITING)


class SecondLook(Submitted):
    """The closing of a period, spending outside the system, or a refund, that waits for a second person.

    A refund is of a ``donation`` that Stripe is to give back, for a ``reason``; or was made outside, with a document.
    """

    class Kind(models.TextChoices):
        """What will be booked."""

        CLOSE = "close", pgettext_lazy("second look", "close the books")
        SPEND = "spend", pgettext_lazy("second look", "spending outside the system")
        REFUND = "refund", pgettext_lazy("second look", "money given back")

    class Status(models.TextChoices):
        """Confirmed by another person, or dropped by anybody who may."""

        WAITING = "waiting", pgettext_lazy("second look", "waits for a second person")
        CONFIRMED = "confirmed", pgettext_lazy("second look", "confirmed")
        DROPPED = "dropped", pgettext_lazy("second look", "dropped")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.WAITING, editable=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="second_looks", verbose_name=_("fund"))
    ends_on = models.DateField(_("closed up to"), null=True, blank=True)
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("budget line")
    )
    donation = models.ForeignKey(
        Donation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("donation")
    )
    amount = models.BigIntegerField(_("amount"), null=True, blank=True)
    document = models.CharField(pgettext_lazy("evidence", "document"), max_length=200, blank=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    file = models.FileField(_("file"), storage=private_storage, upload_to="books/%Y/%m", blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("second look", "asked for by"),
    )
    asked_at = models.DateTimeField(pgettext_lazy("second look", "asked for"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("second look", "decided by"),
    )
    decided_at = models.DateTimeField(pgettext_lazy("second look", "decided"), null=True, blank=True)
    entry = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="second_look", verbose_name=_("entry")
    )

    objects = SecondLookQuerySet.as_manager()

    class Meta:
        verbose_name = _("second look")
        verbose_name_plural = _("second looks")
        constraints = [
            models.CheckConstraint(
                name="secondlook_says_what",
                condition=Q(
                    kind="close", ends_on__isnull=False, line__isnull=True, donation__isnull=True, amount__isnull=True
                )
                | Q(kind="spend", ends_on__isnull=True, line__isnull=False, donation__isnull=True, amount__gt=0)
                | Q(kind="refund", ends_on__isnull=True, line__isnull=True, amount__gt=0),
            ),
            models.CheckConstraint(
                name="secondlook_confirmed_by_another",
                condition=~Q(status="confirmed") | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.fund}"
