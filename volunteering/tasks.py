"""Background jobs."""

from celery import shared_task
from django.utils import timezone

from volunteering import supervision, sweeps


@shared_task(name="volunteering.remind")
def remind() -> None:
    """Remind of tomorrow's shifts."""
    sweeps.remind(timezone.now())


@shared_task(name="volunteering.sweep")
def sweep() -> None:
    """Take out whom the gate would no longer let in, volunteers and staff, and see where adults are missing."""
    now = timezone.now()
    sweeps.enforce_clearance(now)
    sweeps.enforce_crew_clearance(now)
    supervision.sweep(now)
