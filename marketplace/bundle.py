"""The one style sheet: the files of ``marketplace/styles`` in order of their names, joined when static files are found.

It needs no build tool: Django's finders ask here for ``site.css``, both while developing and in ``collectstatic``.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

NAME = "site.css"
STYLES = Path(__file__).parent / "styles"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(r"\s*([{};])\s*")


def join(folder: Path = STYLES) -> str:
    """Return all styles as one text, without comments and without space that means nothing."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.css")))
    return _AROUND.sub(r"\1", _COMMENT.sub("", text)).strip()


def build(target: Path) -> Path:
    """Write the joined styles into the folder ``target`` unless they are there already; return the file."""
    file, text = target / NAME, join()
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        target.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".fresh")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    return file


class StyleFinder(BaseFinder):
    """Finds ``site.css`` by joining it."""

    def __init__(self, app_names: Iterable[str] | None = None) -> None:
        self.folder = Path(settings.VAR_DIR) / "styles"

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return where ``site.css`` lies, freshly joined."""
        if path != NAME:
            return []
        file = str(build(self.folder))
        return [file] if find_all else file

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Offer ``site.css`` to ``collectstatic``."""
        build(self.folder)
        yield NAME, FileSystemStorage(location=self.folder)
