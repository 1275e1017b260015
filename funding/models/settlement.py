"""Settlements with their lines and invoice, and the dated rule by which they are computed."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.files import private_storage
from funding.models.commitment import Commitment
from funding.models.rule import FundRule
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation

_Role = Membership.Role
_ORDERING = (_Role.MANAGER, _Role.CLERK)


class SettlementRule(models.Model):
    """How satisfaction and attendance reach the money, from a date on.

    Rules are never changed: a newer row follows, or takes the place of an older one with the same date.
    """

    required_from = models.DateField(_("in force from"))
    max_reduction_percent = models.PositiveSmallIntegerField(_("largest reduction in percent"), default=10)
    min_raters = models.PositiveSmallIntegerField(_("raters needed"), default=5)
    full_pay_mean = models.DecimalField(_("full pay from this mean mark on"), max_digits=3, decimal_places=2)
    no_attendance_percent = models.PositiveSmallIntegerField(_("percent paid when nobody came"))
    checker_above = models.BigIntegerField(_("second person above this amount"))

    class Meta:
        verbose_name = _("settlement rule")
        verbose_name_plural = _("settlement rules")
        constraints = [
            models.CheckConstraint(
                name="settlementrule_reduces_at_most_10_percent", condition=Q(max_reduction_percent__lte=10)
            ),
            models.CheckConstraint(name="settlementrule_5_raters_at_least", condition=Q(min_raters__gte=5)),
            models.CheckConstraint(
                name="settlementrule_mean_is_a_mark", condition=Q(full_pay_mean__gt=1, full_pay_mean__lte=5)
            ),
            models.CheckConstraint(
                name="settlementrule_percent_within_100", condition=Q(no_attendance_percent__lte=100)
            ),
            models.CheckConstraint(name="settlementrule_checker_not_negative", condition=Q(checker_above__gte=0)),
        ]

    def __str__(self) -> str:
        return str(self.required_from)


class SettlementQuerySet(models.QuerySet["Settlement"]):
    """Words for settlements."""

    def with_commitment(self) -> Self:
        """Join the commitment with its line, fund and provider, and the invoice."""
        return self.select_related(
            "commitment__line__fund__league", "commitment__line__region", "commitment__provider", "invoice", "rule"
        )

    def with_invoices(self) -> Self:
        """Fetch with each commitment all its settlements and their invoices. One query."""
        return self.prefetch_related(
            models.Prefetch("commitment__settlements", Settlement.objects.select_related("invoice"))
        )

    def visible_to(self, by: Acting) -> Self:
        """Keep the League's own money, the provider's own pay, and for an office what its own orders cost.

        Child officers and site editors have no business with it.
        """
        if by.organisation is None or not by.organisation.may_act:
            return self.none()
        if by.is_kind(Organisation.Kind.LEAGUE, _Role.OFFICER, _Role.FINANCE, _Role.AUDITOR):
            return self.filter(commitment__line__fund__league=by.organisation)
        if by.kind == Organisation.Kind.PROVIDER:
            return self.filter(commitment__provider=by.organisation)
        if by.kind in {Organisation.Kind.OFFICE, Organisation.Kind.SCHOOL} and not by.roles.isdisjoint(_ORDERING):
            return self.filter(commitment__order__office=by.organisation)
        return self.none()


class Settlement(models.Model):
    """What a confirmed order is worth, line by line, with the reason for every amount; or an advance on it.

    ``deducted`` of the amount is not paid out: of a settlement what its advance and claims against the provider
    cover, of an advance what came back after its order had ended.
    """

    class Kind(models.TextChoices):
        """An advance has no lines: it is a part of the commitment, paid before anything was delivered."""

        SETTLEMENT = "settlement", pgettext_lazy("kind", "settlement")
        ADVANCE = "advance", pgettext_lazy("kind", "advance")

    class Status(models.TextChoices):
        """A returned payment brings it from paid back to approved; an advance may end without being paid."""

        PROPOSED = "proposed", pgettext_lazy("settlement", "to be approved")
        APPROVED = "approved", pgettext_lazy("settlement", "to be paid")
        PAID = "paid", pgettext_lazy("settlement", "paid")
        ENDED = "ended", pgettext_lazy("advance", "taken back")

    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        related_name="settlements",
        related_query_name="settlement",
        verbose_name=_("commitment"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SETTLEMENT, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PROPOSED, editable=False)
    amount = models.BigIntegerField(_("amount"))
    deducted = models.BigIntegerField(_("not paid out"), default=0, editable=False)
    explanation = models.JSONField(_("what it rests on"), default=dict)
    rule = models.ForeignKey(SettlementRule, models.PROTECT, related_name="+", verbose_name=_("rule"))
    proposed_at = models.DateTimeField(_("proposed"))
    approved_at = models.DateTimeField(pgettext_lazy("settlement", "approved"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )

    fund_rule = models.ForeignKey(
        FundRule, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by the rule")
    )

    objects = SettlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints = [
            models.CheckConstraint(name="settlement_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="settlement_approved_by_somebody",
                condition=Q(status__in=["proposed", "ended"]) | Q(approved_at__isnull=False, approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="settlement_deducted_within_amount", condition=Q(deducted__gte=0, deducted__lte=F("amount"))
            ),
            models.CheckConstraint(
                name="settlement_only_advances_end", condition=~Q(status="ended") | Q(kind="advance")
            ),
            models.UniqueConstraint(
                fields=["commitment", "kind"], condition=~Q(status="ended"), name="settlement_one_of_a_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="proposed"), name="settlement_waits"),
            models.Index(fields=["commitment"], condition=Q(status="approved"), name="settlement_to_pay"),
        ]

    def __str__(self) -> str:
        return self.commitment.reference

    @property
    def is_advance(self) -> bool:
        """Whether it is paid before anything was delivered."""
        return self.kind == self.Kind.ADVANCE

    @property
    def due(self) -> int:
        """What is paid out for it."""
        return self.amount - self.deducted

    @property
    def to_invoice(self) -> int:
        """What its invoice is over: a settlement's leaves out what an invoice for the advance is over already.

        An advance's is over what is paid out for it: of one that came back after its order had ended, what was earned.

        Approving takes an advance back that nobody began to pay; one that stands after it is covered by it for good,
        though its transfer come back. Two queries where the order has an advance, unless they were fetched before.
        """
        if self.is_advance:
            return self.due
        if not self.commitment.advanced:
            return self.amount
        advance = self.commitment.advance
        if advance is None or (self.status == self.Status.PROPOSED and advance.status != self.Status.PAID):
            return self.amount
        return max(self.amount - (getattr(getattr(advance, "invoice", None), "amount", None) or 0), 0)

    @property
    def is_invoiced(self) -> bool:
        """Whether its invoice is there and over the right amount, or why there is none was recorded."""
        invoice: Invoice | None = getattr(self, "invoice", None)
        return invoice is not None and (invoice.amount is None or invoice.amount == self.to_invoice)

    def payout_reference(self, number: int) -> str:
        """Return the reference of its transfer of that number, counted from 1."""
        return f"{self.commitment.reference}-{'A' if self.is_advance else ''}{number}"


class SettlementLine(models.Model):
    """One session of the order and what it earns."""

    class Reason(models.TextChoices):
        """Why the rate is what it is; ``funding.explaining`` says it in a sentence."""

        FULL = "full", _("held, paid in full")
        SATISFACTION = "satisfaction", _("held, reduced by the satisfaction rule")
        NO_ATTENDANCE = "no_attendance", _("nobody came though the provider was there")
        NOT_HELD = "not_held", _("not held")
        DISPUTED = "disputed", _("not payable by the League's decision")

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines", verbose_name=_("settlement"))
    position = models.PositiveSmallIntegerField(_("number"))
    label = models.CharField(pgettext_lazy("activity", "session"), max_length=200)
    held_on = models.DateField(_("date"))
    price = models.BigIntegerField(_("price"))
    rate = models.PositiveSmallIntegerField(_("percent"))
    amount = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=13, choices=Reason)

    class Meta:
        verbose_name = _("settlement line")
        verbose_name_plural = _("settlement lines")
        constraints = [
            models.UniqueConstraint(fields=["settlement", "position"], name="settlementline_position_once"),
            models.CheckConstraint(
                name="settlementline_amount_within_price", condition=Q(amount__gte=0, amount__lte=F("price"))
            ),
            models.CheckConstraint(name="settlementline_rate_within_100", condition=Q(rate__lte=100)),
        ]

    def __str__(self) -> str:
        return self.label


class Invoice(models.Model):
    """The provider's invoice (发票), or why there is none. Without it no payout is queued."""

    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="invoice", verbose_name=_("settlement"))
    number = models.CharField(_("invoice number"), max_length=40, blank=True)
    amount = models.BigIntegerField(_("invoice amount"), null=True, blank=True)
    file = models.FileField(_("file"), storage=private_storage, upload_to="invoices/%Y/%m", blank=True)
    exception = models.CharField(_("why there is no invoice"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.CheckConstraint(
                name="invoice_or_exception",
                condition=(~Q(number="") & Q(amount__isnull=False, exception=""))
                | (Q(number="", amount__isnull=True, file="") & ~Q(exception="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.exception


class SettlementHistory(ActedHistory):
    """What happened to a settlement."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="history", verbose_name=_("settlement"))

    class Meta:
        verbose_name = _("history of a settlement")
        verbose_name_plural = _("history of settlements")
