"""Whether background jobs run: scheduler, broker and a worker together leave a sign of life in the shared cache."""

from datetime import datetime, timedelta

from django.core.cache import caches

KEY = "jobs-heartbeat"
PATIENCE = timedelta(seconds=150)


def beat(now: datetime) -> None:
    """Leave a sign of life."""
    caches["shared"].set(KEY, now, timeout=None)


def last_beat() -> datetime | None:
    """Return when the last sign of life was left, if ever."""
    moment: datetime | None = caches["shared"].get(KEY)
    return moment


def are_alive(now: datetime) -> bool:
    """Tell whether the last sign of life is recent."""
    moment = last_beat()
    return moment is not None and now - moment <= PATIENCE
