"""``manage.py list_urls``: every address with its name, methods and policy."""

import json
from typing import Any

from django.core.management import BaseCommand, CommandParser

from marketplace.addresses import all_addresses


class Command(BaseCommand):
    """Print the addresses of the site."""

    help = "Print every address with its name, methods and policy."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print a JSON list")
        parser.add_argument("--ours", action="store_true", help="leave out the addresses of other packages")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [
            {"pattern": each.pattern, "name": each.name, "methods": each.methods, "policy": each.policy}
            for each in all_addresses()
            if each.is_ours or not options["ours"]
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False))
            return
        for row in rows:
            methods = ",".join(row["methods"]) or "*"
            self.stdout.write(f"{methods:10} {row['pattern']:55} {row['name']:40} {row['policy']}")
