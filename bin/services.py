# ruff: noqa: T201  a command prints
"""Say whether the PostgreSQL and the Redis that the tests want do answer; exit 1 if one does not."""

import os
import sys
from collections.abc import Callable

import psycopg
import redis


def answers(name: str, ask: Callable[[], object]) -> bool:
    """Ask a service for a sign of life and print what came."""
    try:
        print(f"{name}: {ask()}")
    except (psycopg.Error, redis.RedisError) as error:
        print(f"{name} does not answer: {error}", file=sys.stderr)
        return False
    return True


def postgresql() -> object:
    """Return the server's release."""
    address = os.environ["TEST_DATABASE_URL"].replace("postgres://", "postgresql://", 1)
    with psycopg.connect(address, connect_timeout=5) as connection:
        return connection.info.server_version


def redis_server() -> object:
    """Return the server's release."""
    client = redis.Redis.from_url(os.environ["TEST_REDIS_URL"], socket_connect_timeout=5)
    return client.info("server")["redis_version"]


if __name__ == "__main__":
    found = [answers("PostgreSQL", postgresql), answers("Redis", redis_server)]
    sys.exit(0 if all(found) else 1)
