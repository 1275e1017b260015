"""A reader whose browser writes twice as large, on a phone: every page of the loop still fits its width."""

import pytest

from tests import tour
from tests.browser.conftest import PHONE

TWICE = {"fontSizes": {"standard": 32, "fixed": 26}}


@pytest.fixture(scope="module")
def pages(demo_site) -> list[tour.Stop]:
    """Every page of the loop; read before Playwright's loop asks for them."""
    return tour.stops()


@pytest.fixture
def phone(browser, demo_site):
    context = browser.new_context(base_url=demo_site, viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    context.new_cdp_session(page).send("Page.setFontSizes", TWICE)
    yield page
    context.close()


@pytest.mark.parametrize("who", tour.WHO)
def test_nothing_scrolls_sideways_with_letters_twice_as_large(phone, pages, sign_in, who):
    if who:
        sign_in(phone, f"{who}@demo.test")
    found = []
    for stop in (one for one in pages if one.who == who):
        for lang in ("zh-hans", "en"):
            phone.goto(f"{stop.path}{'&' if '?' in stop.path else '?'}lang={lang}")
            width = phone.evaluate("document.documentElement.scrollWidth")
            found += [] if width <= PHONE["width"] else [f"{stop.path} {lang}: {width}"]

    assert phone.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert found == []
