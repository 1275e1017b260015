"""WeChat on loopback: exchanges codes for ids as its documentation says, and refuses with status 200 and errcode."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

APP, SECRET = "wx0123456789abcdef", "secret-of-this-test-run"


class FakeWeixin:
    """What it knows, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, object] = {}
        self.asked: list[dict[str, str]] = []

    def person(self, code: str, openid: str) -> str:
        """Let a code stand for a person; return the code."""
        self.answers[code] = {
            "access_token": f"token-{code}",
            "expires_in": 7200,
            "openid": openid,
            "scope": "snsapi_base",
        }
        return code


@contextmanager
def running() -> Iterator[FakeWeixin]:
    """Serve it."""
    fake = FakeWeixin()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            given = {name: values[0] for name, values in form.items()}
            fake.asked.append({"path": self.path, **given})
            known = given.get("appid") == APP and given.get("secret") == SECRET
            refusal = {"errcode": 40029, "errmsg": "invalid code"}
            answer = fake.answers.pop(given.get("code", ""), refusal) if known else {"errcode": 40125}
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()
