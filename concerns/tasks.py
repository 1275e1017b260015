"""Background jobs."""

from celery import shared_task
from django.utils import timezone

from concerns import lifecycle


@shared_task(name="concerns.sweep")
def sweep() -> None:
    """Let climb what passed its deadline."""
    lifecycle.sweep(timezone.now())
