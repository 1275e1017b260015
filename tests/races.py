"""Races: several threads start the same thing at the same moment, each with its own connection.

Use them in a test with the ``fresh_db`` fixture, so that commits are real. A race needs a negative control: the same
rounds with the guard taken away must go wrong, else the race proves nothing.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

PATIENCE = 60


@dataclass(frozen=True)
class Outcome:
    """What one racer came home with: a result or an exception."""

    result: Any = None
    error: BaseException | None = None


class Race:
    """The outcomes of one round."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = list(outcomes)

    @property
    def results(self) -> list[Any]:
        """What came back from those who did not fail."""
        return [outcome.result for outcome in self.outcomes if outcome.error is None]

    @property
    def errors(self) -> list[BaseException]:
        """What those who failed ran into."""
        return [outcome.error for outcome in self.outcomes if outcome.error is not None]

    def errors_other_than(self, *expected: type[BaseException]) -> list[BaseException]:
        """The failures that the race is not about, such as a locked database: there must be none."""
        return [error for error in self.errors if not isinstance(error, expected)]


def run(*racers: Callable[[], Any]) -> Race:
    """Start all racers at the same moment, wait for them, and return what became of each, in their order."""
    start = threading.Barrier(len(racers))
    outcomes: list[Outcome] = [Outcome(error=TimeoutError("The racer never came home."))] * len(racers)

    def go(number: int, racer: Callable[[], Any]) -> None:
        try:
            connections["default"].ensure_connection()
            start.wait(PATIENCE)
            outcomes[number] = Outcome(result=racer())
        except BaseException as error:  # noqa: BLE001  whatever it is, the test judges it
            outcomes[number] = Outcome(error=error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=item, daemon=True) for item in enumerate(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return Race(outcomes)


def run_same(count: int, racer: Callable[[], Any]) -> Race:
    """Start ``count`` threads that all do the same."""
    return run(*[racer] * count)
