"""How long a session's row stays locked while a sign-up commits: told by the database itself.

One statement takes the row and writes the sign-up, so no program sees the moment between. Triggers for this bench alone
note when the row was locked (a row's trigger runs once it holds the lock) and when the last check before the commit
ran. What the commit itself needs, its flush to the disk, is measured beside it and added.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

_TRIGGERS = """
CREATE UNLOGGED TABLE bench_hold (locked timestamptz, done timestamptz);
CREATE FUNCTION bench_locked() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM set_config('bench.locked', clock_timestamp()::text, true); RETURN NEW; END$$;
CREATE FUNCTION bench_done() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN INSERT INTO bench_hold VALUES (current_setting('bench.locked')::timestamptz, clock_timestamp());
RETURN NULL; END$$;
CREATE TRIGGER bench_locked BEFORE UPDATE ON activities_session FOR EACH ROW EXECUTE FUNCTION bench_locked();
CREATE CONSTRAINT TRIGGER zz_bench_done AFTER INSERT ON activities_signuphistory DEFERRABLE INITIALLY DEFERRED
 FOR EACH ROW EXECUTE FUNCTION bench_done();
"""
_GONE = """
DROP TRIGGER bench_locked ON activities_session;
DROP TRIGGER zz_bench_done ON activities_signuphistory;
DROP FUNCTION bench_locked; DROP FUNCTION bench_done; DROP TABLE bench_hold, bench_flush;
"""
_FLUSHES = 300


@contextmanager
def stopwatch(database: str) -> Iterator[list[float]]:
    """Note while it is open; afterwards the list holds for how many milliseconds each sign-up held its row."""
    times: list[float] = []
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_TRIGGERS)
        connection.execute("CREATE TABLE bench_flush AS SELECT 1 AS n")
        try:
            yield times
            rows = connection.execute("SELECT extract(epoch FROM done - locked) * 1000 FROM bench_hold").fetchall()
            flush = _flush(connection)
            times += [float(held) + flush for (held,) in rows]
        finally:
            connection.execute(_GONE)


def _flush(connection: "psycopg.Connection[tuple[int]]") -> float:
    """Return the milliseconds that a commit of one small change takes, from its sending to its answer."""
    taken = []
    for _ in range(_FLUSHES):
        started = time.perf_counter()
        connection.execute("UPDATE bench_flush SET n = n + 1")
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[_FLUSHES * 95 // 100]
