"""Runs every app's invariants and reports a figure for each key."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

from core.invariants import Invariant


@dataclass
class Verdict:
    """What one key promises, how many rows were looked at, and what breaks the promise."""

    promise: str
    checked: int = 0
    breaches: list[str] = field(default_factory=list)


def invariants() -> Iterator[tuple[str, Invariant]]:
    """Return every app's invariants with the app's name, from the lowest layer up."""
    for app in reversed(settings.OUR_APPS):
        name = f"{app}.invariants"
        if find_spec(name):
            for invariant in getattr(import_module(name), "INVARIANTS", []):
                yield app, invariant


def run() -> dict[str, Verdict]:
    """Check everything. A promise that several apps keep is one key; each breach names its app."""
    verdicts: dict[str, Verdict] = {}
    for app, invariant in invariants():
        finding = invariant.check()
        verdict = verdicts.setdefault(invariant.key, Verdict(invariant.promise))
        if invariant.promise not in verdict.promise:
            verdict.promise += f" · {invariant.promise}"
        verdict.checked += finding.checked
        verdict.breaches += [f"{app}: {breach}" for breach in finding.breaches]
    return dict(sorted(verdicts.items(), key=lambda item: _place(item[0])))


def _place(key: str) -> tuple[str, int, str]:
    """Return where a key stands: ``A2`` before ``A10``, and an app's own key such as ``catalog.search`` after all."""
    letter, number = key[:1], key[1:]
    return (letter, int(number), "") if number.isdigit() else ("~", 0, key)
