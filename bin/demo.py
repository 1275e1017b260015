# ruff: noqa: T201  a command prints
"""Run the demo city: prepare it, serve it with its background jobs, and stop all of it together.

One process supervises two children, the web server and the worker. Each child leads a process group of its own; when
one dies, when a signal arrives, or when the ``make`` that started us is gone, every group is ended and waited for.
"""

import argparse
import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
GRACE_SECONDS = 8.0
START_SECONDS = 90.0


class Stop:
    """Whether somebody asked us to end. Handlers only note it, so that no child is lost between two lines."""

    asked = False

    @classmethod
    def listen(cls) -> None:
        """Note Ctrl-C, SIGTERM and a closed terminal; what ``nohup`` ignores stays ignored."""
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
                signal.signal(each, cls._note)

    @classmethod
    def _note(cls, _number: int, _frame: FrameType | None) -> None:
        cls.asked = True


def port_is_free(port: int) -> bool:
    """Tell whether we could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _end_with_parent() -> None:
    """Ask Linux to end this child when the supervisor is killed outright; elsewhere there is no such call."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a child as the leader of its own process group."""
    return subprocess.Popen(  # noqa: S603  our own commands
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  the supervisor has one thread
    )


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # a group whose only members are zombies of another user's: not ours any more
        return False
    return True


def end(children: list[subprocess.Popen[bytes]]) -> None:
    """End every child's whole group: first politely, after some seconds without asking."""
    for sign, seconds in [(signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, 5.0)]:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, sign)
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            for child in children:
                child.poll()
            if not any(_group_lives(child.pid) for child in children):
                return
            time.sleep(0.05)


def must_stop(parent: int) -> bool:
    """Tell whether a signal arrived or the process that started us is gone."""
    return Stop.asked or os.getppid() != parent


def watch(children: list[subprocess.Popen[bytes]], parent: int) -> subprocess.Popen[bytes] | None:
    """Wait until a child dies, and return it; or return nothing when it is time to stop."""
    while not must_stop(parent):
        for child in children:
            if child.poll() is not None:
                return child
        time.sleep(0.1)
    return None


def wait_for_page(port: int, children: list[subprocess.Popen[bytes]], parent: int) -> bool:
    """Wait until the site answers; give up when a child dies, after a while, or when it is time to stop."""
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit and not must_stop(parent) and all(child.poll() is None for child in children):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2).close()
            return True
        time.sleep(0.1)
    return False


def commands(port: int, var: Path) -> list[list[str]]:
    """Return the two commands that make up the site."""
    web = f"-m granian --interface wsgi --host {HOST} --port {port} --no-ws --workers 2 --blocking-threads 4"
    web += " --log-level warning marketplace.wsgi:application"
    # Whoever tries the demo as root need not read a page about it; nothing is unpickled.
    quiet = ["-W", "ignore:You're running the worker with superuser"]
    worker = "-m celery -A marketplace --quiet worker -B --pool=threads"
    worker += " --concurrency=2 --without-gossip --without-mingle --without-heartbeat --loglevel=WARNING"
    return [[sys.executable, *web.split()], [sys.executable, *quiet, *worker.split(), f"--schedule={var / 'beat'}"]]


def fingerprint(root: Path) -> str:
    """Return a text that changes when any file of the project does, judged by path, size and time."""
    digest = hashlib.sha256(sys.executable.encode())
    for app in sorted(file.parent for file in root.glob("*/__init__.py")):
        for file in sorted(app.rglob("*")):
            if file.is_file() and file.suffix not in {".pyc", ".mo"}:
                facts = file.stat()
                digest.update(f"{file} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_prepared(var: Path, print_now: str) -> bool:
    """Tell whether the last preparation of the embedded database was for just these files."""
    stamp = var / "prepared.stamp"
    if os.environ.get("DATABASE_URL") or not (var / "demo.sqlite3").exists() or not stamp.exists():
        return False
    return stamp.read_text(encoding="utf-8") == print_now


def prepare(environment: dict[str, str], parent: int) -> int:
    """Compile messages, migrate, collect static files and fill an empty city; nothing where no file changed."""
    var, print_now = Path(environment["VAR_DIR"]), fingerprint(ROOT)
    if is_prepared(var, print_now):
        return 0
    for step in (["bin/messages.py"], ["manage.py", "prepare_demo"]):
        child = start([sys.executable, *step], environment)
        try:
            if watch([child], parent) is None:
                return 0
        finally:
            end([child])
        if child.returncode:
            return child.returncode
    (var / "prepared.stamp").write_text(print_now, encoding="utf-8")
    return 0


def serve(commands: list[list[str]], environment: dict[str, str], port: int, parent: int) -> int:
    """Run the commands until one dies or it is time to stop; leave no process behind."""
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            children.append(start(command, environment))  # noqa: PERF401  each child is known before the next starts
        if wait_for_page(port, children, parent):
            text = Path(environment["VAR_DIR"], "welcome.txt").read_text(encoding="utf-8")
            print(text.replace("{site}", f"http://{HOST}:{port}"), flush=True)
        dead = watch(children, parent)
    finally:
        end(children)
    if must_stop(parent):
        print("\nStopped.", flush=True)
        return 0
    name = next((name for name in ("granian", "celery") if dead and name in dead.args), "A process")  # type: ignore[operator]
    print(f"{name} ended by itself; the lines above say why. Everything is stopped.", file=sys.stderr)
    return 1


@contextlib.contextmanager
def alone(var: Path) -> Iterator[bool]:
    """Hold the folder's lock; yields whether we got it."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"The demo in {var} is running already; stop it first.", file=sys.stderr)
            yield False
            return
        yield True


def run(port: int, var: Path) -> int:
    """Prepare and serve; returns the exit code."""
    parent = os.getppid()
    environment = {
        "SITE_URL": f"http://{HOST}:{port}",
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.demo",
        "VAR_DIR": str(var),
        "PYTHONUNBUFFERED": "1",
    }
    with alone(var) as got_it:
        if not got_it:
            return 1
        if not port_is_free(port):
            print(f"Port {port} is taken. Choose another: make demo PORT={port + 1}", file=sys.stderr)
            return 1
        code = prepare(environment, parent)
        if code or must_stop(parent):
            return code
        return serve(commands(port, var), environment, port, parent)


def reset(var: Path) -> int:
    """Remove the demo's data, unless it is running. Nothing but what the demo made is touched."""
    if os.environ.get("DATABASE_URL"):
        print("DATABASE_URL names a database of yours; empty it yourself.", file=sys.stderr)
        return 1
    with alone(var) as got_it:
        if not got_it:
            return 1
        for name in ("broker", "mail", "media", "private", "static", "styles"):
            shutil.rmtree(var / name, ignore_errors=True)
        for pattern in ("demo.sqlite3*", "beat*", "*.stamp", "welcome.txt"):
            for file in var.glob(pattern):
                file.unlink()
    print("The demo city is gone; `make demo` builds a new one.")
    return 0


def main(arguments: list[str]) -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("VAR_DIR", ROOT / "var")))
    parser.add_argument("--reset", action="store_true", help="remove the data instead of serving")
    options = parser.parse_args(arguments)
    if options.reset:
        return reset(options.var)
    Stop.listen()
    return run(options.port, options.var.resolve())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
