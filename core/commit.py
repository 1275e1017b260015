"""What happens after the commit: its failure is logged and never reaches the person whose request has succeeded."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.db import transaction

P = ParamSpec("P")


def after_commit(function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Call the function with these arguments once the caller's transaction has been committed.

    Django names a robust callback in its log line when it fails, which a ``partial`` cannot answer.
    """

    @wraps(function)
    def call() -> None:
        function(*args, **kwargs)

    transaction.on_commit(call, robust=True)
