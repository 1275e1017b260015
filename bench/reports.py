"""Dashboards and reports with many sign-ups: ``make bench-reports``.

Multiplies a small demo city in a fresh PostgreSQL database to 100,000 sign-ups and then to 1,000,000, all of this year,
and opens each start page and report as its person. Prints the processor time that each takes at both sizes, so that
other work on the machine does not count, its database part, and their ratio. Ends with 1 where a goal is missed: at a
million at most 1.5 times as long as at a hundred thousand, and at most 50 ms in the database. ``FEW``, ``MANY`` and
``ROUNDS`` change the sizes.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import manage, postgresql
from bench.server import seconds_of

FEW = int(os.environ.get("FEW", "100000"))
MANY = int(os.environ.get("MANY", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "20"))
MOST_RATIO, MOST_MS = 1.5, 50.0
REPORTS = "/workbench/reports/"
PAGES = [
    ("league", "/workbench/"),
    ("finance", "/workbench/"),
    ("auditor", "/workbench/"),
    ("office", "/workbench/"),
    ("ngo", "/workbench/"),
    ("guardian", "/my/"),
    ("league", f"{REPORTS}?by=month"),
    ("league", f"{REPORTS}?by=provider"),
    ("league", f"{REPORTS}?by=theme"),
    ("league", f"{REPORTS}?by=area&month=6"),
    ("league", "/workbench/export/reports.xlsx?by=provider"),
    ("", "/funding/public/"),
]
Figure = tuple[float, float]  # milliseconds of the whole page and of its queries


def visit(client: Any, path: str) -> Figure:
    """Open a page so many times; return the mean processor time of the whole and of its queries."""
    from django.db import connection

    client.get(path)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # so that one process does the database's work
    backend = connection.connection.info.backend_pid
    site, database = time.process_time(), seconds_of(backend)
    for _round in range(ROUNDS):
        assert client.get(path).status_code == 200, path
    queries = (seconds_of(backend) - database) / ROUNDS * 1000
    return (time.process_time() - site) / ROUNDS * 1000 + queries, queries


def measure() -> list[Figure]:
    """Open every page."""
    from django.test import Client

    from users.models import User

    found = []
    for who, path in PAGES:
        client = Client(headers={"accept-language": "zh-hans"})
        if who:
            client.force_login(User.objects.get(email=f"{who}@demo.test"))
        found.append(visit(client, path))
    return found


def fill(first: int, last: int) -> None:
    """Multiply the city so far, count the figures, and say how long each took."""
    from django.utils import timezone

    from bench import crowd
    from dashboards import rollup

    started = time.perf_counter()
    crowd.multiply(first + 1, last)
    built = time.perf_counter()
    rollup.rebuild(timezone.now())
    counted = time.perf_counter()
    rollup.refresh(timezone.now())
    read = time.perf_counter()
    print(
        f"{last * crowd.SIGN_UPS_OF_AN_ORDER:,} sign-ups: built in {built - started:.0f} s, "
        f"counted anew in {counted - built:.1f} s, a reading {read - counted:.2f} s",
        flush=True,
    )


def show(few: list[Figure], many: list[Figure]) -> int:
    """Print the table; return how many goals were missed."""
    missed = 0
    print(f"{'page':58} {'few':>8} {'many':>8} {'ratio':>6} {'SQL few':>8} {'SQL many':>9}")
    for (who, path), before, after in zip(PAGES, few, many, strict=True):
        ratio = after[0] / before[0]
        bad = (ratio > MOST_RATIO) + (after[1] > MOST_MS)
        missed += bad
        name = f"{who or 'everybody'} {path}"
        print(
            f"{name:58} {before[0]:5.1f} ms {after[0]:5.1f} ms {ratio:6.2f} {before[1]:5.1f} ms {after[1]:6.1f} ms"
            f"{'  MISSED' if bad else ''}"
        )
    print(f"goals: ratio at most {MOST_RATIO}, SQL at most {MOST_MS:.0f} ms; {missed} missed")
    return missed


def main() -> None:
    """Measure in a database made for it."""
    with postgresql("bench_reports") as address:
        os.environ |= {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "marketplace.settings.test"}
        manage("migrate", "--noinput")
        import django

        django.setup()
        from django.utils import timezone

        from bench.crowd import SIGN_UPS_OF_AN_ORDER
        from marketplace.demo.build import seed

        seed(seed=1, scale=0.03, now=timezone.now())
        few, many = FEW // SIGN_UPS_OF_AN_ORDER, MANY // SIGN_UPS_OF_AN_ORDER
        fill(0, few)
        before = measure()
        fill(few, many)
        missed = show(before, measure())
        django.db.connections.close_all()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
