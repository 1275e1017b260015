"""Real Chromium against the real site: a server thread on the test's own database, and a page that fails loudly.

``page`` comes from pytest-playwright; ``live_site`` is the server. A journey asks for both and uses relative
addresses: ``page.goto("/catalog/")``. Rows are made with the factories as everywhere else; they are committed.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests import database

# Playwright's synchronous interface runs a loop in this thread; the tests' own queries are no danger to it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium. Its absence is a failure, never a skipped test."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: install it (apt-get install chromium) or name it in CHROMIUM."
    launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
    yield launched
    launched.close()


class _StaticServer(ThreadedWSGIServer):
    """Requests in threads, each with connections of its own."""

    daemon_threads = True

    def close_request(self, request: Any) -> None:
        connections.close_all()
        super().close_request(request)


class _SiteThread(LiveServerThread):
    """The site with its static files."""

    def _create_server(self, connections_override: Any = None) -> _StaticServer:
        return _StaticServer((self.host, self.port), QuietWSGIRequestHandler, allow_reuse_address=False)


@contextmanager
def serving() -> Iterator[str]:
    """Serve the site on the database that the settings name now; gives its address."""
    thread = _SiteThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait(10)
    if thread.error:
        raise thread.error
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()


@pytest.fixture
def live_site(fresh_db: str) -> Iterator[str]:
    """The address of a running site on a database of the test's own."""
    with serving() as address:
        yield address


@pytest.fixture(scope="session")
def todays_city(django_db_setup: str, django_db_blocker: Any, worker: str) -> Iterator[str]:
    """A small demo city of today, as the browser's clock has it: a database to be copied, built once a process."""
    with django_db_blocker.unblock():
        before = connections["default"].settings_dict["NAME"]
        city = database.make_copy(django_db_setup, f"todays_{worker}")
        database.point_at(city)
        call_command("seed_demo", seed=1, scale=0.05, stdout=StringIO())
        database.come_to_rest()
        database.point_at(before)
        yield city
        database.remove_copy(city)


@pytest.fixture(scope="module")
def demo_site(todays_city: str, django_db_blocker: Any, worker: str) -> Iterator[str]:
    """The address of a running site with a small demo city, for tests that only look."""
    with (
        django_db_blocker.unblock(),
        database.on_copy(todays_city, f"site_{worker}"),
        serving() as address,
    ):
        yield address


@pytest.fixture
def new_person(browser: Browser, live_site: str) -> Iterator[Any]:
    """A function that opens a browser of its own for one more person: ``new_person(lang="en", **options)``."""
    opened: list[BrowserContext] = []

    def open_page(*, lang: str = "zh", viewport: Any = None, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_site,
            locale="zh-CN" if lang == "zh" else "en-GB",
            viewport=viewport or PHONE,
            timezone_id="Asia/Shanghai",
            **options,
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture
def page(new_person: Any) -> Page:
    """One person's browser: a phone, in Chinese."""
    return new_person()


@pytest.fixture
def sign_in() -> Any:
    """A function that signs a person in through the login page: ``sign_in(page, "ngo@demo.test")``."""

    def through_login(page: Page, email: str, password: str = "demo-city-2026") -> None:
        page.goto("/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", password)
        page.locator(
            "form:has(input[name=password]) button[type=submit], form:has(input[name=password]) button"
        ).first.click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    return through_login


def violations(page: Page, exclude: tuple[str, ...] = ()) -> list[str]:
    """Return axe's findings on the page as it is now, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context={"exclude": [[part] for part in exclude]} if exclude else None)
    return [
        f"{rule['id']}: {node['html'][:150]} — {node['failureSummary'][:200]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


@pytest.fixture
def axe() -> Any:
    """A function that returns what axe finds on a page: ``assert axe(page) == []``."""
    return violations
