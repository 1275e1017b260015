"""Payouts, and the bank accounts to which they go."""

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from funding.models.account import BankAccount
from funding.models.fund import CURRENCIES
from funding.models.payer import PayerAccount
from funding.models.rule import FundRule
from funding.models.seeing import OwnOfProvider
from funding.models.settlement import Settlement
from organisations.acting import Acting
from organisations.models import ActedHistory, Organisation


class PayeeAccountQuerySet(OwnOfProvider["PayeeAccount"]):
    """Words for bank accounts."""

    def newest_of(self, organisation_id: int) -> "PayeeAccount | None":
        """Return the account that the organisation named last; only this one is ever paid to."""
        return self.filter(organisation_id=organisation_id).order_by("-pk").first()

    def newest(self, organisation_ids: Iterable[int]) -> "dict[int, PayeeAccount]":
        """Return the account that each of the organisations named last. One query."""
        rows = self.filter(organisation_id__in=set(organisation_ids)).order_by("pk")
        return {row.organisation_id: row for row in rows}


class PayeeAccount(BankAccount):
    """A bank account that a provider named. A change is a new row, and a second person confirms it."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="payee_accounts", verbose_name=_("organisation")
    )

    objects = PayeeAccountQuerySet.as_manager()

    class Meta(BankAccount.Meta):
        verbose_name = _("payee account")
        verbose_name_plural = _("payee accounts")

    def __str__(self) -> str:
        return self.masked


class PayoutQuerySet(models.QuerySet["Payout"]):
    """Words for payouts."""

    def under_way(self) -> Self:
        """Keep those that are queued or sent."""
        return self.filter(status__in=Payout.UNDER_WAY)

    def alive(self) -> Self:
        """Keep those that are under way or paid: a settlement has one at most."""
        return self.filter(status__in=[Payout.Status.QUEUED, Payout.Status.SENT, Payout.Status.PAID])

    def with_settlement(self) -> Self:
        """Join what is paid, to whom, from which line and which account."""
        return self.select_related(
            "settlement__commitment__line__fund__league",
            "settlement__commitment__line__region",
            "settlement__commitment__provider",
            "settlement__rule",
            "account",
            "payer",
            "made_by",
            "checked_by",
        )

    def visible_to(self, by: Acting) -> Self:
        """Keep those of settlements that they may see."""
        return self.filter(settlement__in=Settlement.objects.visible_to(by))


class Payout(models.Model):
    """Money leaving for the provider. At most one is under way or paid for a settlement."""

    class Status(models.TextChoices):
        """Failed and returned are final; a new payout names the old one."""

        QUEUED = "queued", pgettext_lazy("payout", "to be sent")
        SENT = "sent", pgettext_lazy("payout", "sent to the bank")
        PAID = "paid", pgettext_lazy("payout", "arrived")
        FAILED = "failed", pgettext_lazy("payout", "failed")
        RETURNED = "returned", pgettext_lazy("payout", "returned")

    UNDER_WAY = (Status.QUEUED, Status.SENT)

    class Rail(models.TextChoices):
        """A payout goes by exactly one."""

        BANK = "bank", _("bank transfer")
        STRIPE = "stripe", _("Stripe")

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="payouts", verbose_name=_("settlement"))
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    rail = models.CharField(_("way"), max_length=6, choices=Rail, default=Rail.BANK)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.QUEUED, editable=False)
    reference = models.CharField(_("reference"), max_length=48, unique=True)
    account = models.ForeignKey(
        PayeeAccount, models.PROTECT, null=True, related_name="payouts", verbose_name=_("payee account")
    )
    payer = models.ForeignKey(
        PayerAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payouts",
        verbose_name=_("paid from"),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("payout", "made by"),
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("checked by")
    )
    queued_at = models.DateTimeField(pgettext_lazy("time", "queued"))
    sent_at = models.DateTimeField(pgettext_lazy("time", "sent"), null=True, blank=True)
    paid_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    bank_reference = models.CharField(_("the bank's number"), max_length=64, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    fund_rule = models.ForeignKey(
        FundRule, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by the rule")
    )

    objects = PayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.CheckConstraint(name="payout_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["settlement"], condition=Q(status__in=["queued", "sent", "paid"]), name="payout_one_alive"
            ),
            models.CheckConstraint(
                name="payout_bank_needs_account", condition=~Q(rail="bank") | Q(account__isnull=False)
            ),
            models.CheckConstraint(name="payout_paid_has_time", condition=~Q(status="paid") | Q(paid_at__isnull=False)),
            models.UniqueConstraint(
                fields=["bank_reference", "payer"], condition=~Q(bank_reference=""), name="payout_bank_reference_once"
            ),
            models.UniqueConstraint(
                fields=["bank_reference"],
                condition=Q(rail="stripe") & ~Q(bank_reference=""),
                name="payout_stripe_reference_once",
            ),
        ]
        indexes = [
            models.Index(fields=["settlement"], condition=Q(status__in=["queued", "sent"]), name="payout_under_way")
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def payee(self) -> Any:
        """The account to which it goes: one at a bank, or one at Stripe. Both know holder, bank and number."""
        return self.stripe.account if self.rail == self.Rail.STRIPE else self.account

    @property
    def state(self) -> str:
        """Where it is, in words that fit its rail."""
        is_there = self.rail == self.Rail.STRIPE and self.status == self.Status.SENT
        return pgettext("payout", "with Stripe") if is_there else self.get_status_display()


class PayoutHistory(ActedHistory):
    """What happened to a payout."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="history", verbose_name=_("payout"))

    class Meta:
        verbose_name = _("history of a payout")
        verbose_name_plural = _("history of payouts")


class PayeeAccountHistory(ActedHistory):
    """Who entered and who confirmed a bank account; the number itself never stands here."""

    account = models.ForeignKey(PayeeAccount, models.PROTECT, related_name="history", verbose_name=_("payee account"))

    class Meta:
        verbose_name = _("history of a payee account")
        verbose_name_plural = _("history of payee accounts")
