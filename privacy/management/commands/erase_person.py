"""``manage.py erase_person``: erase somebody by the number of their record, or again after a restore."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.utils import timezone

from core.errors import DomainError
from privacy import erasure
from privacy.models import Erasure


class Command(BaseCommand):
    """Erase a child, a guardian or a login; numbers only, so that no name stands in a shell's history."""

    help = "Erase a child, guardian or account by its number, or with --replay those whom a restore brought back."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what and which, or the log."""
        parser.add_argument("what", nargs="?", choices=sorted(erasure.MODELS))
        parser.add_argument("number", nargs="?", type=int)
        parser.add_argument("--replay", nargs="?", const="", metavar="FILE", help="erase again whom the log names")

    def handle(self, *args: Any, what: str | None, number: int | None, replay: str | None, **options: Any) -> None:
        """Erase, and say how many records."""
        now = timezone.now()
        if replay is not None:
            file = Path(replay) if replay else erasure.log_file()
            if not file.exists():
                raise CommandError(f"There is no log {file}.")
            count, failed = erasure.replay(file, now=now)
            self.stdout.write(f"Erased again: {count}")
            if failed:
                raise CommandError("\n".join(["Not erased:", *failed]))
            return
        row = erasure.MODELS[what]._default_manager.filter(pk=number).first() if what and number else None
        if row is None:
            raise CommandError("Say which: erase_person child 12, or erase_person --replay.")
        try:
            done = erasure.erase(row, cause=Erasure.Cause.OPERATOR, now=now)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Erased: {', '.join(str(one) for one in done)}")
