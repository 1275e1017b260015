"""``manage.py audit_pack``: the figures for the yearly audit of minors' personal data."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.utils import timezone, translation

from privacy import audit
from privacy.audit_tables import Section


class Command(BaseCommand):
    """Print the tables of a year, or write them as an Excel file; counts only, no name."""

    help = "Print the figures for the yearly audit of minors' personal data, or write them as an Excel file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the year, and where the file goes."""
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--xlsx", type=Path, metavar="FILE", help="write an Excel file instead of printing")
        parser.add_argument("--language", choices=["zh-hans", "en"], default="zh-hans")

    def handle(self, *args: Any, year: int, xlsx: Path | None, language: str, **options: Any) -> None:
        """Count, and print or write."""
        now = timezone.now()
        if year not in audit.years(now):
            raise CommandError(f"There are figures of these years: {', '.join(map(str, audit.years(now)))}.")
        with translation.override(language):
            sections = audit.pack(year, now)
            if xlsx is None:
                for section in sections:
                    self._print(section)
                return
            from core import sheets  # late: it brings openpyxl

            xlsx.write_bytes(sheets.workbook_of(audit.sheets_of(sections)))
        self.stdout.write(f"Written: {xlsx}")

    def _print(self, section: Section) -> None:
        self.stdout.write(f"# {section.title}")
        self.stdout.write(" | ".join([*section.words, *section.figures]))
        for row in section.rows:
            self.stdout.write(" | ".join([*row.words, *(str(audit.told(figure)) for figure in row.figures)]))
        self.stdout.write(f"{section.remark}\n" if section.remark else "")
