"""The dated rule by which marks and attendance reach the money."""

from datetime import date
from decimal import ROUND_DOWN, Decimal

from funding.models import SettlementRule

LOWEST_MARK = Decimal(1)


def in_force(on: date) -> SettlementRule:
    """Return the rule of the day: the newest whose date is not after it."""
    return SettlementRule.objects.filter(required_from__lte=on).order_by("-required_from", "-pk")[:1].get()


def satisfaction_rate(count: int, mean: Decimal | float | None, rule: SettlementRule) -> int:
    """Return how many percent of the price the attendees' marks leave.

    Fewer raters than the rule asks for, or a mean of ``full_pay_mean`` or better: 100. Below that the reduction
    grows in a straight line from 0 to ``max_reduction_percent``, which the lowest mark (1) reaches; a fraction of a
    percent counts for the provider. The rule only ever reduces, and never by more than its maximum.

    With the default rule (full pay from 4.00, at most 10 %): 3.4 leaves 98 %, 2.5 leaves 95 %, 1.0 leaves 90 %.
    """
    if mean is None or count < rule.min_raters:
        return 100
    exact = max(Decimal(str(mean)), LOWEST_MARK)
    if exact >= rule.full_pay_mean:
        return 100
    share = (rule.full_pay_mean - exact) / (rule.full_pay_mean - LOWEST_MARK)
    return 100 - int((share * rule.max_reduction_percent).to_integral_value(ROUND_DOWN))


def portion(price: int, percent: int) -> int:
    """Return that many percent of a price in whole minor units, half a unit rounded up."""
    return (price * percent + 50) // 100
