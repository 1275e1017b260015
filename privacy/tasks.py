"""What the clock and the queue do about personal data."""

from celery import shared_task
from django.utils import timezone

from privacy import mydata, retention


@shared_task(name="privacy.prepare")
def prepare() -> None:
    """Make the files that people asked for."""
    mydata.prepare(timezone.now())


@shared_task(name="privacy.retention")
def forget() -> None:
    """Forget what is kept long enough."""
    retention.run(timezone.now())
