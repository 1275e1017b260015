"""Orders with their planned sessions, what the parties propose to each other, files, and the history."""

from orders.models.history import OrderHistory, OrderNumber
from orders.models.order import Attachment, Order
from orders.models.planned import PlannedCrew, PlannedSession
from orders.models.talks import CounterDate, CounterOffer, Dispute, DisputedSession, RescheduleProposal

__all__ = [
    "Attachment",
    "CounterDate",
    "CounterOffer",
    "Dispute",
    "DisputedSession",
    "Order",
    "OrderHistory",
    "OrderNumber",
    "PlannedCrew",
    "PlannedSession",
    "RescheduleProposal",
]
