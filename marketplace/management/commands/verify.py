"""``manage.py verify``: a figure for every invariant; exit 1 if any is broken."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandParser

from marketplace.verify import run


class Command(BaseCommand):
    """Check every promise that the data must keep."""

    help = "Check every invariant and print a figure for each; exit 1 on any breach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print {key: {promise, checked, breaches}}")

    def handle(self, *args: Any, **options: Any) -> None:
        verdicts = run()
        if options["json"]:
            report = {key: asdict(verdict) for key, verdict in verdicts.items()}
            self.stdout.write(json.dumps(report, indent=1, ensure_ascii=False))
        else:
            for key, verdict in verdicts.items():
                state = "broken" if verdict.breaches else "holds"
                figures = f"{len(verdict.breaches)} of {verdict.checked}"
                self.stdout.write(f"{key:4} {state:7} {figures:>16}  {verdict.promise}")
                for breach in verdict.breaches:
                    self.stdout.write(f"       {breach}")
        if any(verdict.breaches for verdict in verdicts.values()):
            sys.exit(1)
