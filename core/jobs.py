"""Asking a worker to do something soon. Nobody may depend on it: the schedule does the same a little later."""

import logging
import time

from celery import current_app

logger = logging.getLogger(__name__)
LEAVE_ALONE_SECONDS = 30
_broker = {"leave_alone_until": 0.0}


def ask_worker(task: str, *arguments: object, after_seconds: int = 0) -> bool:
    """Send a task by its name, and tell whether it went out.

    A broker that is down costs this request a moment, the next ones nothing.
    """
    if time.monotonic() < _broker["leave_alone_until"]:
        return False
    try:
        current_app.send_task(task, args=arguments, countdown=after_seconds or None, retry=False, ignore_result=True)
    except Exception:  # noqa: BLE001  whatever the broker's driver raises: the request has succeeded already
        _broker["leave_alone_until"] = time.monotonic() + LEAVE_ALONE_SECONDS
        logger.warning("The broker does not answer; what it was asked for comes with the schedule.")
        return False
    return True
