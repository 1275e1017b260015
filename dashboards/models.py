"""What reports read: figures by month, provider, theme and area, kept beside what they were counted from."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Theme
from funding.models.fund import CURRENCIES
from organisations.models import Organisation, Region


class Place(models.Model):
    """Where a figure stands: the League that decided, and provider, theme and area; an empty one means all of them.

    The area is a street or town: what its villages and communities ordered counts there.
    """

    league = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("League"))
    provider = models.ForeignKey(
        Organisation,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("organisation", "provider"),
    )
    theme = models.ForeignKey(Theme, models.CASCADE, null=True, related_name="+", verbose_name=_("theme"))
    area = models.ForeignKey(Region, models.CASCADE, null=True, related_name="+", verbose_name=_("area"))

    class Meta:
        abstract = True


class Figure(Place):
    """What came of a League's orders in a month, or in a year (``month`` 0), counted at one place of the table.

    Families cannot be added up, as many come twice: each combination has its own row. ``hides_people`` and
    ``hides_marks``: the number of people behind it is under five, or would show another one that is.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(_("month"))
    held = models.PositiveIntegerField(pgettext_lazy("figure", "sessions held"), default=0)
    signed_up = models.PositiveIntegerField(pgettext_lazy("figure", "signed up"), default=0)
    present = models.PositiveIntegerField(_("present"), default=0)
    families = models.PositiveIntegerField(_("families"), default=0)
    raters = models.PositiveIntegerField(_("raters"), default=0)
    marks = models.PositiveIntegerField(_("sum of marks"), default=0)
    hides_people = models.BooleanField(_("hides people"), default=True)
    hides_marks = models.BooleanField(_("hides marks"), default=True)

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints = [
            models.UniqueConstraint(
                "league",
                "year",
                "month",
                Coalesce("provider_id", 0),
                Coalesce("theme_id", models.Value("")),
                Coalesce("area_id", models.Value("")),
                name="figure_once",
            ),
            models.CheckConstraint(name="figure_month_of_year", condition=Q(month__lte=12)),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


class Spent(Place):
    """What was paid in a month of the books, of one currency. An empty provider: outside the system.

    Only what the ledger says is added up here, so it sums to the ledger's balances to the cent.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(_("month"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("money spent")
        verbose_name_plural = _("money spent")
        constraints = [
            models.UniqueConstraint(
                "league",
                "year",
                "month",
                "currency",
                Coalesce("provider_id", 0),
                Coalesce("theme_id", models.Value("")),
                Coalesce("area_id", models.Value("")),
                name="spent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d} {self.currency}"


class ReadUntil(models.Model):
    """How far the figures have read what happened: the last rows of the histories, now and one reading before.

    Each reading begins where the one before had begun: what was being written meanwhile is read the next time.
    """

    name = models.CharField(pgettext_lazy("mark", "name"), max_length=40, unique=True)
    run = models.PositiveIntegerField(default=0)
    last = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("reading mark")
        verbose_name_plural = _("reading marks")

    def __str__(self) -> str:
        return self.name
