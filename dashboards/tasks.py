"""What the clock does for the reports. Each task is safe to run twice and at once."""

from celery import shared_task
from django.utils import timezone

from dashboards import rollup


@shared_task(name="dashboards.refresh")
def refresh() -> None:
    """Count anew what happened lately."""
    rollup.refresh(timezone.now())


@shared_task(name="dashboards.rebuild")
def rebuild() -> None:
    """Count everything anew, so that nothing that a reading missed stays wrong for longer than a day."""
    rollup.rebuild(timezone.now())
