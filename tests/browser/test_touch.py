"""On a phone everything that is touched is as large as a fingertip, and nothing is cut: the loop's pages, each person.

Links inside a line of text are exempt, as WCAG 2.5.8 has it: their height is that of the line. A box to tick counts
with its label.
"""

import pytest

from tests import tour
from tests.browser.conftest import PHONE

SMALLEST = 44
# Where somebody looks, which controls are smaller than a fingertip, and are not words in a line.
TOO_SMALL = """smallest => {
    const shown = one => one.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const inLine = one => {
        if (getComputedStyle(one).display !== "inline") return false;
        let block = one.parentElement;
        while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
        const others = block.cloneNode(true);
        for (const link of others.querySelectorAll("a, button, svg, .visually-hidden")) link.remove();
        return /[^\\s·|,、，。]/.test(others.textContent);
    };
    const found = [];
    const touched = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    for (const one of document.querySelectorAll(touched)) {
        if (!shown(one) || one.disabled || one.closest(".visually-hidden, .skip, [inert]")) continue;
        const over = getComputedStyle(one, "::after");  // a link whose card is its target
        const target = /^(radio|checkbox)$/.test(one.type) ? one.closest("label") || one
            : over.content !== "none" && over.position === "absolute" ? one.offsetParent : one;
        const box = target.getBoundingClientRect();
        if (box.width + 0.5 >= smallest && box.height + 0.5 >= smallest) continue;
        if (box.width < 2 || inLine(one)) continue;
        const name = one.getAttribute("aria-label") || one.textContent.trim().slice(0, 30) || one.name;
        const size = `${Math.round(box.width)}×${Math.round(box.height)}`;
        found.push(`${one.tagName.toLowerCase()}.${one.className} “${name}” ${size}`);
    }
    return [...new Set(found)];
}"""


def small(page, path: str) -> list[str]:
    """Return what is too small on a page."""
    page.goto(path)
    return [f"{path}: {line}" for line in page.evaluate(TOO_SMALL, SMALLEST)]


@pytest.fixture(scope="module")
def pages(demo_site) -> list[tour.Stop]:
    """Every page of the loop; read before Playwright's loop asks for them."""
    return tour.stops()


@pytest.fixture
def phone(browser, demo_site):
    context = browser.new_context(base_url=demo_site, viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("who", tour.WHO)
def test_everything_that_is_touched_is_as_large_as_a_fingertip(phone, pages, sign_in, who):
    if who:
        sign_in(phone, f"{who}@demo.test")

    found = [line for stop in pages if stop.who == who for line in small(phone, stop.path)]

    assert found == []


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("who", ["", "guardian", "office", "ngo", "league"])
def test_every_link_of_the_navigation_is_in_sight(phone, sign_in, who, lang):
    if who:
        sign_in(phone, f"{who}@demo.test")
    phone.goto(f"{'/workbench/' if who not in ('', 'guardian') else '/'}?lang={lang}")

    ends = phone.eval_on_selector_all(
        ".head a, .head summary", "all => all.map(one => one.getBoundingClientRect().right)"
    )

    assert len(ends) > 5
    assert max(ends) <= PHONE["width"]
