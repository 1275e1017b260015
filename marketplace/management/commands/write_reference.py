"""``manage.py write_reference``: write the pages of ``docs/reference`` from the code."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from marketplace import filled, reference


class Command(BaseCommand):
    """Write the generated pages of the documentation."""

    help = "Write docs/reference from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.BASE_DIR / "docs" / "reference"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in reference.pages().items():
            (folder / name).write_text(text, encoding="utf-8")
        for name, language in filled.PAGES.items():
            page = settings.BASE_DIR / "docs" / name
            if page.exists():
                page.write_text(filled.fill(page.read_text(encoding="utf-8"), language), encoding="utf-8")
