"""``manage.py reconcile``: ask Stripe about everything in doubt, repair what lost events left undone, print figures."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from funding import gateway
from funding.stripe import reconcile


class Command(BaseCommand):
    """Compare our books with Stripe's."""

    help = "Ask Stripe about payouts in doubt and lost events, repair them, and print figures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures; exit 1 where Stripe did not answer or something differs."""
        if not gateway.is_on():
            raise CommandError("STRIPE_SECRET_KEY is not set: this site does not use Stripe.")
        figures = reconcile.everything(now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(figures)))
        else:
            for name, value in figures.rows():
                self.stdout.write(f"{name:20} {value:>8}")
        if figures.unanswered or figures.differences_open:
            raise CommandError("Not everything agrees with Stripe yet; the figures say what.")
