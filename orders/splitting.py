"""Orders of one office with one provider count together: cut into parts, none of them goes by itself."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet, Sum

from funding import fund_rules
from funding.models import FundRule
from orders.models import Order
from orders.statuses import ENDED_WITHOUT_DELIVERY

TOTAL = Sum(F("unit_price") * F("quantity"))


@dataclass(frozen=True)
class Together:
    """What a rule counts together for an order, in minor units, the order included, and over how many days."""

    total: int
    ceiling: int
    days: int

    @property
    def is_within(self) -> bool:
        """Whether the rule lets the order be approved by itself."""
        return self.total <= self.ceiling


def together(order: Order, rule: FundRule) -> Together:
    """Return what the rule counts together for a submitted order. One query.

    Every order that the office placed with the provider counts, from the rule's days before this one on, whatever it is
    for and whoever decides about it, unless it ended without delivery. An order is there for all to see from its
    submission on, long before anything can approve it: of two that come to the League at once each sees the other.
    """
    days = fund_rules.counted_days(rule)
    assert order.submitted_at is not None  # only what was submitted comes to the League
    since = order.submitted_at - timedelta(days=days)
    own = beside(office=order.office_id, provider=order.provider_id, currency=order.currency, since=since)
    others = own.exclude(pk=order.pk).order_by().aggregate(n=TOTAL)["n"] or 0
    return Together(order.total + others, rule.automatic_up_to, days)


def beside(*, office: Any, provider: Any, currency: Any, since: Any) -> QuerySet[Order]:
    """Keep what an office submitted to a provider since a moment and did not end without delivery.

    The parts are values, or a query's own columns. A draft was never submitted and is not among them.
    """
    rows = Order.objects.filter(office=office, provider=provider, currency=currency, submitted_at__gte=since)
    return rows.exclude(status__in=ENDED_WITHOUT_DELIVERY)
