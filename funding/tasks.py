"""What the clock does with money."""

from celery import shared_task
from django.utils import timezone

from funding import allowances


@shared_task(name="funding.give_back")
def give_back() -> None:
    """Return unused allowances whose day has come. Twice returns them once."""
    allowances.sweep(timezone.now())
