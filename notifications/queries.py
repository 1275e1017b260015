"""Questions that others ask about messages."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from notifications.models import Message


def unread_of_person() -> Coalesce:
    """Return how many messages somebody has not opened, as a part of a query for people."""
    rows = Message.objects.unread().filter(recipient=OuterRef("pk")).order_by().values("recipient")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField()), 0)
