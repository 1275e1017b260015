"""How names and numbers of papers are compared, whoever typed them on whatever keyboard."""

import unicodedata


def signs(text: str) -> str:
    """Return a text in half-width signs and capitals."""
    return unicodedata.normalize("NFKC", text).upper()


def plain(text: str) -> str:
    """Return a text as it is compared: full-width signs, spaces and capitals make no difference."""
    return "".join(signs(text).split())
