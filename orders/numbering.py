"""Order numbers such as ``BC-2026-0187``: unique, counted by year, never given twice."""

from datetime import datetime

from django.conf import settings

from core.locking import demand_transaction
from core.time import today
from orders.models import OrderNumber


def prefix() -> str:
    """Return what the city's order numbers begin with (``ORDER_PREFIX``)."""
    return settings.ORDER_PREFIX


def next_number(now: datetime) -> str:
    """Take the next number of the year; the counter's row is locked until the caller's transaction ends."""
    demand_transaction()
    scope = f"{prefix()}-{today(now).year}"
    OrderNumber.objects.bulk_create([OrderNumber(scope=scope)], ignore_conflicts=True)
    counter = OrderNumber.objects.select_for_update().get(pk=scope)
    counter.last += 1
    counter.save(update_fields=["last"])
    return str(counter)
