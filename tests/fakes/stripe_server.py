"""A stand-in for Stripe on loopback that behaves: what its public documentation says of keys, errors and events.

It answers in threads, keeps the first answer to an idempotency key (a 500 as well), says 409 while a twin is under
way, acts before or after the line goes dead, gives lists in pages, and signs webhooks. When and how often those
arrive is the test's business: ``events`` has them all, ``signed`` makes what Stripe would post.
"""

import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.stripe_objects import Books, Refusal

KEY, SECRET, CONNECT_SECRET = "sk_test_fake", "whsec_platform", "whsec_connect"
# What may go wrong with one request. ``late``: the line goes dead first, and Stripe acts a moment afterwards.
FAULTS = ("drop_before", "drop_after", "error_before", "error_after", "late", "busy", "down")
LATE_SECONDS = 0.05


class Dead(Exception):
    """The line goes dead without an answer."""


@dataclass
class Answer:
    """What goes back."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request as Stripe sees it."""

    method: str
    path: str
    params: dict[str, Any]
    key: str = ""
    account: str = ""

    @property
    def print(self) -> str:
        """What a second request with the same key has to be equal in."""
        return json.dumps([self.path, self.account, self.params], sort_keys=True)


def no_fault(asked: Asked) -> str:
    """Nothing goes wrong unless a test says so."""
    return ""


def error(status: int, kind: str, message: str, **more: str) -> Answer:
    """An error in Stripe's form."""
    return Answer(status, {"error": {"type": kind, "message": message, **more}})


class FakeStripe:
    """The service: its books, its memory of keys, and what is to go wrong next."""

    def __init__(self) -> None:
        self.books = Books()
        self.faults: deque[str] = deque()
        self.chance: Callable[[Asked], str] = no_fault
        self.on_acted: Callable[[Asked], object] = id  # what a test does right after Stripe acted: nothing
        self.asked: list[Asked] = []
        self._kept: dict[str, tuple[str, Answer | None]] = {}
        self._lock = threading.Lock()
        self._late: list[threading.Thread] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address that takes the place of Stripe's API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event so far, oldest first, delivered or not."""
        return self.books.events

    def start(self) -> "FakeStripe":
        """Open the door."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close it."""
        self.settle()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settle(self) -> None:
        """Wait for what acts late."""
        for thread in list(self._late):
            thread.join()
        self._late.clear()

    def prune_keys(self) -> None:
        """Forget every idempotency key, as Stripe may after 24 hours."""
        with self._lock:
            self._kept.clear()

    def posts(self, part: str) -> list[Asked]:
        """The writing requests to addresses with this in them."""
        return [asked for asked in self.asked if asked.method == "POST" and part in asked.path]

    def answer(self, asked: Asked) -> Answer:
        """Answer one request, or let the line go dead."""
        with self._lock:
            self.asked.append(asked)
            fault = self.faults.popleft() if self.faults and asked.method == "POST" else self.chance(asked)
        if fault == "busy":
            return error(429, "invalid_request_error", "Too many requests.", code="rate_limit")
        if fault == "down":
            return Answer(503, {"error": {"type": "api_error", "message": "Down."}})
        if asked.method != "POST" or not asked.key:
            return self._perform(asked, fault)
        known = self._begin(asked)
        return known or self._perform(asked, fault)

    def _begin(self, asked: Asked) -> Answer | None:
        """Return what the key stands for already, or note that it is under way."""
        with self._lock:
            if asked.key not in self._kept:
                self._kept[asked.key] = (asked.print, None)
                return None
            print_then, kept = self._kept[asked.key]
            if print_then != asked.print:
                return error(400, "idempotency_error", "Keys can only be used with the same parameters.")
            if kept is None:
                return error(409, "idempotency_error", "Another request uses this key.", code="idempotency_key_in_use")
            return Answer(kept.status, kept.body, {"Idempotent-Replayed": "true"})

    def _keep(self, asked: Asked, answer: Answer | None) -> None:
        """Keep the first answer; what was never carried out (``None``) leaves the key free."""
        if asked.key and asked.method == "POST":
            with self._lock:
                if answer is None:
                    self._kept.pop(asked.key, None)
                else:
                    self._kept[asked.key] = (asked.print, answer)

    def _perform(self, asked: Asked, fault: str) -> Answer:
        if fault == "drop_before":
            self._keep(asked, None)
            raise Dead
        if fault == "late":
            thread = threading.Thread(target=self._act_late, args=(asked,), daemon=True)
            self._late.append(thread)
            thread.start()
            raise Dead
        broken = Answer(500, {"error": {"type": "api_error", "message": "Something went wrong."}})
        if fault == "error_before":
            self._keep(asked, broken)
            return broken
        answer = self._act(asked)
        if fault == "error_after":
            answer = broken
            self._keep(asked, broken)
        with suppress(ProcessLookupError):
            self.on_acted(asked)
        if fault == "drop_after":
            raise Dead
        return answer

    def _act_late(self, asked: Asked) -> None:
        time.sleep(LATE_SECONDS)
        self._act(asked)

    def _act(self, asked: Asked) -> Answer:
        """Do it. A refusal for what was asked frees the key; one that came from doing it is kept like any answer."""
        try:
            with self._lock:
                answer = Answer(200, self.books.act(asked.method, asked.path, asked.params, asked.account))
        except Refusal as refusal:
            answer = error(refusal.status, "invalid_request_error", str(refusal), code=refusal.code)
            self._keep(asked, answer if refusal.was_carried_out else None)
            return answer
        self._keep(asked, answer)
        return answer

    def signed(
        self, event: dict[str, Any], *, secret: str = "", at: float | None = None, changed: bool = False
    ) -> tuple[bytes, str]:
        """The body that Stripe would post for an event, and its signature; ``changed`` alters the body afterwards."""
        body = json.dumps(event).encode()
        stamp = int(time.time() if at is None else at)
        secret = secret or (CONNECT_SECRET if event.get("account") else SECRET)
        code = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if changed:
            body = body.replace(b'"livemode"', b'"livemode" ')
        return body, f"t={stamp},v1={code}"


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Read ``a[b][0]=c`` as Stripe does."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.replace("]", "").split("[")
        place = found
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return found


def _handler(fake: FakeStripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = Asked(
                self.command,
                url.path,
                nested(parse_qsl(url.query if self.command == "GET" else body, keep_blank_values=True)),
                self.headers.get("Idempotency-Key", ""),
                self.headers.get("Stripe-Account", ""),
            )
            try:
                if self.headers.get("Authorization") != f"Bearer {KEY}":
                    answer = error(401, "invalid_request_error", "Invalid API Key provided.")
                else:
                    answer = fake.answer(asked)
            except Dead:
                self.close_connection = True
                return
            content = json.dumps(answer.body).encode()
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    for verb in ("GET", "POST"):
        setattr(Handler, f"do_{verb}", Handler._serve)
    return Handler


@contextmanager
def running() -> Iterator[FakeStripe]:
    """A server for the length of a block."""
    fake = FakeStripe().start()
    try:
        yield fake
    finally:
        fake.stop()
