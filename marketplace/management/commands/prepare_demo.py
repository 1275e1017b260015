"""``manage.py prepare_demo``: what ``make demo`` needs before it serves; each step only where something changed."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation

from marketplace import demo_logins
from organisations.models import Organisation

SEED, SCALE = 2026, 1


class Command(BaseCommand):
    """Prepare the embedded default: folders, migrations, static files, and the demo city where there is none."""

    help = "Migrate, collect static files and fill an empty demo city, each only where needed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what is missing."""
        for folder in ("messages", "control", "processed"):
            (settings.BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
        self._migrate()
        self._collect_static()
        if not Organisation.objects.exists():
            self._say("Building the demo city ...")
            call_command("seed_demo", seed=SEED, scale=SCALE, stdout=self.stdout)
        (settings.VAR_DIR / "welcome.txt").write_text(welcome("{site}"), encoding="utf-8")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say("Migrating the database (half a minute the first time) ...")
            call_command("migrate", verbosity=0, interactive=False)

    def _collect_static(self) -> None:
        stamp = settings.VAR_DIR / "static.stamp"
        print_now = static_fingerprint()
        if not stamp.exists() or stamp.read_text() != print_now:
            self._say("Collecting static files ...")
            call_command("collectstatic", verbosity=0, interactive=False)
            stamp.write_text(print_now)


def welcome(site: str) -> str:
    """Return what the terminal says once the site is up. The supervisor puts in the address, which may change."""
    lines = [
        "",
        f"  The demo city is open at {site}/",
        f"  menu {site}/catalog/   site admin {site}/cms/   components {site}/style-guide/",
        "",
        f"  Log in at {site}/accounts/login/ with the password {demo_logins.PASSWORD} as",
    ]
    for name, who in demo_logins.LOGINS:
        with translation.override("zh-hans"):
            chinese = str(who)
        with translation.override("en"):
            lines.append(f"    {name + '@demo.test':24} {who} {chinese}")
    return "\n".join([*lines, "", "  Ctrl-C stops everything; the data stays. `make demo-reset` starts over.", ""])


def static_fingerprint() -> str:
    """Return a text that changes when any static file does, judged by path, size and time."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
