"""What ``manage.py verify`` asks: each app lists its invariants, the project runs them and prints a figure for each."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """How many rows were looked at, and a line of ids (no personal value) for each breach."""

    checked: int
    breaches: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Invariant:
    """A promise with the key under which it is known, such as ``A1``."""

    key: str
    promise: str
    check: Callable[[], Finding]
