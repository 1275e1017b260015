"""A web server as shipped for production: granian, two workers of four threads, production settings."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from bench.databases import REDIS, ROOT

HOST = "bench.example"


def production(database: str, folder: Path) -> dict[str, str]:
    """Return the environment of the production settings for a bench."""
    return {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.production",
        "DATABASE_URL": database,
        "REDIS_URL": REDIS,
        "SECRET_KEY": secrets.token_urlsafe(60),
        "FIELD_ENCRYPTION_KEYS": secrets.token_urlsafe(60),
        "CONCERN_KEYS": secrets.token_urlsafe(60),
        "SMS_URL": f"https://{HOST}/sms",
        "SMS_TOKEN": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "EMAIL_URL": "smtp+tls://bench:bench@127.0.0.1:2525",
        "VAR_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
    }


def seconds_of(pid: int | str) -> float:
    """Return the processor time that a process has used; none if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def database_seconds(database: str) -> float:
    """Return the processor time of the PostgreSQL processes that serve a database of this machine."""
    name = f" {database.rpartition('/')[2]} ".encode()
    titles = ((path.parent.name, path) for path in Path("/proc").glob("[0-9]*/cmdline"))
    return sum(seconds_of(pid) for pid, path in titles if name in _title(path))


def _title(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


class Server:
    """A granian server on a free port of this machine."""

    def __init__(self, application: str, environment: dict[str, str], *, workers: int = 2, threads: int = 4) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--no-ws"]
        command += ["--workers", str(workers), "--blocking-threads", str(threads), "--respawn-failed-workers"]
        self.process = subprocess.Popen(
            [sys.executable, *command, application],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        for _attempt in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError("The server did not start.")

    def workers(self) -> list[int]:
        """Return the process numbers of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def seconds(self) -> float:
        """Return the processor time that the workers have used."""
        return sum(seconds_of(pid) for pid in self.workers())

    def kill_worker(self) -> int | None:
        """End one worker as a crash would; the server starts another."""
        running = self.workers()
        if not running:
            return None
        os.kill(running[0], signal.SIGKILL)
        return running[0]

    def stop(self) -> None:
        """End the server, and a worker that it was just starting in the place of a killed one."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
