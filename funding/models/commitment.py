"""What is reserved on a line for one order."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.models.fund import BudgetLine
from funding.models.rule import FundRule
from organisations.acting import Acting
from organisations.models import Membership, Organisation

if TYPE_CHECKING:
    from funding.models.settlement import Settlement


_Role = Membership.Role


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    """Words for commitments."""

    def open(self) -> Self:
        """Keep those whose money is still reserved."""
        return self.filter(status=Commitment.Status.OPEN)

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the League's own funds, and a provider's own."""
        if by.is_kind(Organisation.Kind.LEAGUE, _Role.OFFICER, _Role.FINANCE, _Role.AUDITOR):
            return self.filter(line__fund__league=by.organisation)
        if by.is_kind(Organisation.Kind.PROVIDER, _Role.MANAGER, _Role.FINANCE):
            return self.filter(provider=by.organisation)
        return self.none()

    def with_line(self) -> Self:
        """Join the line, its fund and region, and the provider."""
        return self.select_related("line__fund__league", "line__region", "provider")


class Commitment(models.Model):
    """The part of a budget line that is reserved for one order; ``reference`` is the order's number.

    What is posted against it never exceeds its amount; when it closes, the rest is released.
    """

    class Status(models.TextChoices):
        """Open until it is settled or dropped."""

        OPEN = "open", pgettext_lazy("commitment", "committed")
        CLOSED = "closed", pgettext_lazy("commitment", "closed")

    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="commitments", verbose_name=_("budget line"))
    provider = models.ForeignKey(
        Organisation, models.PROTECT, related_name="commitments", verbose_name=pgettext_lazy("organisation", "provider")
    )
    reference = models.CharField(_("reference"), max_length=40, unique=True)
    amount = models.BigIntegerField(_("amount"))
    advanced = models.BigIntegerField(_("advanced from it"), default=0, editable=False)
    posted = models.BigIntegerField(_("settled from it"), default=0, editable=False)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.OPEN, editable=False)
    fund_rule = models.ForeignKey(
        FundRule, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by the rule")
    )
    opened_at = models.DateTimeField(_("committed at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        constraints = [
            models.CheckConstraint(name="commitment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="commitment_posted_within_amount", condition=Q(posted__gte=0, posted__lte=F("amount"))
            ),
            models.CheckConstraint(
                name="commitment_advance_leaves_something", condition=Q(advanced__gte=0, advanced__lt=F("amount"))
            ),
            models.CheckConstraint(
                name="commitment_closed_has_time",
                condition=Q(status="open", closed_at__isnull=True) | Q(status="closed", closed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["line"], condition=Q(status="open"), name="commitment_open")]

    def __str__(self) -> str:
        return self.reference

    @property
    def settlement(self) -> "Settlement | None":
        """What its order is worth, once it was confirmed. One query, unless ``settlements`` were fetched before."""
        return next((one for one in self.settlements.all() if not one.is_advance), None)

    @property
    def advance(self) -> "Settlement | None":
        """What was asked for or paid in advance and not taken back. One query, unless they were fetched before."""
        found = (one for one in self.settlements.all() if one.is_advance and one.status != one.Status.ENDED)
        return next(found, None)

    @property
    def is_open(self) -> bool:
        """Whether its money is still reserved."""
        return self.status == self.Status.OPEN


class CarriedCommitment(models.Model):
    """An open commitment that went on to the successor of its line, with its amount. Never changed.

    All that were carried at once name the one entry that moved their money.
    """

    entry = models.ForeignKey("funding.Entry", models.PROTECT, related_name="carried", verbose_name=_("entry"))
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="carried", verbose_name=_("commitment"))
    source = models.ForeignKey(BudgetLine, models.PROTECT, related_name="+", verbose_name=_("from the line"))
    target = models.ForeignKey(BudgetLine, models.PROTECT, related_name="+", verbose_name=_("to the line"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("carried commitment")
        verbose_name_plural = _("carried commitments")
        constraints = [
            models.UniqueConstraint(fields=["entry", "commitment"], name="carriedcommitment_once_in_an_entry"),
            models.CheckConstraint(name="carriedcommitment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="carriedcommitment_to_another_line", condition=~Q(source=F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id}: {self.source_id} → {self.target_id}"
