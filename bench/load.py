"""A small HTTP load: people who each send a few requests over one connection, so many at once. Loopback only."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

HOST = "127.0.0.1"
TIMEOUT = 60


@dataclass
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    body: bytes


class Browser:
    """One person's connection with cookies: keep-alive, no redirects followed."""

    def __init__(self, port: int, host: str, cookies: dict[str, str] | None = None) -> None:
        self.port, self.host = port, host
        self.cookies = dict(cookies or {})
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: str = "", *, retry: bool = True) -> Answer:
        """Send one request and read its answer; a connection that the server closed meanwhile is opened anew."""
        try:
            return await asyncio.wait_for(self._ask(method, path, body), TIMEOUT)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            if not retry:
                raise
            return await asyncio.wait_for(self._ask(method, path, body), TIMEOUT)

    async def _ask(self, method: str, path: str, body: str) -> Answer:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(HOST, self.port)
        assert self.reader is not None
        data = body.encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}",
            "X-Forwarded-Proto: https",
            f"Referer: https://{self.host}{path}",
            "Accept-Language: zh-CN",
        ]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(data)}"]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + data)
        await self.writer.drain()
        return await self._read()

    async def _read(self) -> Answer:
        assert self.reader is not None
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
            elif name:
                headers[name.lower()] = value
        if headers.get("transfer-encoding") == "chunked":
            parts = []
            while size := int((await self.reader.readline()).strip(), 16):
                parts.append(await self.reader.readexactly(size))
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
            return Answer(status, headers, b"".join(parts))
        return Answer(status, headers, await self.reader.readexactly(int(headers.get("content-length", "0"))))

    def close(self) -> None:
        """Hang up."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


@dataclass
class Round:
    """What a round of people came to: seconds of each, and what each was told."""

    seconds: float
    web: float = 0.0
    own: float = 0.0
    database: float = 0.0
    times: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """People a second."""
        return len(self.times) / self.seconds

    def centile(self, percent: int, kind: str = "") -> float:
        """Seconds below which that share of the people lies; of those told ``kind`` where it is given."""
        chosen = sorted(t for t, a in zip(self.times, self.answers, strict=True) if not kind or a.startswith(kind))
        return chosen[min(len(chosen) - 1, len(chosen) * percent // 100)] if chosen else float("nan")


Visit = Callable[[], Awaitable[str]]


async def _run(visits: Sequence[Visit], at_once: int) -> Round:
    waiting = asyncio.Queue[Visit]()
    for visit in visits:
        waiting.put_nowait(visit)
    found = Round(0)

    async def one() -> None:
        while not waiting.empty():
            visit = waiting.get_nowait()
            started = time.monotonic()
            try:
                answer = await visit()
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                answer = f"failed: {type(error).__name__}"
            found.times.append(time.monotonic() - started)
            found.answers.append(answer)

    started = time.monotonic()
    await asyncio.gather(*(one() for _ in range(at_once)))
    found.seconds = time.monotonic() - started
    return found


def surge(visits: Sequence[Visit], at_once: int) -> Round:
    """Let all of them come, so many at once."""
    return asyncio.run(_run(visits, at_once))


def median(values: Sequence[float]) -> float:
    """The middle of them."""
    return statistics.median(values)
