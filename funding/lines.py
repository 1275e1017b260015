"""Which budget line pays."""

from datetime import date

from django.db.models.functions import Length

from funding.models import BudgetLine
from organisations.models import Organisation, Region


def candidates(
    *, league: Organisation, region: Region, theme_slug: str, on: date, amount: int | None = None
) -> list[BudgetLine]:
    """Return the League's lines that may pay for something in the region on that day, best first.

    A line covers the region itself or one above it, and the theme or any theme; the fund's period holds the day.
    The nearest region comes first, then the theme's own line before the general one. With an amount, only lines
    that have so much available are returned.
    """
    lines = BudgetLine.objects.with_fund().filter(
        fund__league=league,
        fund__starts_on__lte=on,
        fund__ends_on__gte=on,
        region__in=region.lineage_codes,
        theme_slug__in=["", theme_slug],
    )
    if amount is not None:
        lines = lines.filter(available__gte=amount)
    return list(lines.order_by(Length("region__lineage").desc(), "-theme_slug", "fund__ends_on", "pk"))
