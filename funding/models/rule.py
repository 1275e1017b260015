"""The dated rules of a fund: what is approved by itself, who approves what, who checks whom, what may be advanced."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from funding.models.fund import Fund

AUTOMATIC_DAYS = 30  # over so many days orders count together where a rule does not say it
MOST_ADVANCED = 9_000  # basis points: something is always left for the settlement


class FundRule(models.Model):
    """What a League decided about the money of a fund, from a day on.

    A rule is never changed: the database refuses it. A newer one follows, one for a day at most, none for a day that
    is over. Amounts are minor units of the fund's currency.
    """

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="rules", verbose_name=_("fund"))
    required_from = models.DateField(_("in force from"))
    automatic_up_to = models.BigIntegerField(_("approved by itself up to"), default=0)
    automatic_days = models.PositiveSmallIntegerField(
        _("orders count together over days"),
        null=True,
        help_text=_("What an office orders of the same provider within them is one sum for the approval by itself."),
    )
    two_above = models.BigIntegerField(_("two officers approve above"), null=True, blank=True)
    checker_above = models.BigIntegerField(_("second person above this amount"))
    advance_share = models.PositiveSmallIntegerField(_("largest advance in basis points"), default=0)
    advance_cap = models.BigIntegerField(_("largest advance"), null=True, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    set_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("rule of a fund")
        verbose_name_plural = _("rules of funds")
        constraints = [
            models.UniqueConstraint(fields=["fund", "required_from"], name="fundrule_one_a_day"),
            models.CheckConstraint(
                name="fundrule_amounts_not_negative",
                condition=Q(automatic_up_to__gte=0, checker_above__gte=0)
                & (Q(two_above__isnull=True) | Q(two_above__gte=0))
                & (Q(advance_cap__isnull=True) | Q(advance_cap__gt=0)),
            ),
            models.CheckConstraint(
                name="fundrule_nothing_that_wants_two_by_itself",
                condition=Q(two_above__isnull=True) | Q(automatic_up_to__lte=F("two_above")),
            ),
            models.CheckConstraint(
                name="fundrule_advance_leaves_something", condition=Q(advance_share__lte=MOST_ADVANCED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund} · {self.required_from}"
