"""Somebody at a real browser: finds the way by links, fills forms in, and writes down whatever is wrong on the way."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Locator, Page, Request, Response

PASSWORD = "demo-city-2026"
STARTS = ("/workbench/", "/catalog/", "/inbox/")
MOST_CLICKS, MOST_PAGES = 4, 25
# Ends of a walk: other people's business, files, and what changes the page instead of leading on.
NOT_FOLLOWED = re.compile(r"^/(cms|accounts|documents|static|media|style-guide)/|/export/|[?&](lang|text|age|sort)=")

_LINKS = """all => all.map(a => a.getAttribute("href").startsWith("#") ? "" : a.href)"""
_QUESTIONS = """forms => forms.map(form => {
    const hidden = [...form.querySelectorAll("input[type=hidden]")];
    const asked = new URLSearchParams(hidden.map(one => [one.name, one.value]));
    return form.method === "get" && asked.size ? form.action.split("?")[0] + "?" + asked : "";
})"""
_FORMS = """forms => forms.map(form => ({
    post: form.method === "post",
    action: new URL(form.getAttribute("action") || "", location.href).pathname,
    names: [...form.elements].map(one => one.name),
}))"""


def _address(url: str) -> str:
    """Return path and question of an address."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _nearness(link: str, target: str) -> int:
    """Tell how much a link's address looks like the way to the target; one thing is nearer than a page about many."""
    words = set(filter(None, re.split(r"[/?&=]", target)))
    here = set(filter(None, re.split(r"[/?&=]", link)))
    return 2 * len(words & here) - len(here - words) + 3 * any(word[-1].isdigit() for word in here)


class BrowserVisitor:
    """A person who signed in with their own browser; ``wrong`` collects what no page may do."""

    def __init__(self, page: Page, email: str, site: str) -> None:
        self.page = page
        self.host = urlsplit(site).netloc
        self.wrong: list[str] = []
        self.known: dict[str, list[str]] = {}
        self.pages = 0
        page.on("request", self._note_request)
        page.on("response", self._note_response)
        page.on("console", lambda message: message.type == "error" and self._note(message.text))
        page.on("pageerror", lambda error: self._note(str(error)))
        page.goto("/")
        self._click("/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form:has(input[name=password]) button").first.click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        self._arrived()

    def _note(self, what: str) -> None:
        self.wrong.append(f"{_address(self.page.url)}: {what}")

    def _note_request(self, request: Request) -> None:
        if request.url.startswith("http") and urlsplit(request.url).netloc != self.host:
            self._note(f"asks another host for {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.url} answers {response.status}")

    def _arrived(self) -> None:
        """Look at the page as it stands now."""
        self.pages += 1
        assert self.page.viewport_size is not None
        if self.page.evaluate("document.documentElement.scrollWidth") > self.page.viewport_size["width"]:
            self._note("scrolls sideways")
        self.known[_address(self.page.url)] = self._links()

    def _links(self) -> list[str]:
        """Return where the links of this page lead on this site, in the page's order."""
        found = self.page.eval_on_selector_all("main a[href]", _LINKS)
        found += self.page.eval_on_selector_all("header a[href]", _LINKS)
        found += self.page.eval_on_selector_all("main form", _QUESTIONS)
        return list(dict.fromkeys(_address(url) for url in found if urlsplit(url).netloc == self.host))

    def _click(self, address: str) -> None:
        """Click the link, or the button of the form that asks for it; open the menu that it lies in."""
        ways = {"a[href]": (_LINKS, "xpath=."), "main form": (_QUESTIONS, "button:not([type=button])")}
        for part, (question, pressed) in ways.items():
            for position, url in enumerate(self.page.eval_on_selector_all(part, question)):
                way = self.page.locator(part).nth(position).locator(pressed).first
                if url and _address(url).partition("?next=")[0] == address and self._shown(way):
                    way.click()
                    self.page.wait_for_load_state()
                    return
        raise AssertionError(f"No link to {address} can be seen on {self.page.url}")

    @staticmethod
    def _shown(part: Locator) -> bool:
        """Tell whether a person sees it, opening what it is folded into."""
        if not part.is_visible():
            for folded in part.locator("xpath=ancestor::details[not(@open)]/summary").all():
                folded.click()
        return part.is_visible()

    def _follow(self, trail: list[str]) -> None:
        """Go to a starting page and from there link by link."""
        self.page.goto(trail[0])
        self._arrived()
        for address in trail[1:]:
            self._click(address)
            self._arrived()

    def reach(self, target: str) -> None:
        """Go to a page by clicking: from where one is, else from a starting page, in four clicks at most.

        Raises:
            AssertionError: no way of links leads there.
        """
        if _address(self.page.url) == target or target in STARTS:
            self._follow([target])
        elif target in self._links():
            self._click(target)
            self._arrived()
        elif not self._go_back_to(target):
            self._search(target)

    def _go_back_to(self, target: str) -> bool:
        """Go the way that one has seen before, if it still leads there."""
        trails = [[start] for start in STARTS]
        for trail in trails:
            links = self.known.get(trail[-1], [])
            if target in links:
                try:
                    self._follow(trail)
                except AssertionError:  # a link of the way is gone by now
                    return False
                if found := target in self._links():
                    self._click(target)
                    self._arrived()
                return found
            if len(trail) < MOST_CLICKS:
                trails += [[*trail, link] for link in links if link in self.known and link not in trail]
        return False

    def _search(self, target: str) -> None:
        """Look for the page as a person would: the most promising link first."""
        waiting = [[start] for start in STARTS]
        tried: set[str] = set()
        while waiting and len(tried) < MOST_PAGES:
            waiting.sort(key=lambda trail: (len(trail) > 1, -_nearness(trail[-1], target), len(trail)))
            trail = waiting.pop(0)
            if trail[-1] in tried:
                continue
            tried.add(trail[-1])
            self._follow(trail)
            links = self._links()
            if target in links:
                self._click(target)
                self._arrived()
                return
            if len(trail) < MOST_CLICKS:
                waiting += [[*trail, link] for link in links if not NOT_FOLLOWED.search(link)]
        raise AssertionError(f"No way to {target} within {MOST_CLICKS} clicks; looked at {sorted(tried)}")

    def open(self, path: str) -> str:
        """Find a page and return its text."""
        self.reach(path)
        return self.page.content()

    def send(self, path: str, fields: dict[str, Any] | None = None, *, action: str = "", button: str = "") -> str:
        """Find a page, fill in its form and press the button; return the address where that leads."""
        self.reach(path)
        form = self._form(set(fields or {}), action)
        for name, value in (fields or {}).items():
            self._fill(form, name, value)
        pressed = form.locator(f"[name={button}]" if button else "button:not([type=button])").first
        assert self._shown(pressed), f"No button to press on {self.page.url}"
        if form.locator("xpath=ancestor::*[@data-upload and @data-waiting]").count():
            return self._tap(form, pressed)
        with self.page.expect_navigation() as going:
            pressed.click()
        self._arrived()
        complaint = self.page.locator(".error-summary")
        told = complaint.inner_text() if complaint.count() else self.page.title()
        assert going.value.request.redirected_from, f"{path} came back: {told}"
        return urlsplit(self.page.url).path

    def _tap(self, form: Locator, pressed: Locator) -> str:
        """Press what the page does at once and sends by itself; wait until it is sent."""
        words, verb = f"{form.get_attribute('action')} was not taken", form.get_attribute("data-verb")
        row = form.locator("xpath=ancestor::li").get_attribute("id")
        pressed.click()
        self.page.locator('[data-upload][data-waiting="0"]').wait_for(state="attached")
        assert self.page.locator(f"#{row}").get_attribute("data-state") == verb, words
        return urlsplit(self.page.url).path

    def _form(self, names: set[str], action: str) -> Locator:
        forms = self.page.eval_on_selector_all("form", _FORMS)
        for position, form in enumerate(forms):
            fits = form["action"].endswith(action) if action else names and names <= set(form["names"])
            if form["post"] and fits:
                return self.page.locator("form").nth(position)
        raise AssertionError(f"No form for {action or names} on {self.page.url}: {forms}")

    def _fill(self, form: Locator, name: str, value: Any) -> None:
        fields = form.locator(f'[name="{name}"]')
        kind = fields.first.evaluate("one => one.tagName === 'SELECT' ? 'select' : one.type")
        if kind in {"checkbox", "radio"}:
            wanted = {str(one) for one in (value if isinstance(value, list) else [value])}
            for box in fields.all():
                box.set_checked(box.get_attribute("value") in wanted or (kind == "checkbox" and value == "on"))
        elif kind == "select":
            fields.select_option(str(value))
        elif kind == "file":
            fields.set_input_files(_files(value))
        else:
            assert self._shown(fields.first), f"{name} cannot be seen on {self.page.url}"
            fields.fill(str(value))


def _files(*given: SimpleUploadedFile) -> Any:
    return [{"name": one.name, "mimeType": one.content_type, "buffer": one.read()} for one in given]


def findings(visitors: dict[str, BrowserVisitor]) -> Iterator[str]:
    """Return what anybody wrote down."""
    for role, visitor in visitors.items():
        yield from (f"{role} at {line}" for line in visitor.wrong)
