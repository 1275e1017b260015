"""Who only looks while families sign up: the menu, the programme, the session and its places left; no login."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import load
from bench.server import HOST

LEFT = re.compile(r"(?:余|仅剩) (\d+) 位|已满")


@dataclass
class Readers:
    """The visits of those who look at one session, and how many places each was told of."""

    port: int
    programme: str
    session: int
    told: list[tuple[float, float, int]] = field(default_factory=list)  # asked at, answered at, places

    def visits(self, count: int) -> list[load.Visit]:
        """Return so many visits, of the three pages in turn."""
        pages = {
            "menu": "/catalog/",
            "programme": f"/catalog/{self.programme}/",
            "session": f"/sessions/{self.session}/",
        }
        kinds = list(pages.items())
        return [self._visit(*kinds[n % len(kinds)]) for n in range(count)]

    def _visit(self, kind: str, path: str) -> load.Visit:
        async def visit() -> str:
            browser, asked = load.Browser(self.port, HOST), time.monotonic()
            try:
                answer = await browser.ask("GET", path)
            finally:
                browser.close()
            if kind == "session":
                self._note(asked, answer.body.decode())
            return f"{kind} {answer.status}"

        return visit

    def _note(self, asked: float, page: str) -> None:
        found = LEFT.search(page)
        assert found is not None, "the session's page says nothing of its places"
        self.told.append((asked, time.monotonic(), int(found[1] or 0)))

    def told_more_than_before(self) -> int:
        """Count who asked after somebody else had the answer, and was told of more places; nobody gives any back."""
        return sum(
            any(earlier < asked and before < places for _asked, earlier, before in self.told)
            for asked, _answered, places in self.told
        )


def between(families: Sequence[load.Visit], readers: Sequence[load.Visit]) -> list[load.Visit]:
    """Return all visits, a reader after each so many families."""
    each, mixed = max(1, len(families) // len(readers)), []
    waiting = iter(readers)
    for number, family in enumerate(families, start=1):
        mixed.append(family)
        if number % each == 0:
            mixed += [one for one in [next(waiting, None)] if one]
    return mixed
