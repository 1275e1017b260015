"""The first texts of a city's site: files of title, one sentence and text, by language.

Editors change them in the admin afterwards; a city has its lawyer read the legal ones.
"""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "first_texts"
STANDING = ("privacy", "children", "complaints", "help")
NEWS = {"zh-hans": "近来的事", "en": "News"}
ARTICLES = {"winter-menu": 4, "third-quarter-accounts": 8, "dogs-in-twelve-yards": 15}  # days before the site is made


@dataclass(frozen=True)
class Text:
    """What stands on one page."""

    title: str
    summary: str
    body: str


def read(language: str, name: str) -> Text:
    """Return the text of that name: the file's first line is the title, its second the summary, the rest the body."""
    head, _, body = (FOLDER / language / f"{name}.html").read_text(encoding="utf-8").partition("\n\n")
    title, summary = head.split("\n")
    return Text(title=title, summary=summary, body=body.replace("\n", ""))
