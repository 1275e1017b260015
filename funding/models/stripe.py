"""The second rail: providers' accounts at Stripe, transfers to them, what Stripe told us, and what differed."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.models.account import ConfirmedAccount
from funding.models.payout import Payout
from funding.models.seeing import OwnOfProvider
from organisations.models import ActedHistory, Organisation


class StripeAccountQuerySet(OwnOfProvider["StripeAccount"]):
    """Words for accounts at Stripe."""

    def complete(self) -> Self:
        """Keep those to which Stripe lets money go, whoever has confirmed them."""
        return self.filter(is_ready=True, has_failed_payout=False)


class StripeAccount(ConfirmedAccount):
    """A provider's account at Stripe, completed on Stripe's pages. A second person confirms whose it is."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="stripe_account", verbose_name=_("organisation")
    )
    account_id = models.CharField(_("number at Stripe"), max_length=64, blank=True, editable=False)
    holder = models.CharField(_("account holder"), max_length=200, blank=True, editable=False)
    is_ready = models.BooleanField(_("Stripe lets money go there"), default=False, editable=False)
    has_failed_payout = models.BooleanField(_("its own bank refused the money"), default=False, editable=False)

    objects = StripeAccountQuerySet.as_manager()

    class Meta(ConfirmedAccount.Meta):
        verbose_name = _("account at Stripe")
        verbose_name_plural = _("accounts at Stripe")
        constraints = [
            models.UniqueConstraint(fields=["account_id"], condition=~Q(account_id=""), name="stripeaccount_id_once"),
            *ConfirmedAccount.Meta.constraints,
        ]

    def __str__(self) -> str:
        return self.account_id

    @property
    def bank(self) -> str:
        """What stands where a bank account has its bank."""
        return "Stripe"

    @property
    def number(self) -> str:
        """What stands where a bank account has its number."""
        return self.account_id

    @property
    def masked(self) -> str:
        """The number with only its last four characters."""
        return f"**** {self.account_id[-4:]}"


class StripeAccountHistory(ActedHistory):
    """Who opened and who confirmed an account at Stripe, and what Stripe said of it."""

    account = models.ForeignKey(
        StripeAccount, models.PROTECT, related_name="history", verbose_name=_("account at Stripe")
    )

    class Meta:
        verbose_name = _("history of an account at Stripe")
        verbose_name_plural = _("history of accounts at Stripe")


class StripeTransferQuerySet(models.QuerySet["StripeTransfer"]):
    """Words for transfers by Stripe."""

    def in_doubt(self) -> Self:
        """Keep those of which Stripe has not said how they ended."""
        return self.filter(
            Q(payout__status=Payout.Status.SENT) | Q(payout__status=Payout.Status.PAID, undo_asked_at__isnull=False)
        )


class StripeTransfer(models.Model):
    """How a payout goes by Stripe: the attempt that makes the key, and what Stripe said last."""

    payout = models.OneToOneField(Payout, models.PROTECT, related_name="stripe", verbose_name=_("payout"))
    account = models.ForeignKey(
        StripeAccount, models.PROTECT, related_name="transfers", verbose_name=_("account at Stripe")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1, editable=False)
    tried_at = models.DateTimeField(_("first tried with this attempt"), null=True, blank=True, editable=False)
    busy_until = models.DateTimeField(_("a worker asks Stripe until"), null=True, blank=True, editable=False)
    transfer_id = models.CharField(_("number at Stripe"), max_length=64, blank=True, editable=False)
    seen_amount = models.BigIntegerField(_("amount at Stripe"), default=0, editable=False)
    seen_currency = models.CharField(_("currency at Stripe"), max_length=3, blank=True, editable=False)
    seen_destination = models.CharField(_("account that got it"), max_length=64, blank=True, editable=False)
    seen_reversed = models.BigIntegerField(_("of it taken back"), default=0, editable=False)
    undo_attempt = models.PositiveSmallIntegerField(_("attempt to take it back"), default=1, editable=False)
    undo_asked_at = models.DateTimeField(_("asked to take it back"), null=True, blank=True, editable=False)
    undo_reason = models.CharField(_("why"), max_length=300, blank=True, editable=False)

    objects = StripeTransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer by Stripe")
        verbose_name_plural = _("transfers by Stripe")
        constraints = [
            models.UniqueConstraint(
                fields=["transfer_id"], condition=~Q(transfer_id=""), name="stripetransfer_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The idempotency key: Stripe does one thing for it, however often it is asked."""
        return f"{self.payout_id}.{self.attempt}"

    @property
    def undo_key(self) -> str:
        """The key under which it is taken back."""
        return f"{self.payout_id}.{self.attempt}/back.{self.undo_attempt}"


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    """Words for events."""

    def waiting(self) -> Self:
        """Keep those that nobody has acted on yet."""
        return self.filter(done_at__isnull=True)


class StripeEvent(models.Model):
    """That something happened to a thing at Stripe. What it is now is asked of Stripe, so nothing else is kept."""

    event_id = models.CharField(_("number at Stripe"), max_length=64, unique=True)
    kind = models.CharField(_("what"), max_length=64)
    object_id = models.CharField(pgettext_lazy("event", "about"), max_length=64, blank=True)
    account_id = models.CharField(_("at the account"), max_length=64, blank=True)
    is_live = models.BooleanField(_("real money"))
    received_at = models.DateTimeField(_("received"))
    done_at = models.DateTimeField(_("acted on"), null=True, blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of Stripe")
        verbose_name_plural = _("events of Stripe")
        indexes = [models.Index(fields=["received_at"], condition=Q(done_at__isnull=True), name="stripeevent_waiting")]

    def __str__(self) -> str:
        return self.event_id


class Quarantine(models.Model):
    """Something at Stripe that differs from our books. It is never booked as paid; a person looks at it."""

    class Kind(models.TextChoices):
        """In what it differs."""

        AMOUNT = "amount", pgettext_lazy("quarantine", "another amount")
        CURRENCY = "currency", pgettext_lazy("quarantine", "another currency")
        PAYEE = "payee", pgettext_lazy("quarantine", "another payee")
        TWICE = "twice", pgettext_lazy("quarantine", "transferred twice")
        PART_BACK = "part_back", pgettext_lazy("quarantine", "only a part came back")
        ENDED = "ended", pgettext_lazy("quarantine", "transferred after the payout had ended")
        KEY = "key", pgettext_lazy("quarantine", "its key was used for something else")
        SPENT = "spent", pgettext_lazy("quarantine", "given back at Stripe, but not in the fund any more")
        STUCK = "stuck", pgettext_lazy("quarantine", "cannot be taken back")
        MET = "met", pgettext_lazy("quarantine", "taken back, though a part was set off or repaid already")
        DISPUTED = "disputed", pgettext_lazy("quarantine", "the giver's bank wants the donation back")

    league = models.ForeignKey(Organisation, models.PROTECT, related_name="quarantines", verbose_name=_("League"))
    payout = models.ForeignKey(
        Payout, models.PROTECT, null=True, blank=True, related_name="quarantines", verbose_name=_("payout")
    )
    object_id = models.CharField(_("number at Stripe"), max_length=64)
    kind = models.CharField(_("differs in"), max_length=9, choices=Kind)
    found_at = models.DateTimeField(_("found"))
    closed_at = models.DateTimeField(pgettext_lazy("quarantine", "settled"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    note = models.CharField(_("how"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("difference at Stripe")
        verbose_name_plural = _("differences at Stripe")
        constraints = [
            models.UniqueConstraint(fields=["object_id", "kind"], name="quarantine_once"),
            models.CheckConstraint(
                name="quarantine_closed_by_somebody",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(note="")),
            ),
        ]

    def __str__(self) -> str:
        return self.object_id
