"""Read a site as people of one language do: follow its links, and find words of the other language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

HANZI = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]+")
LATIN = re.compile(r"[A-Za-z][A-Za-z'’]+")
SPOKEN = ("title", "aria-label", "alt", "placeholder", "content")
SILENT = {"script", "style", "textarea", "code", "svg"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What is written in Latin letters in Chinese too: addresses, file types, the product's and the languages' own names.
NAMES = re.compile(
    r"津ICP备[0-9]+号|\S+@\S+|https?://\S+"
    r"|\bYouth Menu\b|\bEnglish\b|\b(?:PDF|JSON|JPEG|WebP|PNG|QR|CNY|MB|CSV|xlsx|Excel|WPS|Stripe|IP)\b"
    r"|\b[A-Z]{1,4}-?[0-9][\w-]*|\b[0-9A-Z]{4,}\b|(?:家长|孩子) [A-Z]{3}\b",  # pseudonyms
    re.ASCII,  # a Hanzi beside a word does not lengthen it
)


class Reader(HTMLParser):
    """Collect each text of a page with the language it is marked as, and the links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = [("", "")]
        self.texts: list[tuple[str, str]] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element: its language is its own or the one around it."""
        given = dict(attrs)
        lang = str(given["lang"] or "") if "lang" in given else self.open[-1][1]  # lang="": whatever people wrote
        if tag not in VOID:
            self.open.append((tag, lang))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        is_said = tag != "meta" or given.get("name") == "description"
        self.texts += [(lang, text) for name in SPOKEN if is_said and (text := given.get(name))]
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.texts.append((lang, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element of this name, and what was left open in it."""
        for index in range(len(self.open) - 1, 0, -1):
            if self.open[index][0] == tag:
                del self.open[index:]
                return

    def handle_data(self, data: str) -> None:
        """Keep a text that people read."""
        if data.strip() and not SILENT.intersection(tag for tag, _ in self.open):
            self.texts.append((self.open[-1][1], " ".join(data.split())))


def read(html: str) -> Reader:
    """Return a page's texts and links."""
    reader = Reader()
    reader.feed(html)
    return reader


def strays(language: str, texts: list[tuple[str, str]]) -> list[str]:
    """Texts that are marked as ``language`` and hold words of the other one."""
    if language == "en":
        return [text for lang, text in texts if lang.startswith("en") and HANZI.search(text)]
    return [text for lang, text in texts if lang.startswith("zh") and LATIN.search(NAMES.sub("", text))]


@dataclass
class Walk:
    """A walk over the site: at most ``each`` pages of one address pattern."""

    client: Client
    language: str
    each: int = 2
    limit: int = 400
    seen: dict[str, int] = field(default_factory=dict)

    def pages(self, *starts: str) -> Iterator[tuple[str, int, Reader]]:
        """Yield ``(path, status, page)`` of every HTML page that links lead to."""
        waiting, known = list(starts), set(starts)
        while waiting and self.limit:
            path = waiting.pop(0)
            if not (key := self._key(path)) or self.seen.get(key, 0) >= self.each:
                continue
            self.limit -= 1
            answer = self.client.get(path, headers={"accept-language": self.language})
            if answer.status_code in (301, 302):
                links = [answer["Location"]]
            elif "text/html" in answer.get("Content-Type", ""):
                page = read(answer.content.decode())
                links = page.links
                self.seen[key] = self.seen.get(key, 0) + (answer.status_code == 200)
                yield path, answer.status_code, page
            else:
                continue
            for link in (urljoin(path, link).partition("#")[0] for link in links):
                if link.startswith("/") and link not in known:
                    known.add(link)
                    waiting.append(link)

    def _key(self, path: str) -> str:
        """Return what pages of one kind have in common, or nothing for what is not a page of ours."""
        parts = urlsplit(path)
        try:
            match = resolve(parts.path)
        except Resolver404:
            return path
        if parts.path.startswith(("/cms/", "/static/", "/media/", "/accounts/logout/")):
            return ""
        asked = sorted(pair.partition("=")[0] for pair in parts.query.split("&"))
        return path if match.view_name == "wagtail_serve" else f"{match.view_name} {asked}"
