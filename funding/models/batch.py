"""Batches of bank transfers: chosen by one person, checked by another, handed to the bank as one file."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Submitted
from core.time import today
from funding.models.fund import CURRENCIES
from funding.models.payer import PayerAccount
from funding.models.payout import Payout
from funding.models.seeing import OwnOfLeague
from funding.models.settlement import Settlement
from organisations.models import ActedHistory, Organisation


class PayoutBatchQuerySet(OwnOfLeague["PayoutBatch"]):
    """Words for batches."""

    def unfilled(self) -> Self:
        """Keep those whose transfers are still being prepared."""
        return self.filter(filled_at__isnull=True)


class PayoutBatch(Submitted):
    """Settlements that are paid with one file. Its rows are written first; their transfers follow in portions."""

    class Status(models.TextChoices):
        """A batch that was sent is done when none of its transfers is under way any more; that is not stored."""

        OPEN = "open", pgettext_lazy("batch", "to be checked")
        CHECKED = "checked", pgettext_lazy("batch", "checked")
        SENT = "sent", pgettext_lazy("batch", "sent to the bank")

    league = models.ForeignKey(Organisation, models.PROTECT, related_name="payout_batches", verbose_name=_("League"))
    payer = models.ForeignKey(
        PayerAccount, models.PROTECT, null=True, blank=True, related_name="batches", verbose_name=_("paid from")
    )
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.OPEN, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("payout", "made by")
    )
    made_at = models.DateTimeField(pgettext_lazy("batch", "made"))
    filled_at = models.DateTimeField(_("all transfers prepared"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("checked by")
    )
    checked_at = models.DateTimeField(pgettext_lazy("batch", "checked"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    sent_at = models.DateTimeField(pgettext_lazy("time", "sent"), null=True, blank=True)
    file_digest = models.CharField(_("fingerprint of the file"), max_length=64, blank=True, editable=False)

    objects = PayoutBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of transfers")
        verbose_name_plural = _("batches of transfers")
        constraints = [
            models.CheckConstraint(
                name="payoutbatch_checked_by_somebody",
                condition=Q(status="open") | Q(checked_by__isnull=False, checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payoutbatch_sent_as_a_file",
                condition=Q(sent_by__isnull=True, sent_at__isnull=True, file_digest="") & ~Q(status="sent")
                | (Q(status="sent", sent_by__isnull=False, sent_at__isnull=False) & ~Q(file_digest="")),
            ),
            models.CheckConstraint(
                name="payoutbatch_filled_before_checked", condition=Q(status="open") | Q(filled_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The day on which it was made, and its own number."""
        return f"{today(self.made_at):%Y%m%d}-{self.pk}"


class BatchRowQuerySet(models.QuerySet["BatchRow"]):
    """Words for the rows of batches."""

    def waiting(self) -> Self:
        """Keep those for which nothing was decided yet."""
        return self.filter(payout__isnull=True, problem="")

    def in_file(self) -> Self:
        """Keep those that went to the bank, whatever became of them."""
        return self.filter(payout__sent_at__isnull=False)

    def to_send(self) -> Self:
        """Keep those whose transfer waits to be sent."""
        return self.filter(payout__status=Payout.Status.QUEUED)

    def with_payout(self) -> Self:
        """Join what a page or a file says about a row."""
        return self.select_related(
            "settlement__commitment__provider", "settlement__invoice", "payout__account__confirmed_by"
        )

    def with_news(self) -> Self:
        """Say whether the provider was ever paid to this account (``is_known``), or at all (``was_paid``)."""
        arrived = Payout.objects.filter(status=Payout.Status.PAID)
        provider = OuterRef("settlement__commitment__provider")
        return self.annotate(
            is_known=Exists(arrived.filter(account=OuterRef("payout__account"))),
            was_paid=Exists(arrived.filter(settlement__commitment__provider=provider)),
        )


class BatchRow(models.Model):
    """One settlement of a batch: what became its transfer, or why none could be made."""

    class Problem(models.TextChoices):
        """Why no transfer was made; the settlement stays where it was."""

        NOT_APPROVED = "not_approved", _("It is not approved, or was paid already.")
        UNDER_WAY = "under_way", _("A transfer is under way already.")
        LEFT = "left", _("The bank says that an earlier transfer left, and not that it came back.")
        INVOICE = "invoice", _("Neither an invoice nor a reason for its absence is recorded.")
        NO_ACCOUNT = "no_account", _("The provider has not entered a bank account yet.")
        UNCONFIRMED = "unconfirmed", _("Nobody else has confirmed the bank account yet.")
        NAME_DIFFERS = "name_differs", _("The account is held in another name than the organisation's.")
        TOO_NEW = "too_new", _("The bank account was entered after the batch was made.")
        OWN_MONEY = "own_money", _("You are a member of the provider; somebody else has to prepare it.")
        CURRENCY = "currency", _("It is in another currency than the batch.")

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="rows", verbose_name=_("batch of transfers"))
    position = models.PositiveIntegerField(_("number"))
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="batch_rows", verbose_name=_("settlement"))
    payout = models.OneToOneField(
        Payout, models.PROTECT, null=True, blank=True, related_name="batch_row", verbose_name=_("payout")
    )
    problem = models.CharField(_("why not"), max_length=12, choices=Problem, blank=True)

    objects = BatchRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a batch")
        verbose_name_plural = _("rows of batches")
        constraints = [
            models.UniqueConstraint(fields=["batch", "settlement"], name="batchrow_settlement_once"),
            models.UniqueConstraint(fields=["batch", "position"], name="batchrow_position_once"),
            models.CheckConstraint(
                name="batchrow_transfer_or_problem", condition=Q(payout__isnull=True) | Q(problem="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.position}"


class PayoutBatchHistory(ActedHistory):
    """Who made, checked and sent a batch, and who took its file."""

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="history", verbose_name=_("batch of transfers"))

    class Meta:
        verbose_name = _("history of a batch")
        verbose_name_plural = _("history of batches")
