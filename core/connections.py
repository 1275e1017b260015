"""Connections to the database that outlive a request: one that the server has closed is let go before it is used.

Django's own health check asks the database at every request. A closed connection shows without a question: its socket
has something to read, where that of one that rests has nothing.
"""

import select
from typing import Any

from django.core.signals import request_started
from django.db import connections


def let_go_of_closed(**_signal: Any) -> None:
    """Close those of this thread's connections that PostgreSQL has closed, so that the next use opens a new one."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql" and connection.connection is not None and not connection.in_atomic_block:
            raw: Any = connection.connection
            if raw.closed or _has_news(raw.fileno()):
                connection.close()


def _has_news(socket: int) -> bool:
    watch = select.poll()
    watch.register(socket, select.POLLIN)
    return bool(watch.poll(0))


def watch_connections() -> None:
    """Look at the connections when a request begins. For ``ready``."""
    request_started.connect(let_go_of_closed, dispatch_uid="let go of closed connections")
