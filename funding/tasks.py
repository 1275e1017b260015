"""What the clock does with money."""

from celery import shared_task
from django.utils import timezone

from funding import allowances


@shared_task(name="funding.sweep")
def sweep() -> None:
    """Return unused allowances whose day has come. Twice returns them once."""
    allowances.sweep(timezone.now())
