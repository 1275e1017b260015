"""What happens by itself: orders expire, deadlines are recalled, delays are told to the League."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import retried
from orders.lifecycle.edge import _move
from orders.models import CounterOffer, Order
from orders.statuses import Verb
from organisations.acting import Acting


class NotYet(DomainError):
    """The deadline has not come, or what it asks for was done already."""


@retried
def expire(order: Order, *, by: Acting, now: datetime) -> Order:
    """End an order that nobody answered in time.

    Raises:
        NotYet: there is time left.
    """
    with _move(order, Verb.EXPIRE, by=by, now=now) as row:
        if row.waits_until is None or row.waits_until > now:
            raise NotYet(_("There is time left."))
        row.offers.filter(status=CounterOffer.Status.OPEN).update(status=CounterOffer.Status.CLOSED)
    return order


@retried
def remind(order: Order, *, by: Acting, now: datetime) -> Order:
    """Recall the deadline to those for whom the order waits, once."""
    with _move(order, Verb.REMIND, by=by, now=now) as row:
        if row.reminded_at is not None:
            raise NotYet(_("They were reminded already."))
        row.reminded_at = now
    return order


@retried
def escalate(order: Order, *, by: Acting, now: datetime) -> Order:
    """Tell the League that a report or a decision is overdue, once."""
    with _move(order, Verb.ESCALATE, by=by, now=now) as row:
        if row.escalated_at is not None:
            raise NotYet(_("They were told already."))
        row.escalated_at = now
    return order
