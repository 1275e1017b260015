"""``manage.py jobs_alive``: do background jobs run? Exit 1 if not; for health checks and monitoring."""

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from marketplace import jobs


class Command(BaseCommand):
    """Tell whether scheduler, broker and worker left a sign of life lately."""

    help = "Exit 1 unless background jobs left a sign of life lately."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        moment = jobs.last_beat()
        if not jobs.are_alive(timezone.now()):
            since = f"since {moment.isoformat()}" if moment else "at all"
            raise CommandError(f"Background jobs gave no sign of life {since}.")
        self.stdout.write(f"Last sign of life at {moment.isoformat()}." if moment else "")
