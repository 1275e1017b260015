"""Background jobs."""

from celery import shared_task
from django.utils import timezone

from safeguarding import leaving, reminders


@shared_task(name="safeguarding.remind")
def remind() -> None:
    """Remind of what runs out, and of who has to leave."""
    now = timezone.now()
    reminders.remind(now)
    leaving.remind(now)
