"""What every test may use: the database, a fixed moment, browsers' absence, small helpers."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.core.cache import caches
from django.db import connections
from django.utils import translation

from core import memory
from tests import database
from tests.fakes.stripe_server import CONNECT_SECRET, KEY, SECRET, FakeStripe, running

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # Tuesday 24 November 2026, 10:00 in Tianjin
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


@pytest.fixture
def fresh_db(django_db_setup: str, django_db_blocker, worker: str) -> Iterator[str]:
    """A database of the test's own with real commits, for threads and for broken rows; dropped afterwards."""
    with django_db_blocker.unblock():
        before = connections["default"].settings_dict["NAME"]
        copy = database.make_copy(django_db_setup, f"fresh_{worker}")
        database.point_at(copy)
        yield copy
        connections.close_all()
        database.remove_copy(copy)
        database.point_at(before)


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, by marker, what the chosen target does not hold; ``-m`` on the command line decides alone."""
    if config.getoption("-m"):
        return
    unwanted = {"browser", "services", "prove"}
    if "postgres" not in os.environ.get("DATABASE_URL", ""):
        unwanted.add("postgresql")
    kept = [item for item in items if not unwanted.intersection(mark.name for mark in item.iter_markers())]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept
