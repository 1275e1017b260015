"""What an order is worth: its held sessions at the frozen price, by the rule in force, every reduction named."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from activities import reviews
from activities.models import Attendance, Session
from core.time import today
from funding import rules
from funding.models import SettlementLine, SettlementRule
from funding.settlements import ProposedLine
from orders.models import Order, PlannedSession

_Reason = SettlementLine.Reason


@dataclass(frozen=True)
class Worth:
    """The lines, what they add up to, and what they rest on."""

    lines: list[ProposedLine]
    explanation: dict[str, Any]

    @property
    def amount(self) -> int:
        """What is payable, in minor units."""
        return sum(line.amount for line in self.lines)


def compute(order: Order, *, now: datetime, payable: dict[int, bool] | None = None) -> Worth:
    """Return what the order is worth now; ``payable`` is the League's word on disputed sessions, by position."""
    found = delivered(order)
    rule = rules.in_force(today(now))
    held = [one.planned.session_id for one in found if one.was_held and one.planned.session_id is not None]
    raters, mean = reviews.means(held)
    percent = rules.satisfaction_rate(raters, mean, rule)
    lines = [_line(order, one, rule, percent, (payable or {}).get(one.planned.position, True)) for one in found]
    explanation = {
        "ordered": order.quantity,
        "held": len(held),
        "price": order.unit_price,
        "raters": raters,
        "mean": None if mean is None else f"{mean:.2f}",
        "percent": percent,
    }
    return Worth(lines, explanation)


@dataclass(frozen=True)
class Delivered:
    """A planned session and whether it was held: closed, with at least one person checked in."""

    planned: PlannedSession
    was_held: bool


def delivered(order: Order) -> list[Delivered]:
    """Return the planned sessions and which of them were held. One query."""
    present = Attendance.objects.filter(sign_up__session=OuterRef("session"), status=Attendance.Status.PRESENT)
    rows = order.planned.select_related("session", "venue").annotate(somebody_came=Exists(present))
    return [
        Delivered(one, one.somebody_came and one.session is not None and one.session.status == Session.Status.CLOSED)
        for one in rows.order_by("position")
    ]


def _line(order: Order, one: Delivered, rule: SettlementRule, percent: int, is_payable: bool) -> ProposedLine:
    reason, rate = _rate(one, rule, percent, is_payable)
    return ProposedLine(
        label=one.planned.place,
        held_on=today(one.planned.starts_at),
        price=order.unit_price,
        rate_percent=rate,
        amount=rules.portion(order.unit_price, rate),
        reason=reason,
    )


def _rate(one: Delivered, rule: SettlementRule, percent: int, is_payable: bool) -> tuple[str, int]:
    if not is_payable:
        return _Reason.DISPUTED, 0
    if one.was_held:
        return (_Reason.SATISFACTION, percent) if percent < 100 else (_Reason.FULL, 100)
    session = one.planned.session
    if session is not None and session.no_attendance:
        return _Reason.NO_ATTENDANCE, rule.no_attendance_percent
    return _Reason.NOT_HELD, 0
