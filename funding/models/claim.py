"""What a provider owes: an advance that was more than its order was worth in the end."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.models.fund import BudgetLine
from funding.models.ledger import Entry
from funding.models.settlement import Settlement
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation

_Role = Membership.Role


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Words for claims."""

    def open(self) -> Self:
        """Keep those of which something is still owed."""
        return self.filter(amount__gt=F("netted") + F("repaid") + F("dropped"))

    def with_advance(self) -> Self:
        """Join what a page says about a claim."""
        return self.select_related("advance__commitment", "provider", "line__fund__league", "line__region")

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the League for whose money they answer, and a provider's own."""
        if by.is_kind(Organisation.Kind.LEAGUE, _Role.OFFICER, _Role.FINANCE, _Role.AUDITOR):
            return self.filter(line__fund__league=by.organisation)
        if by.is_kind(Organisation.Kind.PROVIDER, _Role.MANAGER, _Role.FINANCE):
            return self.filter(provider=by.organisation)
        return self.none()


class Claim(models.Model):
    """The part of an advance that its order was not worth. It is set off against later settlements, or repaid.

    ``dropped`` is what needs not be repaid because the advance itself came back or never arrived.
    """

    advance = models.OneToOneField(Settlement, models.PROTECT, related_name="claim", verbose_name=_("advance"))
    provider = models.ForeignKey(
        Organisation, models.PROTECT, related_name="claims", verbose_name=pgettext_lazy("organisation", "provider")
    )
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="claims", verbose_name=_("budget line"))
    amount = models.BigIntegerField(_("amount"))
    netted = models.BigIntegerField(_("set off"), default=0, editable=False)
    repaid = models.BigIntegerField(_("repaid"), default=0, editable=False)
    dropped = models.BigIntegerField(_("not owed any more"), default=0, editable=False)
    opened_at = models.DateTimeField(_("since"))

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.CheckConstraint(name="claim_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="claim_met_once",
                condition=Q(netted__gte=0, repaid__gte=0, dropped__gte=0)
                & Q(amount__gte=F("netted") + F("repaid") + F("dropped")),
            ),
        ]

    def __str__(self) -> str:
        return self.advance.commitment.reference

    @property
    def open(self) -> int:
        """What is still owed."""
        return self.amount - self.netted - self.repaid - self.dropped


class ClaimHistory(ActedHistory):
    """How a claim arose and how it was met: by which settlement, or with which document and on which day."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="history", verbose_name=_("claim"))
    amount = models.BigIntegerField(_("amount"))
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, blank=True, related_name="set_off", verbose_name=_("settlement")
    )
    entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, blank=True, related_name="claims", verbose_name=_("entry")
    )
    happened_on = models.DateField(_("date"), null=True, blank=True)

    class Meta:
        verbose_name = _("history of a claim")
        verbose_name_plural = _("history of claims")
