"""The pages of the loop, each as its person, in Chinese and English, on a phone and on a desk.

Axe finds nothing (on the phone in Chinese, on the desk in English), nothing scrolls sideways, nothing comes from
another host, the console stays silent, and a first visit costs at most fifteen requests and 150 kB without photos.
A page is loaded once per language; the window changes.
"""

import gzip
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request, Response
from playwright.sync_api import Error as BrowserError

from marketplace.demo_logins import PASSWORD
from tests.browser.conftest import DESK, PHONE
from tests.proving import in_turn
from tests.tour import WHO, Stop, stops

SMALL_PHONE = {"width": 320, "height": 640}
MAX_BYTES = 150_000
MAX_REQUESTS = 15
ZIPPED = ("text/css", "javascript", "image/svg+xml")
_sizes: dict[str, int] = {}


@pytest.fixture(scope="module")
def tour(demo_site) -> dict[str, list[Stop]]:
    """The pages by person; read once, before Playwright's loop asks for them."""
    known = stops()
    return {who: [stop for stop in known if stop.who == who] for who in WHO}


class Ear:
    """Hears what a page asks for and complains about."""

    def __init__(self, page: Page, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        page.on("request", self.hear)
        page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, request: Request) -> None:
        self.requests.append(request)

    def forget(self) -> None:
        self.requests.clear()
        self.complaints.clear()

    def size(self, request: Request) -> int:
        """What travels: pages as they are, static texts packed as WhiteNoise keeps them, photos not at all."""
        answer = request.response()
        if answer is None or 300 <= answer.status < 400:
            return 0
        kind = answer.headers.get("content-type", "")
        if kind.startswith("image/") and "svg" not in kind:
            return 0
        if request.url not in _sizes or request.resource_type == "document":
            _sizes[request.url] = self._weigh(request, answer, is_zipped=any(one in kind for one in ZIPPED))
        return _sizes[request.url]

    @staticmethod
    def _weigh(request: Request, answer: Response, *, is_zipped: bool) -> int:
        """Weigh the body, or what the network counted where Chromium has let go of the body: never less."""
        try:
            body = answer.body()
        except BrowserError:
            return request.sizes()["responseBodySize"]
        return len(gzip.compress(body) if is_zipped else body)

    def wrongs(self, status: int) -> list[str]:
        """Return what is wrong with what was heard."""
        elsewhere = [one.url for one in self.requests if urlsplit(one.url).netloc not in (self.host, "")]
        size = sum(self.size(one) for one in self.requests if not one.url.startswith("data:"))
        complaints = [one for one in self.complaints if not (status == 404 and "404" in one)]
        return [
            *[f"asks {url}" for url in elsewhere],
            *[f"console: {one}" for one in complaints],
            *([f"{size} bytes"] if size > MAX_BYTES else []),
            *([f"{len(self.requests)} requests"] if len(self.requests) > MAX_REQUESTS else []),
        ]


def axe(page: Page) -> list[str]:
    """Return axe's findings; its script goes into the page once and stays while the window changes."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:150]}" for rule in found["violations"] for node in rule["nodes"]]


def is_too_wide(page: Page) -> bool:
    """Tell whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def lost_ways(page: Page) -> list[str]:
    """Return where a main button leads that cannot be seen at this width, unless another link leads there."""
    found: list[str] = page.evaluate("""() => {
        const seen = new Set([...document.querySelectorAll("a")].filter(a => a.checkVisibility()).map(a => a.href));
        const wanted = [...document.querySelectorAll("main a.btn-primary:not([href^='#'])")];
        return wanted.map(a => a.href).filter(href => !seen.has(href));
    }""")
    return [f"no way to {urlsplit(url).path} can be seen" for url in found]


def look(page: Page, ear: Ear, stop: Stop, code: str) -> list[str]:
    """Load one page in one language and look at it in three widths; return what is wrong."""
    page.set_viewport_size(PHONE)
    ear.forget()
    path = f"{stop.path}{'&' if '?' in stop.path else '?'}lang={code}"
    answer = page.goto(path)
    assert answer is not None
    wanted = 404 if stop.name == "404" else 200
    found = [] if answer.status == wanted else [f"answers {answer.status}"]
    found += ear.wrongs(answer.status)
    found += [f"375 {line}" for line in [*(axe(page) if code == "zh-hans" else []), *lost_ways(page)]]
    found += ["375 scrolls sideways"] if is_too_wide(page) else []
    page.set_viewport_size(SMALL_PHONE)
    found += ["320 scrolls sideways"] if is_too_wide(page) else []
    page.set_viewport_size(DESK)
    found += [f"1280 {line}" for line in [*(axe(page) if code == "en" else []), *lost_ways(page)]]
    found += ["1280 scrolls sideways"] if is_too_wide(page) else []
    return [f"{stop.who or 'anybody'}, {stop.name} ({path}): {line}" for line in found]


@pytest.fixture
def enter(browser, demo_site, sign_in) -> Iterator[Any]:
    """A function that opens a browser for a person of the demo, signed in: ``enter("office")``."""
    opened: list[BrowserContext] = []

    def open_page(who: str, **options: Any) -> Page:
        context = browser.new_context(base_url=demo_site, viewport=PHONE, timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(15_000)
        opened.append(context)
        page = context.new_page()
        if who:
            sign_in(page, f"{who}@demo.test", PASSWORD)
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize(
    ("who", "lang"),
    in_turn([pytest.param(who, lang, id=f"{who or 'anybody'}-{lang}") for who in WHO for lang in ("zh-hans", "en")], 2),
)
def test_pages_of_the_loop_keep_their_promises(enter, demo_site, tour, who, lang):
    page = enter(who)
    ear = Ear(page, demo_site)

    found = [line for stop in tour[who] for line in look(page, ear, stop, lang)]

    assert found == []


@pytest.mark.parametrize(
    "who", in_turn(["", "guardian", "office", "ngo", "finance"], 2), ids=lambda who: who or "anybody"
)
def test_pages_in_the_dark_can_be_read(enter, tour, who):
    page = enter(who, color_scheme="dark")

    found = []
    for stop in tour[who]:
        page.goto(stop.path)
        found += [f"{stop.path}: {line}" for line in axe(page)]

    assert found == []


@pytest.mark.parametrize("name", ["sign-up", "ticket", "my page", "review"])
def test_large_text_fits_a_small_phone(enter, tour, name):
    page = enter("guardian")
    page.set_viewport_size(SMALL_PHONE)
    [path] = [stop.path for stop in tour["guardian"] if stop.name == name]

    page.goto(f"{path}?text=large")

    assert page.locator("html[data-text=large]").count() == 1
    assert not is_too_wide(page)
    assert axe(page) == []
