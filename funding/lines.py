"""Which budget line pays."""

from datetime import date

from django.db.models import BigIntegerField, CharField, DateField
from django.db.models.functions import Length

from core.locking import demand_transaction
from core.money import DEFAULT_CURRENCY
from core.prepared import Prepared
from funding.models import BudgetLine
from organisations.models import Organisation, Region

_COVERING = Prepared(
    lambda league, currency, regions, themes, on: (
        BudgetLine.objects.with_fund()
        .filter(
            fund__league=league,
            fund__currency=currency,
            fund__starts_on__lte=on,
            fund__ends_on__gte=on,
            region__pk__in=regions,
            theme_slug__in=themes,
        )
        .order_by(Length("region__lineage").desc(), "-theme_slug", "fund__ends_on", "pk")
    ),
    league=BigIntegerField(),
    currency=CharField(),
    regions=CharField(),
    themes=CharField(),
    on=DateField(),
)
_LOCKED = Prepared(
    lambda pk: BudgetLine.objects.with_fund().select_for_update(of=("self",), no_key=True).filter(pk=pk),
    pk=BigIntegerField(),
)


def lock_line(pk: int) -> BudgetLine:
    """Return a line with its fund, its row locked until the caller's transaction ends."""
    demand_transaction()
    (line,) = _LOCKED.rows(pk=pk)
    return line


def candidates(
    *,
    league: Organisation,
    region: Region,
    theme_slug: str,
    on: date,
    currency: str = DEFAULT_CURRENCY,
    amount: int | None = None,
) -> list[BudgetLine]:
    """Return the League's lines that may pay for something in the region on that day, best first.

    A line covers the region itself or one above it, and the theme or any theme; the fund's period holds the day, and
    its money is in the currency. The nearest region comes first, then the theme's own line before the general one.
    With an amount, only lines that have so much available are returned.
    """
    themes = ["", theme_slug]
    lines = _COVERING.rows(league=league.pk, currency=currency, regions=region.lineage_codes, themes=themes, on=on)
    return [line for line in lines if amount is None or line.available >= amount]
