"""The site with a stopwatch: how long a session's row stays locked, from its UPDATE's return to its COMMIT's return.

A WSGI application for a bench only. Each worker appends a line of milliseconds to the file that ``HOLD_TIMES`` names.
"""

import os
import time
from pathlib import Path
from typing import Any

import psycopg

from marketplace.wsgi import application

__all__ = ["application"]
_started: dict[int, float] = {}
_execute, _commit = psycopg.Cursor.execute, psycopg.Connection.commit


def execute(cursor: Any, query: Any, *arguments: Any, **named: Any) -> Any:
    """Run a statement, and start the stopwatch when it was the one that takes the session's row."""
    done = _execute(cursor, query, *arguments, **named)
    if str(query).startswith('UPDATE "activities_session"'):
        _started.setdefault(id(cursor.connection), time.perf_counter())
    return done


def commit(connection: Any) -> None:
    """Commit, and stop the stopwatch if it runs."""
    _commit(connection)
    started = _started.pop(id(connection), None)
    if started is not None:
        with Path(os.environ["HOLD_TIMES"]).open("a", encoding="ascii") as file:
            file.write(f"{(time.perf_counter() - started) * 1000:.3f}\n")


psycopg.Cursor.execute = execute  # type: ignore[method-assign,assignment]
psycopg.Connection.commit = commit  # type: ignore[method-assign]
