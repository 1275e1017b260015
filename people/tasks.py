"""What the clock does with families."""

from celery import shared_task
from django.utils import timezone

from people import imports


@shared_task(name="people.sweep")
def sweep() -> None:
    """Forget the uploaded lists of families whose time has passed."""
    imports.sweep(timezone.now())
