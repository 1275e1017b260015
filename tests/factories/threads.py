"""Threads that start together, each with its own connection, for races on a ``fresh_db``."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def run_together(*works: Callable[[], Any], times: int = 1) -> list[Any]:
    """Run each function ``times`` times at once; return their results or exceptions, in no order."""
    jobs = [work for work in works for _ in range(times)]
    barrier = threading.Barrier(len(jobs))
    outcomes: list[Any] = []

    def run(job: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            outcomes.append(job())
        except Exception as error:  # noqa: BLE001  the test asks what each thread met
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes
