"""What a fund's rule approves by itself: small orders, the moment they come to the League."""

import logging
from datetime import datetime

from django.db.models import Q

from core.errors import DomainError
from core.locking import retried
from core.time import today
from funding.models import FundRule
from orders.lifecycle import asking, deciding
from orders.lifecycle.asking import Crew
from orders.models import Order
from orders.statuses import Status, Verb
from organisations.acting import Acting, clock
from organisations.models import Membership

BY_RULE = clock("orders.by_rule")
logger = logging.getLogger(__name__)


@retried
def accept(order: Order, *, by: Acting, now: datetime, crew: Crew, seen: int | None = None, note: str = "") -> Order:
    """Take the order with a named crew for each session; then it is approved, if a rule says so.

    Raises: as ``asking.accept``.
    """
    return approve_by_rule(asking.accept(order, by=by, now=now, crew=crew, seen=seen, note=note), now=now)


@retried
def agree(order: Order, *, by: Acting, now: datetime, seen: int | None = None, note: str = "") -> Order:
    """Take the provider's counter-offer; then the order is approved, if a rule says so.

    Raises: as ``asking.agree``.
    """
    return approve_by_rule(asking.agree(order, by=by, now=now, seen=seen, note=note), now=now)


def approve_by_rule(order: Order, *, now: datetime) -> Order:
    """Approve an order that came to the League just now, if it is within the ceiling of the rule of the fund that pays.

    Whatever stands against it (no money, a clash) leaves it to an officer. So does an order that an officer gave back
    before, and one whose two sides are the same people: nobody would have looked at it.
    """
    if not _may_be(order, now):
        return order
    try:
        return deciding.approve(order, by=BY_RULE, now=now)
    except DomainError as refusal:
        logger.info("order %s is left to an officer: %s", order.pk, type(refusal).__name__)
        order.refresh_from_db()
        return order


def _may_be(order: Order, now: datetime) -> bool:
    """Tell whether any fund of the League has such a rule, and nothing about the order asks for a person's eyes."""
    rules = FundRule.objects.filter(fund__league=order.league_id, required_from__lte=today(now))
    if order.status != Status.ACCEPTED or not rules.filter(automatic_up_to__gte=max(order.total, 1)).exists():
        return False
    if order.history.filter(verb=Verb.RETURN).exists():
        return False
    both = Q(user=order.contact, organisation=order.provider) | Q(user=order.answered_by, organisation=order.office)
    return not Membership.objects.current(today(now)).filter(both).exists()
