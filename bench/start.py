"""Measure the start: ``python bench/start.py``. Ours beside a bare project with the same apps of others.

Prints, as medians of three interleaved rounds: ``manage.py check``, migrating an empty SQLite database, and the first
answer of a fresh web server. The goals: the first two at most 1.5 times the bare project's, the third within a second.
``DATABASE_URL`` with a PostgreSQL address measures the migration there instead, in a database made for it.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
BARE_SETTINGS = """
import dj_database_url
from marketplace.settings import base
SECRET_KEY = "bare"
OUR = set(base.OUR_APPS)
INSTALLED_APPS = [app for app in base.INSTALLED_APPS if app not in OUR]
MIDDLEWARE = [each for each in base.MIDDLEWARE if each.partition(".")[0] not in OUR]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                           "django.contrib.messages.context_processors.messages"]}}]
ROOT_URLCONF = "bare_urls"
DATABASES = base.DATABASES
STATIC_URL, STATIC_ROOT, STORAGES = base.STATIC_URL, base.STATIC_ROOT, base.STORAGES
DEFAULT_AUTO_FIELD, USE_TZ = base.DEFAULT_AUTO_FIELD, True
LANGUAGE_CODE, LANGUAGES, WAGTAIL_CONTENT_LANGUAGES = base.LANGUAGE_CODE, base.LANGUAGES, base.LANGUAGES
WAGTAIL_I18N_ENABLED, WAGTAIL_SITE_NAME, WAGTAILADMIN_BASE_URL = True, "Bare", "http://127.0.0.1"
WAGTAILDOCS_EXTENSIONS = base.WAGTAILDOCS_EXTENSIONS
MEDIA_ROOT, MEDIA_URL = base.MEDIA_ROOT, base.MEDIA_URL
"""
BARE_URLS = """
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as admin_urls
from wagtail.documents import urls as document_urls
urlpatterns = [path("accounts/", include("allauth.urls")), path("cms/", include(admin_urls)),
               path("documents/", include(document_urls)), path("", include(wagtail_urls))]
"""


def run(settings: str, arguments: list[str], folder: Path, database: str) -> None:
    """Run ``manage.py`` with one of the two settings."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(settings, folder, database),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def environment(settings: str, folder: Path, database: str) -> dict[str, str]:
    """Return the environment of a command: its settings, a folder of its own, a database."""
    paths = os.pathsep.join([str(folder), str(ROOT)])
    own = {"DJANGO_SETTINGS_MODULE": settings, "VAR_DIR": str(folder / "var"), "DATABASE_URL": database}
    return {**os.environ, **own, "PYTHONPATH": paths}


def seconds(work: Callable[[], None]) -> float:
    """Return how long the work takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def migrate(settings: str, folder: Path) -> float:
    """Return the seconds of migrating an empty database."""
    server, name = os.environ.get("DATABASE_URL", ""), f"start_{uuid.uuid4().hex[:12]}"
    if not server.startswith("postgres"):
        path = folder / f"{name}.sqlite3"
        taken = seconds(lambda: run(settings, ["migrate", "--noinput"], folder, f"sqlite:///{path}"))
        path.unlink()
        return taken
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            address = f"{server.rpartition('/')[0]}/{name}"
            return seconds(lambda: run(settings, ["migrate", "--noinput"], folder, address))
        finally:
            connection.execute(f'DROP DATABASE "{name}"')


def first_answer(path: str, folder: Path, database: str) -> tuple[float, float]:
    """Start the web server; return the seconds of its first and its second answer once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws", "--workers-kill-timeout", "8"]
    server = subprocess.Popen(
        [sys.executable, *command, "marketplace.wsgi:application"],
        cwd=ROOT,
        env=environment("marketplace.settings.demo", folder, database),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        listening(port)
        return seconds(lambda: ask(port, path)), seconds(lambda: ask(port, path))
    finally:
        server.terminate()
        server.wait(20)


def listening(port: int) -> None:
    """Wait until somebody listens."""
    for _attempt in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("The server did not start.")


def ask(port: int, path: str) -> None:
    """Read one page; a page that says no is an answer too."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            answer.read()
    except HTTPError as error:
        error.read()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bare_settings.py").write_text(BARE_SETTINGS)
        (folder / "bare_urls.py").write_text(BARE_URLS)
        database = f"sqlite:///{folder / 'ours.sqlite3'}"
        kinds = {"ours": "marketplace.settings.demo", "bare": "bare_settings"}
        checks: dict[str, list[float]] = {kind: [] for kind in kinds}
        migrations: dict[str, list[float]] = {kind: [] for kind in kinds}
        run("marketplace.settings.demo", ["migrate", "--noinput"], folder, database)
        for _round in range(ROUNDS):
            for kind, settings in kinds.items():
                checks[kind].append(seconds(lambda s=settings: run(s, ["check"], folder, database)))
                migrations[kind].append(migrate(settings, folder))
        for title, found in [("manage.py check", checks), ("migrate an empty database", migrations)]:
            ours, bare = statistics.median(found["ours"]), statistics.median(found["bare"])
            print(f"{title}: ours {ours:.2f} s, bare {bare:.2f} s, ratio {ours / bare:.2f} (goal 1.5)")
        answers = [first_answer("/catalog/", folder, database) for _round in range(ROUNDS)]
        first, second = (statistics.median(column) for column in zip(*answers, strict=True))
        print(f"first answer of a fresh worker: {first:.2f} s, second {second:.3f} s (goal 1 s)")


if __name__ == "__main__":
    main()
