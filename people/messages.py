"""What an office reads out to a family: the same words that a message would have had."""

from collections.abc import Iterable
from typing import Any

from notifications.models import Message
from notifications.rendering import render
from people.models import ToTell


def in_words(lines: Iterable[ToTell], language: str) -> list[dict[str, Any]]:
    """Return each line with its subject and body in the clerk's language."""
    found = []
    for line in lines:
        words = render(Message(kind=line.kind, context=line.context, path=line.path), language)
        found.append({"line": line, "subject": words.subject, "body": words.body})
    return found
