"""Money in whole minor units (fen, sen, fils). No floats, no implicit conversion."""

import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import DomainError

# ISO 4217: how many decimal places the currency's minor unit stands for.
EXPONENTS = {"CNY": 2, "EUR": 2, "HKD": 2, "JPY": 0, "KWD": 3, "USD": 2}
SYMBOLS = {"CNY": "¥", "EUR": "€", "HKD": "HK$", "JPY": "JP¥", "KWD": "KWD ", "USD": "$"}
DEFAULT_CURRENCY = "CNY"

_FULL_WIDTH = str.maketrans("０１２３４５６７８９，．￥－　\u00a0\u2009\u202f", "0123456789,.¥-    ")
_WHOLE = re.compile(r"[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+")
_SEPARATOR = re.compile("[, ]")
_ONLY_NUMBERS = re.compile("[0-9][0-9., ]*")
_LONGEST = 32


class BadAmount(DomainError):
    """A text is no amount of money."""


def to_decimal(minor: int, currency: str = DEFAULT_CURRENCY) -> Decimal:
    """Return minor units as a decimal number of the currency's main unit."""
    return Decimal(minor).scaleb(-EXPONENTS[currency])


def format_plain(minor: int, currency: str = DEFAULT_CURRENCY) -> str:
    """Return ``6,400.00``: two places for CNY, none for JPY, three for KWD."""
    return f"{to_decimal(minor, currency):,.{EXPONENTS[currency]}f}"


def format_money(minor: int, currency: str = DEFAULT_CURRENCY) -> str:
    """Return ``¥6,400.00``; a negative amount as ``-¥6,400.00``."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{SYMBOLS[currency]}{format_plain(abs(minor), currency)}"


def parse_money(text: str, currency: str = DEFAULT_CURRENCY) -> int:
    """Return the minor units that a person typed, such as ``6,400.00``, ``¥6400`` or ``６４００元``.

    What could be meant in two ways is not guessed: a comma is no decimal point, and a dot groups no thousands.

    Raises:
        BadAmount: it is no number, can be read in more than one way, or has more places than the currency.
    """
    cleaned = text.translate(_FULL_WIDTH).strip()
    sign = -1 if cleaned.startswith("-") else 1
    cleaned = cleaned.removeprefix("-").removeprefix(SYMBOLS[currency].strip())
    cleaned = (cleaned.removesuffix("元") if currency == DEFAULT_CURRENCY else cleaned).strip()
    whole, point, places = cleaned.partition(".")
    if not _WHOLE.fullmatch(whole) or (point and not _is_places(places, currency)) or len(cleaned) > _LONGEST:
        raise _bad(cleaned)
    if EXPONENTS[currency] == 3 and not point and _SEPARATOR.search(whole):  # one thousand, or one and no fils
        raise _bad(cleaned)
    minor = int(_SEPARATOR.sub("", whole) + places.ljust(EXPONENTS[currency], "0"))
    if minor >= 10**17:
        raise BadAmount(_("Enter an amount such as 6,400.00."))
    return sign * minor


def _is_places(text: str, currency: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= EXPONENTS[currency]


def _bad(text: str) -> BadAmount:
    if _ONLY_NUMBERS.fullmatch(text) and len(text) <= _LONGEST:
        return BadAmount(_("This amount can be read in more than one way. Write it as 6,400.00, with a dot."))
    return BadAmount(_("Enter an amount such as 6,400.00."))


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Return parts of ``total`` in proportion to ``weights`` that add up to it exactly (largest remainder).

    Raises:
        ValueError: no positive weight is given.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("Weights must be positive.")
    parts = [total * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in remainders[: total - sum(parts)]:
        parts[i] += 1
    return parts
