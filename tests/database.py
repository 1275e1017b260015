"""Test databases: the migrations run once, their result is kept by a hash of all migration files and copied.

On SQLite the copy is a file in ``TEST_CACHE_DIR``; on PostgreSQL a template database. So a run starts in under a
second, the triggers and Wagtail's rows are there, and a test that needs real commits takes a copy of its own
instead of Django's flush, which the append-only triggers would refuse.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.utils import CursorWrapper

from tests import emptying

THIRD_PARTY = ["Django", "wagtail", "django-allauth", "django-simple-history", "django-taggit"]


def migrations_hash() -> str:
    """Return a name for the schema: it changes with any app, migration file of ours and release of the others'."""
    digest = hashlib.sha256()
    for name in THIRD_PARTY:
        digest.update(f"{name}=={version(name)}".encode())
    digest.update(" ".join(sorted(settings.INSTALLED_APPS)).encode())
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if folder.is_relative_to(settings.BASE_DIR) and ".venv" not in folder.parts:
            for file in sorted([*folder.glob("migrations/*.py"), *folder.glob("triggers.py")]):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    settings.TEST_CACHE_DIR.mkdir(parents=True, exist_ok=True)
    with Path(settings.TEST_CACHE_DIR, f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def point_at(name: str) -> None:
    """Make the default connection use another database; open connections are closed first."""
    connection = connections["default"]
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


def is_sqlite() -> bool:
    """Tell which database the run is against."""
    return connections["default"].vendor == "sqlite"


def come_to_rest() -> None:
    """Leave the database that the default connection points at, so that it can be copied."""
    if is_sqlite():
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()


def _migrate_into(name: str) -> None:
    point_at(name)
    call_command("migrate", verbosity=0, interactive=False)
    come_to_rest()


def template() -> str:
    """Return the name of the migrated template database, building it if these migrations are new."""
    name = f"youth_menu_{migrations_hash()}"
    with _one_at_a_time(f"{name}_{connections['default'].vendor}"):
        return _sqlite_template(name) if is_sqlite() else _postgresql_template(name)


def _sqlite_template(name: str) -> str:
    file = Path(settings.TEST_CACHE_DIR, f"{name}.sqlite3")
    if not file.exists():
        building = file.with_suffix(".building")
        for leftover in file.parent.glob(f"{building.name}*"):
            leftover.unlink()
        _migrate_into(str(building))
        building.rename(file)
    return str(file)


@contextmanager
def _maintenance() -> Iterator[CursorWrapper]:
    """A cursor on the maintenance database, outside any transaction; afterwards the connection points where it did."""
    before = connections["default"].settings_dict["NAME"]
    point_at("postgres")
    try:
        with connections["default"].cursor() as cursor:
            yield cursor
    finally:
        point_at(before)


def _execute(*statements: str) -> None:
    with _maintenance() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _exists(name: str) -> bool:
    with _maintenance() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _postgresql_template(name: str) -> str:
    if not _exists(name):
        _execute(f'DROP DATABASE IF EXISTS "{name}_building"', f'CREATE DATABASE "{name}_building"')
        _migrate_into(f"{name}_building")
        _execute(f'ALTER DATABASE "{name}_building" RENAME TO "{name}"')
    return name


def make_copy(source: str, name: str) -> str:
    """Return the name of a fresh copy of the template."""
    if is_sqlite():
        target = Path(settings.TEST_CACHE_DIR, f"{name}.sqlite3")
        remove_copy(str(target))
        shutil.copyfile(source, target)
        return str(target)
    with _one_at_a_time(f"copy_{source}"):
        _execute(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
            f'CREATE DATABASE "{name}" TEMPLATE "{source}"',
            f'ALTER DATABASE "{name}" SET synchronous_commit TO off',  # no test pulls the server's plug
        )
    return name


def remove_copy(name: str) -> None:
    """Drop a copy."""
    if is_sqlite():
        for file in Path(name).parent.glob(f"{Path(name).name}*"):
            file.unlink()
    else:
        _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def on_copy(source: str, name: str) -> Iterator[str]:
    """Work on a copy of a database: the default connection points there meanwhile, and the copy is dropped after."""
    before = connections["default"].settings_dict["NAME"]
    copy = make_copy(source, name)
    point_at(copy)
    try:
        yield copy
    finally:
        connections.close_all()
        point_at(before)
        remove_copy(copy)


class OwnCopies:
    """Copies of one template for tests that commit, one after the other.

    A file of SQLite is copied each time; a database of PostgreSQL is emptied and used again while its schema is whole.
    """

    def __init__(self, source: str, name: str) -> None:
        self._source, self._name = source, name
        self._fingerprint = ""  # of the schema of the copy at hand; none is at hand yet

    @contextmanager
    def one(self) -> Iterator[str]:
        """Work on a copy: the default connection points there meanwhile."""
        if is_sqlite():
            with on_copy(self._source, self._name) as copy:
                yield copy
            return
        before = connections["default"].settings_dict["NAME"]
        if not self._fingerprint:
            make_copy(self._source, self._name)
        point_at(self._name)
        self._fingerprint = self._fingerprint or emptying.keep()
        try:
            yield self._name
        finally:
            connections.close_all()
            self._tidy()
            point_at(before)

    def _tidy(self) -> None:
        point_at(self._name)  # a test may have pointed elsewhere
        if emptying.fingerprint() == self._fingerprint:
            emptying.empty()
        else:
            self._fingerprint = ""

    def remove(self) -> None:
        """Drop the copy at hand."""
        if not is_sqlite():
            remove_copy(self._name)
