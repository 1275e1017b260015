"""Fill an empty database with the demo city."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from marketplace.demo.build import NotEmpty, seed


class Command(BaseCommand):
    """``seed_demo --seed N --scale S``: the same city for the same seed, scale and hour."""

    help = "Fill an empty database with the demo city."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=2026, help="the source of chance")
        parser.add_argument("--scale", type=float, default=1.0, help="how many families and orders, as a factor")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with translation.override("zh-hans"):
                seed(seed=options["seed"], scale=options["scale"], now=timezone.now(), say=self.stderr.write)
        except NotEmpty:
            raise CommandError("The database is not empty: the demo city is built into an empty one.") from None
