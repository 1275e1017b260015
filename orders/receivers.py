"""What funding tells orders: the last payout was paid, or came back; another line pays from now on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from funding.models import BudgetLine, Payout, Settlement
from funding.signals import commitments_carried, payout_changed
from orders import lifecycle
from orders.models import Order
from orders.statuses import Status
from organisations.acting import clock


@receiver(payout_changed, dispatch_uid="orders.payout_changed")
def on_payout_changed(
    sender: object, *, settlement: Settlement, payout: Payout | None, now: datetime, **_kwargs: Any
) -> None:
    """Settle the order once its settlement is paid and its advance is too, reopen it when one of them came back."""
    order = Order.objects.filter(commitment=settlement.commitment_id).first()
    if order is None or order.status not in {Status.CONFIRMED, Status.SETTLED}:
        return
    both = Settlement.objects.filter(commitment=settlement.commitment_id).exclude(status=Settlement.Status.ENDED)
    stands = dict(both.values_list("kind", "status"))
    if Settlement.Kind.SETTLEMENT not in stands:
        return
    is_paid, by = set(stands.values()) == {Settlement.Status.PAID}, clock("funding.payout_changed")
    if is_paid and order.status == Status.CONFIRMED:
        lifecycle.settle(order, by=by, now=(payout.paid_at if payout else None) or now)
    elif not is_paid and order.status == Status.SETTLED:
        lifecycle.reopen(order, by=by, now=now)


@receiver(commitments_carried, dispatch_uid="orders.commitments_carried")
def on_commitments_carried(sender: object, *, commitments: Sequence[int], line: BudgetLine, **_kwargs: Any) -> None:
    """Let the orders of carried commitments name the line that pays for them now."""
    Order.objects.filter(commitment__in=commitments).update(line=line)
