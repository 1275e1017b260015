"""A process's own short memory, for what hardly ever changes and is asked for at every request."""

import functools
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
MOST = 2_000
_memories: "list[Memory[Any]]" = []


class Memory(Generic[R]):
    """What was found out under some keys, each for so many seconds, in this process alone; at most 2,000 things."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._kept: dict[Hashable, tuple[float, R]] = {}
        self._guard = threading.Lock()
        _memories.append(self)

    def get(self, key: Hashable) -> R | None:
        """Return what is remembered under a key, or nothing."""
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def put(self, key: Hashable, thing: R) -> R:
        """Remember a thing under a key, and return it."""
        with self._guard:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = (time.monotonic() + self.seconds, thing)
        return thing

    def forget(self) -> None:
        """Forget everything."""
        self._kept.clear()


def remembered(seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember what a function returned for its arguments, for so many seconds, in this process alone.

    Others see a change that late, so ask only for what may be that old; callers share the result and leave it as it is.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        memory: Memory[tuple[R]] = Memory(seconds)

        @functools.wraps(function)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (args, tuple(sorted(kwargs.items())))
            found = memory.get(key)
            if found is None:
                found = memory.put(key, (function(*args, **kwargs),))
            return found[0]

        return ask

    return decorate


def forget() -> None:
    """Forget everything; each test begins like that."""
    for each in _memories:
        each.forget()
