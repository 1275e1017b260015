"""``manage.py incident_facts``: the facts of an incident of personal data for the authority, in seconds."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.utils import timezone, translation

from privacy import facts
from privacy.models import Incident


class Command(BaseCommand):
    """Print the facts of an incident, or write them as an Excel file; counts only, no name."""

    help = "Print the facts of an incident of personal data for the authority, or write them as an Excel file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the incident's number, and where the file goes."""
        parser.add_argument("number", help="as the page shows it, such as 2026-1")
        parser.add_argument("--xlsx", type=Path, metavar="FILE", help="write an Excel file instead of printing")
        parser.add_argument("--language", choices=["zh-hans", "en"], default="zh-hans")

    def handle(self, *args: Any, number: str, xlsx: Path | None, language: str, **options: Any) -> None:
        """Gather, and print or write."""
        key, now = number.rpartition("-")[2], timezone.now()
        incident = Incident.objects.select_related("league").filter(pk=int(key) if key.isdecimal() else 0).first()
        if incident is None or str(incident) != number:
            raise CommandError(f"There is no incident {number}.")
        with translation.override(language):
            if xlsx is not None:
                xlsx.write_bytes(facts.workbook(incident, now=now, exact=True))
                self.stdout.write(f"Written: {xlsx}")
                return
            for table in facts.sheets(incident, now=now, exact=True):
                self.stdout.write(f"# {table.title}")
                for row in table.rows:
                    self.stdout.write(" | ".join(str(cell) for cell in row))
