"""Every page that a person of the demo city can reach by links: it opens, axe finds nothing, nothing scrolls sideways.

The walk starts at the person's own pages and follows links; of each view it looks at one page in each of two guises.
What the tour shows is looked at in test_pages.py and only read here. Each day every person walks in one guise.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from marketplace.demo_logins import LOGINS, PASSWORD
from tests import tour
from tests.browser.conftest import DESK, PHONE, violations
from tests.marketplace import reading
from tests.proving import in_turn

GUISES = [("zh-hans", PHONE), ("en", DESK)]
STARTS = ["/", "/workbench/", "/my/"]
LOGIN_NAMES = ["", *[name for name, _who in LOGINS]]
# Other people's pages, files, and what ends the walk.
NOT_WALKED = ("/cms/", "/accounts/", "/documents/", "/static/", "/media/", "/workbench/export/")

_looked_at: set[tuple[str, str]] = set()


def view_name(path: str) -> str:
    """Return the view behind an address; pages of the site's editors count by their address."""
    match = resolve(path)
    return path if match.view_name in {"wagtail_serve", ""} or match.view_name is None else match.view_name


def links(page) -> list[str]:
    """Return where the page that is open links to."""
    return page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")


def within(address: str, hrefs: Iterable[str]) -> Iterator[str]:
    """Return the pages of this site among them."""
    for href in hrefs:
        parts = urlsplit(href)
        is_file = parts.path.endswith((".ics", ".xlsx", ".csv"))  # the browser would hand it to another program
        if href.startswith(address) and not parts.path.startswith(NOT_WALKED) and not is_file:
            yield parts.path


def links_of(page, path: str) -> Iterator[str]:
    """Return the same of a page that was looked at before: asked for as this person, without drawing it again."""
    answer = page.request.get(path)
    if "text/html" in answer.headers.get("content-type", ""):
        yield from (urljoin(answer.url, link) for link in reading.read(answer.text()).links)


def look(page, path: str, lang: str, width: int) -> list[str]:
    """Return what is wrong with one page."""
    answer = page.goto(f"{path}?lang={lang}")
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return []
    found = [f"{path} {lang} answers {answer.status}"] if answer.status >= 400 else []
    found += [f"{path} {lang}: {line}" for line in violations(page)]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append(f"{path} {lang} scrolls sideways")
    return found


def walk(page, address: str, lang: str, width: int) -> list[str]:
    """Look at one page of each view that links lead to; return what is wrong."""
    found, waiting, seen = [], list(STARTS), set()
    while waiting:
        path = waiting.pop(0)
        try:
            name = view_name(path)
        except Resolver404:
            found.append(f"{path} leads nowhere")
            continue
        if name in seen:
            continue
        seen.add(name)
        if (name, lang) in _looked_at:
            hrefs = links_of(page, path)
        else:
            _looked_at.add((name, lang))
            found += look(page, path, lang, width)
            hrefs = links(page)
        waiting += [link for link in within(address, hrefs) if link not in waiting]
    return found


@pytest.fixture(scope="module", autouse=True)
def _tour(demo_site):
    """The pages of the tour count as looked at; read before Playwright's loop asks for anything."""
    toured = {view_name(stop.path.partition("?")[0]) for stop in tour.stops() if stop.name != "404"}
    _looked_at.update((name, lang) for name in toured for lang, _viewport in GUISES)


def walks():
    """Return every person in each guise; every second one only under ``make test-browser ALL=1``."""
    for person, login in enumerate(LOGIN_NAMES):
        for number, guise in enumerate(GUISES):
            marks = [pytest.mark.prove] if person % 2 != number else []
            yield pytest.param(login, guise, id=f"{login or 'nobody'}-{guise[0]}", marks=marks)


@pytest.mark.parametrize(("login", "guise"), in_turn(list(walks()), 2))
def test_every_page_within_reach_is_sound(browser, demo_site, sign_in, login, guise):
    lang, viewport = guise
    context = browser.new_context(base_url=demo_site, viewport=viewport, accept_downloads=False)
    context.set_default_timeout(15_000)
    page = context.new_page()
    if login:
        sign_in(page, f"{login}@demo.test", PASSWORD)

    found = walk(page, demo_site, lang, viewport["width"])

    context.close()
    assert found == []
