"""Where the items of a start page lead: the addresses that the outside relies on."""

from activities.models import Session
from funding.models import Settlement
from orders.models import Order


def order(row: Order, verb: str = "") -> str:
    """Return the path of an order, or of one of its verbs."""
    return f"/orders/{row.number}/{verb}/" if verb else f"/orders/{row.number}/"


def settlement(row: Settlement, page: str = "") -> str:
    """Return the path of a settlement, or of one of its pages."""
    return f"/funding/settlements/{row.pk}/{page}/" if page else f"/funding/settlements/{row.pk}/"


def session(row: Session, page: str = "") -> str:
    """Return the path of a session, or of one of its pages."""
    return f"/sessions/{row.pk}/{page}/" if page else f"/sessions/{row.pk}/"
