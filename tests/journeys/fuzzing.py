"""Sends to every address what nobody should send. The seed is fixed: a failure names the request, and comes again."""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from marketplace.addresses import Address, all_addresses
from tests.access import asking
from tests.access.world import ROLES as EVERYBODY
from tests.access.world import World
from tests.journeys.visitor import _Forms

ROLES = ("anonymous", "guardian", "office", "ngo", "officer")
NAMES = (
    *("q", "page", "region", "theme", "age", "sort", "tab", "group", "fund", "status", "kind", "next", "from", "copy"),
    *("programme", "sessions", "guardian", "just", "as", "lang", "text", "token", "free", "price", "when", "line"),
)
VALUES = (
    *("", " ", "0", "-1", "1e5", "10" * 15, "9" * 5000, "１２", "²", "٣", "NaN", "Infinity", "0x10", "1,000", "1.5"),
    *("2026-02-30", "9999-12-31", "0001-01-01", "2026-13-01T25:61", "24:00", "99:99", "明天"),
    *("not-a-uuid", "00000000-0000-0000-0000-000000000000", "{urn:uuid}", "on", "true", "None", "null", "[]", "{}"),
    *(
        "a\x00b",
        "\x00",
        "\ufffe\uffff",
        "\u202e\u200b\ufeff",
        "e\u0301",
        "𠮷😀",
        "\r\nX-Evil: 1",
        "<script>alert(1)</script>",
    ),
    *("{{ 7 }}{% now %}", "%s%(a)s%", "' OR 1=1 --", "../../etc/passwd", "//evil.example/", "javascript:go()"),
    *("<script>alert(1)</script>", "=1+1", "字" * 3000, "x" * 20_000, "zh-hans", "xx-yy", "?a=b&c", "\\", "%00", "%zz"),
)
RAW = ("%ff%fe", "%ed%a0%80", "%00", "q=%00", "=", "&&&", "%", "q[]=1&q[a]=2", "page=" + "9" * 5000, "a" * 3000)
HOSTILE_IDS = ("0", "9223372036854775807", "9223372036854775808", "9" * 40, "9" * 5000)
HOSTILE_WORDS = ("x", "-", "_" * 300, "admin", "none", "0", "9" * 40, "BC-2026-9999")


@dataclass
class Request:
    """One request, so that a failure can be told and tried again."""

    role: str
    method: str
    path: str
    data: dict[str, list[str]] = field(default_factory=dict)
    body: tuple[bytes, str] | None = None  # instead of the data: bytes and their content type

    def __str__(self) -> str:
        shown = {name: [value[:60] for value in values] for name, values in self.data.items()}
        return f"{self.role} {self.method} {self.path[:200]!r} {self.body or shown}"


def _hostile_path(address: Address, world: World, dice: random.Random) -> str | None:
    """The address with something else in its places, where its pattern lets it through."""
    known = asking.places(address)
    if not known:
        return None
    values = {name: value(world) for name, value in known.items() if value}
    name = dice.choice(sorted(values))
    is_number = isinstance(values[name], int) and f"<bigint:{name}>" in address.pattern
    values[name] = dice.choice(HOSTILE_IDS if is_number else HOSTILE_WORDS)
    if is_number:  # reverse() refuses what no address of ours can hold; somebody's address bar does not
        written = re.sub(r"<(?:\w+:)?(\w+)>", lambda place: str(values[place[1]]), address.pattern)
        return quote(written)
    try:
        return reverse(address.name, kwargs=values)
    except NoReverseMatch:
        return None


def _fields(page: str, path: str) -> list[dict[str, list[str]]]:
    """The forms of a page, as a browser would send them untouched; names without a value have an empty one."""
    parser = _Forms(path)
    parser.feed(page)
    return [{name: form.fields.get(name, [""]) for name in sorted(form.names)} for form in parser.found] or [{}]


def _spoilt(fields: dict[str, list[str]], dice: random.Random) -> dict[str, list[str]]:
    """The form with one field, several or all of them spoilt, left out or doubled."""
    names = sorted(fields)
    chosen = dice.sample(names, dice.choice([min(1, len(names)), len(names) // 2, len(names)])) if names else []
    sent = {name: list(values) for name, values in fields.items()}
    for name in chosen:
        kind = dice.random()
        if kind < 0.1:
            del sent[name]
        elif kind < 0.2:
            sent[name] = [*sent[name], dice.choice(VALUES)]
        else:
            sent[name] = [dice.choice(VALUES)]
    if dice.random() < 0.3:
        sent[dice.choice([*NAMES, "add", "add_step", "submit", "form-TOTAL_FORMS"])] = [dice.choice(VALUES)]
    return sent


def _bodies(dice: random.Random) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    multipart = b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\\ud800 +2AA-\r\n--B--\r\n'
    return dice.choice(
        [
            (b"", form),
            (b"\xff\xfe\x00=%ff&a=%00", form),
            (b"a=1", f"{form}; charset=utf-16"),
            (b"{}", "application/json"),
            (b"--B\r\n", "multipart/form-data; boundary=B"),
            (b"no boundary", "multipart/form-data"),
            (multipart % b"name", "multipart/form-data; boundary=B"),
            (multipart % b"reason", "multipart/form-data; boundary=B; charset=unicode_escape"),
            (multipart % b"text", "multipart/form-data; boundary=B; charset=utf-7"),
        ]
    )


def addresses() -> list[Address]:
    """Every address of ours, and those of other packages that have no places to fill."""
    others = [
        each for each in all_addresses() if not each.is_ours and "<" not in each.pattern and "(" not in each.pattern
    ]
    simple = [each for each in others if re.fullmatch(r"[\w/.-]+", each.pattern)]
    return [each for each in [*asking.our_addresses(), *simple] if "logout" not in each.pattern]


def is_open(address: Address, role: str) -> bool:
    """Tell whether the role may open it by the table of access; of other packages' the superuser may open each."""
    if not address.is_ours:
        return role == "superuser"
    column = asking.table()[role]
    return "may" in {column.get((address.name, method)) for method in address.methods}


def deal() -> Iterator[tuple[Address, set[str]]]:
    """Every address with two people in turn: one who may open it, so that its form is filled in, and one of five."""
    for number, address in enumerate(addresses()):
        welcome = [role for role in EVERYBODY if is_open(address, role)] or EVERYBODY
        yield address, {welcome[number % len(welcome)], ROLES[number % len(ROLES)]}


def requests(
    role: str, client: Client, world: World, dice: random.Random, rounds: Iterable[tuple[Address, int]]
) -> Iterator[Request]:
    """What one person sends to each address so many times: looks with odd questions, forms with odd answers."""
    for address, times in rounds:
        path = asking.path_of(address, world) if address.is_ours else address.pattern
        forms: list[dict[str, list[str]]] = [{}]
        if "GET" in address.methods or not address.is_ours:
            forms = _fields(_page(client, path), path)
        for _ in range(times):
            asked = {name: dice.choice(VALUES) for name in dice.sample(NAMES, 8)}
            raw = dice.choice(RAW)
            yield Request(role, "GET", f"{path}?{raw if dice.random() < 0.15 else urlencode(asked)}")
            if (odd := _hostile_path(address, world, dice)) is not None and dice.random() < 0.4:
                yield Request(role, dice.choice(["GET", "POST"]), odd)
            if "POST" in address.methods or not address.is_ours:
                body = _bodies(dice) if dice.random() < 0.15 else None
                yield Request(role, "POST", path, _spoilt(dice.choice(forms), dice), body)


def _page(client: Client, path: str) -> str:
    with transaction.atomic():
        response = client.get(path)
        page = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    return page.decode(errors="replace")


def send(client: Client, request: Request) -> Any:
    """Send it, and undo whatever the answer changed."""
    with transaction.atomic():
        if request.method == "GET":
            response = client.get(request.path)
        elif request.body is not None:
            response = client.generic("POST", request.path, request.body[0], content_type=request.body[1])
        else:
            body = "&".join(f"{quote(n)}={quote(v)}" for n, values in request.data.items() for v in values)
            response = client.post(request.path, body, content_type="application/x-www-form-urlencoded")
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response
