"""What the clock does with orders. Each step may run twice: the lifecycle does it once."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone

from core.errors import DomainError
from orders import lifecycle, queries
from orders.models import Order
from organisations.acting import Acting, clock

logger = logging.getLogger(__name__)


@shared_task(name="orders.sweep")
def sweep() -> None:
    """Expire, report, confirm, escalate and remind what is due."""
    run(timezone.now())


def run(now: datetime) -> dict[str, int]:
    """Do everything that is due at ``now``; return how many orders each step moved."""
    by = clock("orders.sweep")
    return {
        "expired": _each(queries.to_expire(now), lifecycle.expire, by, now),
        "reported": _each(queries.to_report(now), lifecycle.report, by, now),
        "confirmed": _each(queries.to_confirm(now), lifecycle.confirm, by, now),
        "escalated": _each(queries.to_escalate(now), lifecycle.escalate, by, now),
        "reminded": _each(queries.to_remind(now), lifecycle.remind, by, now),
    }


def _each(orders: Iterable[Order], step: Callable[..., Any], by: Acting, now: datetime) -> int:
    """Take the step for each order in a transaction of its own; one that refuses does not stop the others."""
    done = 0
    for order in orders:
        try:
            step(order, by=by, now=now)
            done += 1
        except DomainError as refusal:
            logger.info("orders.sweep left order %s as it is: %s", order.pk, type(refusal).__name__)
    return done
