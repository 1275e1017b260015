"""A process's own short memory, for what hardly ever changes and is asked for at every request."""

import functools
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_MOST = 2_000
_forgetters: list[Callable[[], None]] = []


def remembered(seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember what a function returned for its arguments, for so many seconds, in this process alone.

    Others see a change that late, so ask only for what may be that old; callers share the result and leave it as it is.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        kept: dict[Hashable, tuple[float, R]] = {}
        guard = threading.Lock()
        _forgetters.append(kept.clear)

        @functools.wraps(function)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            key: Any = (args, tuple(sorted(kwargs.items())))
            found, moment = kept.get(key), time.monotonic()
            if found is not None and found[0] > moment:
                return found[1]
            result = function(*args, **kwargs)
            with guard:
                if len(kept) >= _MOST:
                    kept.clear()
                kept[key] = (moment + seconds, result)
            return result

        return ask

    return decorate


def forget() -> None:
    """Forget everything; each test begins like that."""
    for each in _forgetters:
        each()
