"""``manage.py import_regions FILE``: the official division codes, checked wholly, then written at once."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from organisations.region_file import BadFile
from organisations.regions import import_regions


class Command(BaseCommand):
    """Imports regions, or names the lines that cannot be imported."""

    help = "Import the official division codes from a CSV file with the columns code,name,level,parent_code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file."""
        parser.add_argument("file", help="the CSV file, in UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, with progress on stderr and the result on stdout."""
        try:
            with translation.override("en"):
                report = import_regions(options["file"], progress=partial(self.stderr.write, style_func=str))
        except BadFile as error:
            problems = "\n".join(error.problems)
            raise CommandError(f"Nothing was imported.\n{problems}") from error
        except OSError as error:
            raise CommandError(f"Nothing was imported. The file cannot be opened: {error.strerror}.") from error
        self.stdout.write(
            f"{report.read} regions read: {report.added} new, {report.updated} changed, "
            f"{report.unchanged} unchanged; {len(report.gone)} gone from the file and kept."
        )
        for code, name in report.gone:
            self.stdout.write(f"gone: {code} {name}")
