"""What the clock and the queue do about personal data."""

from celery import shared_task
from django.utils import timezone

from privacy import deadline, mydata, retention


@shared_task(name="privacy.prepare")
def prepare() -> None:
    """Make the files that people asked for, and remove those whose day is over."""
    now = timezone.now()
    mydata.prepare(now)
    mydata.remove_expired(now)


@shared_task(name="privacy.retention")
def forget() -> None:
    """Forget what is kept long enough."""
    retention.run(timezone.now())


@shared_task(name="privacy.remind")
def remind() -> None:
    """Remind of incidents that the authority has to know of."""
    deadline.remind(timezone.now())
