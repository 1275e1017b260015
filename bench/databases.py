"""Databases for one bench: made for it, and dropped when it ends."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


@contextmanager
def postgresql(name: str) -> Iterator[str]:
    """Yield the address of a fresh PostgreSQL database."""
    import psycopg

    full = f"{name}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{full}"')
        try:
            yield f"{SERVER.rpartition('/')[0]}/{full}"
        finally:
            connection.execute(f'DROP DATABASE "{full}" WITH (FORCE)')


def manage(*arguments: str, **environment: str) -> None:
    """Run a command of ``manage.py`` in a process of its own."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
