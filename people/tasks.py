"""What the clock does with families."""

from celery import shared_task
from django.utils import timezone

from people import coming_of_age, imports


@shared_task(name="people.sweep")
def sweep() -> None:
    """Forget the uploaded lists of families whose time has passed."""
    imports.sweep(timezone.now())


@shared_task(name="people.warn")
def warn() -> None:
    """Tell families who comes of age within thirty days."""
    coming_of_age.warn(timezone.now())
