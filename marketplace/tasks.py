"""Background jobs of the whole house."""

from celery import shared_task
from django.utils import timezone

from marketplace import jobs


@shared_task(name="marketplace.heartbeat")
def heartbeat() -> None:
    """Leave a sign of life."""
    jobs.beat(timezone.now())
