"""Locks that demand a transaction, and one silent retry where a database gave up on a race.

A lock here is ``FOR NO KEY UPDATE``: nobody changes a key, and the stronger one would wait for every transaction that
wrote a row pointing at the locked one, such as a history row at its commit. That is a deadlock in the making.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, models, transaction

M = TypeVar("M", bound=models.Model)
P = ParamSpec("P")
R = TypeVar("R")

_RETRY_SQLSTATES = {"40001", "40P01"}  # serialisation failure, deadlock


def demand_transaction() -> None:
    """Raise if no transaction is open: a lock outside one would end with the statement."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A lock was asked for outside a transaction.")


def lock(model: type[M], pk: Any) -> M:
    """Return the row, locked until the transaction ends. Rows that refer to it may be written meanwhile.

    Raises:
        TransactionManagementError: no transaction is open.
        DoesNotExist: there is no such row.
    """
    demand_transaction()
    return model._default_manager.select_for_update(of=("self",), no_key=True).get(pk=pk)


def lock_all(model: type[M], pks: Iterable[Any]) -> list[M]:
    """Return the rows locked in ascending key order, so that two callers cannot wait for each other."""
    demand_transaction()
    rows = model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk__in=set(pks)).order_by("pk")
    return list(rows)


def hold_all(model: type[M], pks: Iterable[Any]) -> None:
    """Lock rows as ``lock_all`` does without reading what is in them."""
    demand_transaction()
    rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=set(pks)).order_by("pk")
    list(rows.values_list("pk"))


def _is_race(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _RETRY_SQLSTATES or "deadlock" in str(error).lower()


def retried(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function that opens its own transaction once more if the database ended it as a loser of a race.

    Inside somebody else's transaction the error is passed on: that transaction is dead already.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except OperationalError as error:
            if connection.in_atomic_block or not _is_race(error):
                raise
            return function(*args, **kwargs)

    return run
