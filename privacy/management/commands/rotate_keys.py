"""``manage.py rotate_keys``: write every encrypted value anew with the newest key."""

from typing import Any

from django.apps import apps
from django.core.management import BaseCommand, CommandError

from core import encryption
from users import factors


class Command(BaseCommand):
    """Encrypt with the newest key what older keys wrote; stopped, it goes on where it was."""

    help = "Write what older keys of FIELD_ENCRYPTION_KEYS and CONCERN_KEYS encrypted anew with the newest of each."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through every model with an encrypted field, and say how many values were written.

        Raises:
            CommandError: some were left as they are; each is named by its table and number.
        """
        left: set[str] = set()
        for model in apps.get_models():
            if encryption.encrypted_fields(model):
                count = sum(encryption.rotate(model, left))
                self.stdout.write(f"{model._meta.label}: {count} values written with the newest key")
        self.stdout.write(f"Second factors: {sum(factors.rotate(left))} written with the newest key")
        for row in sorted(left):
            self.stderr.write(row)
        if left:
            raise CommandError("Keep the older keys: not everything could be written anew, the rows are named above.")
        self.stdout.write("Nothing is left that needs an older key.")
