"""What orders hold of people: who acted. A report's photos may show children whose guardians agreed to photos."""

from django.utils.translation import gettext_lazy as _

from core.privacy import THE_BOOKS, Personal, Record, Whom
from orders.models import (
    Attachment,
    CounterDate,
    CounterOffer,
    Dispute,
    DisputedSession,
    Order,
    OrderHistory,
    OrderNumber,
    PlannedCrew,
    PlannedSession,
    RescheduleProposal,
)

_PHOTO = Personal(
    Whom.CHILD,
    _("Photos in a report"),
    _("photos that prove what was delivered"),
    THE_BOOKS,
    _("the office, the provider and the League"),
)
RECORDS = {
    Order: Record(plain="reason report_text"),
    OrderHistory: Record(),
    OrderNumber: Record(),
    Attachment: Record(fields={"file": _PHOTO}, plain="name"),
    PlannedSession: Record(plain="address"),
    PlannedCrew: Record(),
    CounterOffer: Record(plain="note"),
    CounterDate: Record(plain="address"),
    RescheduleProposal: Record(plain="address note"),
    Dispute: Record(plain="reason resolution"),
    DisputedSession: Record(plain="note"),
}
