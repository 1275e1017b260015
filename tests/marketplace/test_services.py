"""The commands of docker-compose.yml bring up a city against a real PostgreSQL and Redis, without Docker."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings

from tests.marketplace import small_yaml
from tests.marketplace.production import GOOD, PYTHON, environment

pytestmark = [pytest.mark.services, pytest.mark.postgresql, pytest.mark.slow]

COMPOSE = small_yaml.load((settings.BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8"))
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
PATIENCE = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_redis() -> str:
    """An empty numbered database beside the one that other tests may use."""
    url = REDIS_URL.rsplit("/", 1)[0] + "/14"
    redis.Redis.from_url(url).flushdb()
    return url


@pytest.fixture
def city(fresh_db, tmp_path):
    """The environment of a city whose database is migrated."""
    server = settings.DATABASES["default"]
    login = server["USER"] + (f":{server['PASSWORD']}" if server["PASSWORD"] else "")
    return environment(
        DATABASE_URL=f"postgres://{login}@{server['HOST']}:{server['PORT'] or 5432}/{fresh_db}",
        REDIS_URL=own_redis(),
        VAR_DIR=str(tmp_path),
        STATIC_ROOT=str(tmp_path / "static"),
        LOG_LEVEL="INFO",
    )


@contextlib.contextmanager
def started(name: str, city: dict[str, str], **changes: str):
    """Run a service of the compose file; changes replace words of its command. Its end must be a clean one."""
    command = [PYTHON, *(changes.get(word, word) for word in COMPOSE["services"][name]["command"][1:])]
    log = Path(city["VAR_DIR"], f"{name}.log")
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=city, stdout=file, stderr=file, start_new_session=True
        )
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(timeout=30)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    assert code == 0, log.read_text()


def run(city: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, *arguments], cwd=settings.BASE_DIR, env=city, capture_output=True, text=True, check=False
    )


def until(question, log: Path) -> None:
    limit = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < limit, log.read_text()
        time.sleep(0.3)


def ask(port: int, path: str, host: str = GOOD["ALLOWED_HOSTS"]) -> tuple[int, Message]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": host, "X-Forwarded-Proto": "https"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers


def test_the_shipped_commands_bring_up_a_city(city):
    assert run(city, *COMPOSE["services"]["migrate"]["command"][1:]).returncode == 0
    collected = run(city, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    assert collected.returncode == 0, collected.stderr
    assert run(city, "manage.py", "jobs_alive").returncode == 1
    port = free_port()
    probe = ["bin/probe.py", f"http://127.0.0.1:{port}/readyz"]
    beat = {"--schedule=/data/beat": f"--schedule={city['VAR_DIR']}/beat"}

    with started("web", city, **{"8000": str(port)}) as web, started("worker", city) as worker:
        until(lambda: run(city, *probe).returncode == 0, web)
        status, headers = ask(port, "/accounts/login/")
        assert status == 200
        assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert any(cookie.startswith("__Host-csrf=") for cookie in headers.get_all("Set-Cookie"))
        assert ask(port, "/healthz", host="elsewhere.example")[0] == 400
        with started("scheduler", city, **beat):
            until(lambda: run(city, "manage.py", "jobs_alive").returncode == 0, worker)

    lines = [json.loads(line) for line in worker.read_text().splitlines() if line.startswith("{")]
    assert any("marketplace.heartbeat" in line["message"] for line in lines)


def test_readyz_with_the_database_gone_is_not_ready_but_alive(city):
    port = free_port()
    gone = {**city, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}

    with started("web", gone, **{"8000": str(port)}) as web:
        until(lambda: web.exists() and _answers(port), web)
        assert ask(port, "/healthz")[0] == 200
        assert ask(port, "/readyz")[0] == 503
        assert run(gone, "bin/probe.py", f"http://127.0.0.1:{port}/readyz").returncode == 1


def test_a_stop_while_the_workers_still_start_is_a_clean_stop(city):
    # A worker inherits the ear of the process that forks it: until it has one of its own it does not hear a stop.
    with started("web", city, **{"8000": str(free_port()), "8": "2"}) as web:
        until(lambda: "Spawning worker-2" in web.read_text(), web)
        assert "Started worker" not in web.read_text()


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthz")[0] == 200
    except OSError:
        return False


def test_the_tests_database_is_the_one_that_was_asked_for(city):
    with psycopg.connect(city["DATABASE_URL"].replace("postgres://", "postgresql://", 1)) as connection:
        found = connection.execute("SELECT count(*) FROM django_migrations").fetchone()

    assert found[0] > 100
