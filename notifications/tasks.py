"""Background jobs."""

from celery import shared_task
from django.utils import timezone

from notifications import delivery


@shared_task(name="notifications.deliver_due")
def deliver_due() -> None:
    """Send what is due."""
    delivery.deliver_due(timezone.now())
