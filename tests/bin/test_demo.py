"""The supervisor of ``make demo`` leaves no process behind, however it is ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bin import demo

ROOT = Path(__file__).resolve().parent.parent.parent
# A web server and a worker in small: each writes its number and that of a grandchild which is deaf to SIGTERM.
GRANDCHILD = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
CHILD = f"""
import http.server, os, subprocess, sys
deaf = subprocess.Popen([sys.executable, "-c", {GRANDCHILD!r}])
open(sys.argv[1], "w").write(f"{{os.getpid()}} {{deaf.pid}}")
if len(sys.argv) > 2:
    http.server.HTTPServer.allow_reuse_address = True
    handler = http.server.BaseHTTPRequestHandler
    handler.do_GET = lambda self: (self.send_response(200), self.end_headers())
    handler.log_message = lambda *a: None
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), handler).serve_forever()
import time; time.sleep(60)
"""
SUPERVISOR = """
import os, signal, sys
from bin import demo
demo.GRACE_SECONDS = 0.5
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
demo.Stop.listen()
web = [sys.executable, "-c", {child!r}, "{folder}/web", "{port}"]
worker = [sys.executable, "-c", {child!r}, "{folder}/worker"]
open("{folder}/welcome.txt", "w").write("Welcome. Ctrl-C stops everything.")
sys.exit(demo.serve([web, worker], dict(os.environ, VAR_DIR="{folder}"), {port}, os.getppid()))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    """A zombie that nobody has waited for yet is dead."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(question, seconds: float = 15.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if question():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def running(tmp_path):
    """The supervisor with its two children, up; yields it and the numbers of its four descendants."""
    script = SUPERVISOR.format(child=CHILD, folder=tmp_path, port=free_port())
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    files = [tmp_path / "web", tmp_path / "worker"]
    assert wait_until(lambda: all(file.exists() and len(file.read_text().split()) == 2 for file in files))
    pids = [int(pid) for file in files for pid in file.read_text().split()]
    while b"Ctrl-C" not in process.stdout.readline():
        pass
    yield process, pids
    for pid in [process.pid, *pids]:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_asked_to_stop_ends_every_descendant_with_code_0(running, sign):
    process, pids = running

    process.send_signal(sign)

    assert process.wait(timeout=15) == 0
    assert [pid for pid in pids if is_alive(pid)] == []


@pytest.mark.slow
def test_serve_asked_twice_still_ends_every_descendant(running):
    process, pids = running

    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=15) == 0
    assert [pid for pid in pids if is_alive(pid)] == []


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 2])
def test_serve_a_child_dies_ends_the_other_with_code_1(running, victim):
    process, pids = running

    os.kill(pids[victim], signal.SIGKILL)

    assert process.wait(timeout=15) == 1
    assert [pid for pid in pids if is_alive(pid)] == []
    assert b"ended by itself" in process.stderr.read()


@pytest.mark.slow
def test_serve_killed_outright_takes_its_children_along(running):
    process, pids = running

    process.kill()
    process.wait()

    assert wait_until(lambda: not any(is_alive(pid) for pid in pids[::2]))


def test_port_is_free_tells_a_taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert not demo.port_is_free(taken.getsockname()[1])


def test_run_on_a_taken_port_says_which_and_starts_nothing(tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code = demo.run(port, tmp_path)

    assert code == 1
    assert f"Port {port} is taken. Choose another: make demo PORT={port + 1}" in capsys.readouterr().err


def test_run_twice_in_one_folder_is_refused(tmp_path, capsys):
    with demo.alone(tmp_path) as got_it:
        assert got_it
        assert demo.run(free_port(), tmp_path) == 1

    assert "is running already; stop it first." in capsys.readouterr().err


def test_reset_removes_the_data_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "demo.sqlite3").touch()
    (tmp_path / "demo.sqlite3-wal").touch()
    (tmp_path / "broker" / "messages").mkdir(parents=True)
    (tmp_path / "notes.txt").touch()

    assert demo.reset(tmp_path) == 0

    assert sorted(file.name for file in tmp_path.iterdir()) == ["demo.lock", "notes.txt"]


def test_reset_while_running_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "demo.sqlite3").touch()

    with demo.alone(tmp_path):
        assert demo.reset(tmp_path) == 1

    assert (tmp_path / "demo.sqlite3").exists()


def test_reset_with_a_database_of_ones_own_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/city")

    assert demo.reset(tmp_path) == 1


@pytest.fixture
def project(tmp_path):
    """A project with one app, and a folder of its data."""
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "__init__.py").write_text("")
    (tmp_path / "orders" / "models.py").write_text("one = 1")
    (tmp_path / "var").mkdir()
    return tmp_path


def test_fingerprint_changes_with_a_file_and_not_with_what_is_compiled(project):
    first = demo.fingerprint(project)
    (project / "orders" / "models.pyc").write_text("compiled")
    assert demo.fingerprint(project) == first

    (project / "orders" / "models.py").write_text("one = 1  # changed")

    assert demo.fingerprint(project) != first


def test_is_prepared_only_with_the_data_and_the_same_files(project, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    var = project / "var"
    assert not demo.is_prepared(var, "print")
    (var / "prepared.stamp").write_text("print")
    assert not demo.is_prepared(var, "print")
    (var / "demo.sqlite3").touch()

    assert demo.is_prepared(var, "print")
    assert not demo.is_prepared(var, "another")


def test_is_prepared_never_with_a_database_of_ones_own(project, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/city")
    (project / "var" / "prepared.stamp").write_text("print")
    (project / "var" / "demo.sqlite3").touch()

    assert not demo.is_prepared(project / "var", "print")
