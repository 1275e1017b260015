"""A worker that tests may kill: for each line it is given it forks a child that does the job and dies or is killed.

The process itself has no thread and no open connection, so its children start clean and at once. A child says its
number before it begins; the parent says how it ended.
"""

import json
import os
import sys
from datetime import UTC, datetime

import django


def do(job: dict) -> None:
    """Do what a Celery worker would do, at the moment that the test says it is."""
    from funding.stripe import transfers

    now = datetime.fromisoformat(job["now"])
    if not transfers.push(job["payout"], now=now):
        transfers.push_back(job["payout"], now=now)


def child(job: dict) -> None:
    print(os.getpid(), flush=True)  # noqa: T201
    code = 1
    try:
        do(job)
        code = 0
    finally:
        os._exit(code)


def warm_up() -> None:
    """Load what the first job of a process loads, so that the children need not."""
    from django.db import connections
    from django.urls import reverse

    from funding import gateway
    from funding.stripe import transfers

    reverse("funding:account")
    gateway.transfers_of("nothing")
    transfers.push(0, now=datetime.now(UTC))
    connections.close_all()


def main() -> None:
    django.setup()
    warm_up()
    print(0, flush=True)  # noqa: T201  ready
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(json.loads(line))
        _pid, status = os.waitpid(pid, 0)
        print(status, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
