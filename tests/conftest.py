"""What every test may use: the database, a fixed moment, browsers' absence, small helpers."""

import gc
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.db import connections, transaction
from django.utils import translation

from core import memory
from tests import database, migrating
from tests.fakes.stripe_server import CONNECT_SECRET, KEY, SECRET, FakeStripe, running

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # Tuesday 24 November 2026, 10:00 in Tianjin
HERE = Path(__file__).parent
WHOLE_SITE = frozenset({"access", "bin", "journeys", "marketplace"})  # folders of tests that ask every app at once
DEAD_MAIL = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(scope="session")
def worker() -> str:
    """A name that no other test process of this machine uses."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, worker: str) -> Iterator[str]:
    """A copy of the migrated template for this process."""
    with django_db_blocker.unblock():
        source = database.template()
        copy = database.make_copy(source, f"test_{worker}")
        database.point_at(copy)
        yield source
        connections["default"].close()
        database.remove_copy(copy)


@pytest.fixture(scope="session")
def own_copies(django_db_setup: str, worker: str) -> Iterator[database.OwnCopies]:
    """Databases that one test at a time has for itself."""
    copies = database.OwnCopies(django_db_setup, f"fresh_{worker}")
    yield copies
    copies.remove()


@pytest.fixture
def fresh_db(own_copies: database.OwnCopies, django_db_blocker) -> Iterator[str]:
    """A database of the test's own with real commits, for threads; nothing of it stays afterwards."""
    with django_db_blocker.unblock(), own_copies.one() as copy:
        yield copy


@pytest.fixture
def back_again(fresh_db: str) -> Iterator[None]:
    """Whatever state of the migrations the test leaves, its database goes on as the newest."""
    yield
    migrating.to_the_newest()


@pytest.fixture
def breakable_db(request: pytest.FixtureRequest) -> None:
    """A database from which a test may take triggers and constraints away, to break rows; nothing of it stays."""
    request.getfixturevalue("fresh_db" if database.is_sqlite() else "db")  # SQLite alters no table in a transaction
    if not database.is_sqlite():
        with connections["default"].cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL alters no table with checks outstanding


@pytest.fixture(scope="session")
def demo_city(django_db_setup: str, django_db_blocker, worker: str) -> Iterator[str]:
    """A small demo city of the fixed moment: a database to be copied. It takes 15 seconds, once a process."""
    from marketplace.demo.build import seed  # the factories import this file, and most runs need no city

    with django_db_blocker.unblock():
        before = connections["default"].settings_dict["NAME"]
        city = database.make_copy(django_db_setup, f"demo_{worker}")
        database.point_at(city)
        seed(seed=7, scale=0.03, now=NOW)
        database.come_to_rest()
        database.point_at(before)
        yield city
        database.remove_copy(city)


@pytest.fixture(scope="module")
def in_demo_city(demo_city: str, django_db_blocker, worker: str) -> Iterator[str]:
    """The demo city in a copy of the file's own; look at it at ``NOW``."""
    with django_db_blocker.unblock(), database.on_copy(demo_city, f"in_demo_{worker}") as copy:
        yield copy


@pytest.fixture(scope="session")
def world_city(django_db_setup: str, django_db_blocker, worker: str) -> Iterator[tuple[str, Any]]:
    """The world of the table of access, built once a process: a database to be copied, and what is in it."""
    from tests.access.world import NOW_THERE, make_world  # the world imports this file

    with django_db_blocker.unblock():
        before = connections["default"].settings_dict["NAME"]
        city = database.make_copy(django_db_setup, f"world_{worker}")
        database.point_at(city)
        with time_machine.travel(NOW_THERE, tick=False), translation.override("en"), transaction.atomic():
            world = make_world()
            connections["default"].run_on_commit.clear()  # as in a test of its own, nothing follows
        database.come_to_rest()
        database.point_at(before)
        yield city, world
        database.remove_copy(city)


@pytest.fixture(scope="module")
def in_world(world_city: tuple[str, Any], django_db_blocker, worker: str) -> Iterator[Any]:
    """The world in a copy of the file's own."""
    city, world = world_city
    with django_db_blocker.unblock(), database.on_copy(city, f"in_world_{worker}"):
        yield world


@pytest.fixture
def world(in_world: Any, db: None) -> Iterator[Any]:
    """The world at its moment; what a test changes in it is undone, in the database and in hand."""
    with time_machine.travel(NOW, tick=False):
        yield type(in_world)(**deepcopy(vars(in_world)))


@pytest.fixture(autouse=True)
def _clean_slate() -> Iterator[None]:
    """Each test starts in English with an empty cache; pages are asked for in Chinese where that matters."""
    for each in caches.all(initialized_only=True):
        each.clear()
    memory.forget()
    with translation.override("en"):
        yield


@pytest.fixture
def mail_is_down(settings) -> Callable[[], None]:
    """Nobody answers at the mail server's port, until the test calls this."""
    back = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = DEAD_MAIL, "127.0.0.1", 1

    def repair() -> None:
        settings.EMAIL_BACKEND = back

    return repair


@pytest.fixture
def stripe(settings) -> Iterator[FakeStripe]:
    """The site uses Stripe, and a stand-in on loopback takes Stripe's place."""
    with running() as fake:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = KEY, fake.url
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET, CONNECT_SECRET]
        yield fake


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen unless they say otherwise."""
    return NOW


@pytest.hookimpl(tryfirst=True)  # before ``-m`` is asked
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, by marker, what the chosen target does not hold; ``-m`` on the command line decides alone."""
    for item in items:
        if item.path.relative_to(HERE).parts[0] in WHOLE_SITE or item.get_closest_marker("race"):
            item.add_marker("slow")
    if config.getoption("-m"):
        return
    unwanted = {"browser", "services", "prove"}
    if "postgres" not in os.environ.get("DATABASE_URL", ""):
        unwanted.add("postgresql")
    is_unwanted = [not unwanted.isdisjoint(mark.name for mark in item.iter_markers()) for item in items]
    config.hook.pytest_deselected(items=[item for item, out in zip(items, is_unwanted, strict=True) if out])
    items[:] = [item for item, out in zip(items, is_unwanted, strict=True) if not out]


def pytest_collection_finish() -> None:
    """What is imported and collected stays: the garbage collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()
