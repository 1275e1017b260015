"""How often a test repeats what only repetition proves: a few times each day, the full count under ``make prove``."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")


def share(full: int) -> int:
    """Return the part of a full count that ``PROVE_SHARE`` asks for (10 = a tenth), at least 1."""
    return max(1, full // int(os.environ.get("PROVE_SHARE", "1")))


def tenth(full: int) -> int:
    """Return the part of a full count that ``PROVE_SHARE`` asks for, but no less than a tenth of it."""
    return max(share(full), -(-full // 10))


def in_turn(things: Sequence[T], parts: int) -> list[T]:
    """Return all of them; where ``PROVE_SHARE`` asks for a part of the counts, one in so many, others each day."""
    if share(2) == 2:
        return list(things)
    return list(things)[datetime.now(UTC).toordinal() % parts :: parts]
