"""A fund, its budget lines with their stored balances, and the periods that were closed."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.models import Submitted, TimeStamped
from core.money import DEFAULT_CURRENCY, EXPONENTS
from organisations.acting import Acting
from organisations.models import ActedHistory, Organisation, Region

CURRENCIES = [(code, code) for code in sorted(EXPONENTS)]


class FundQuerySet(models.QuerySet["Fund"]):
    """Words for funds."""

    def of_league(self, league_id: int | None) -> Self:
        """Keep those of one League committee."""
        return self.filter(league_id=league_id)

    def running(self, on: date) -> Self:
        """Keep those whose period holds the day."""
        return self.filter(starts_on__lte=on, ends_on__gte=on)

    def visible_to(self, by: Acting) -> Self:
        """Keep the acting League's own; nobody else opens a fund's page."""
        return (
            self.of_league(by.organisation.pk)
            if by.is_kind(Organisation.Kind.LEAGUE) and by.organisation
            else self.none()
        )


class Fund(Submitted, TimeStamped):
    """Money set aside by a League for a purpose and a period.

    At every commit ``received - refunded = unallocated + the sum of its lines' allocated``. The balances are moved by
    ``funding.ledger`` only, together with the entry that says why.
    """

    league = models.ForeignKey(Organisation, models.PROTECT, related_name="funds", verbose_name=_("League committee"))
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=150, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES, default=DEFAULT_CURRENCY)
    received = models.BigIntegerField(_("received"), default=0, editable=False)
    refunded = models.BigIntegerField(_("given back"), default=0, editable=False)
    unallocated = models.BigIntegerField(_("not yet allocated"), default=0, editable=False)

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = _("fund")
        verbose_name_plural = _("funds")
        constraints = [
            models.CheckConstraint(name="fund_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="fund_balances_not_negative",
                condition=Q(received__gte=0, refunded__gte=0, unallocated__gte=0),
            ),
            models.CheckConstraint(
                name="fund_unallocated_within_received", condition=Q(unallocated__lte=F("received") - F("refunded"))
            ),
            models.UniqueConstraint(
                fields=["league", "name"],
                name="fund_name_once",
                violation_error_message=_("Your League committee has a fund of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    @property
    def allocated(self) -> int:
        """What its lines hold together."""
        return self.received - self.refunded - self.unallocated


class BudgetLineQuerySet(models.QuerySet["BudgetLine"]):
    """Words for budget lines."""

    def with_fund(self) -> Self:
        """Join the fund, its League and the region."""
        return self.select_related("fund__league", "region")

    def due_to_return(self, on: date) -> Self:
        """Keep those whose term is over and that still have something available."""
        return self.filter(returns_on__lte=on, available__gt=0)

    def visible_to(self, by: Acting) -> Self:
        """Keep the acting League's own, and for an office those that pay for its area."""
        if by.organisation is None or not by.organisation.may_act:
            return self.none()
        if by.kind == Organisation.Kind.LEAGUE:
            return self.filter(fund__league=by.organisation)
        if by.kind in {Organisation.Kind.OFFICE, Organisation.Kind.SCHOOL}:
            return self.filter(region__lineage__startswith=by.organisation.region.lineage)
        return self.none()


class BudgetLine(TimeStamped):
    """A part of a fund for a region and a theme (or any theme), with its four balances.

    At every commit ``allocated = available + committed + payable + paid``, and nothing is ever negative. ``payments``
    is the number of payouts that arrived and did not come back, so that no page has to count them.
    """

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="lines", verbose_name=_("fund"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    theme_slug = models.CharField(_("theme"), max_length=20, blank=True, help_text=_("Empty for every theme."))
    allocated = models.BigIntegerField(_("allocated"), default=0, editable=False)
    available = models.BigIntegerField(_("available"), default=0, editable=False)
    committed = models.BigIntegerField(_("committed"), default=0, editable=False)
    payable = models.BigIntegerField(_("payable"), default=0, editable=False)
    paid = models.BigIntegerField(_("paid"), default=0, editable=False)
    payments = models.PositiveIntegerField(_("payments"), default=0, editable=False)
    returns_on = models.DateField(
        _("unused money returns on"), null=True, blank=True, help_text=_("Empty: it stays until the fund ends.")
    )

    objects = BudgetLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        constraints = [
            models.CheckConstraint(
                name="budgetline_parts_add_up",
                condition=Q(allocated=F("available") + F("committed") + F("payable") + F("paid")),
            ),
            models.CheckConstraint(
                name="budgetline_balances_not_negative",
                condition=Q(available__gte=0, committed__gte=0, payable__gte=0, paid__gte=0),
            ),
            models.UniqueConstraint(fields=["fund", "region", "theme_slug"], name="budgetline_region_theme_once"),
        ]

    def __str__(self) -> str:
        return f"{self.fund} · {self.region}"

    def is_over(self, on: date) -> bool:
        """Tell whether the allowance's term is over that day: what is unused goes back to the fund."""
        return self.returns_on is not None and self.returns_on <= on


class Period(models.Model):
    """A fund's books are closed up to a day: the database refuses entries dated in it."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="periods", verbose_name=_("fund"))
    ends_on = models.DateField(_("closed up to"))
    closed_at = models.DateTimeField(pgettext_lazy("period", "closed"))
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("closed period")
        verbose_name_plural = _("closed periods")
        constraints = [models.UniqueConstraint(fields=["fund", "ends_on"], name="period_closed_once")]

    def __str__(self) -> str:
        return f"{self.fund} · {self.ends_on}"


class FundHistory(ActedHistory):
    """What happened to a fund, its lines and what is committed on them."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="history", verbose_name=_("fund"))
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="history", verbose_name=_("budget line")
    )
    commitment = models.ForeignKey(
        "funding.Commitment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="history",
        verbose_name=_("commitment"),
    )

    class Meta:
        verbose_name = _("history of a fund")
        verbose_name_plural = _("history of funds")
