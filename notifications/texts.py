"""Text messages: one small interface, behind which each city's provider stands.

``SMS_URL`` chooses: ``console://`` prints, ``file:///folder`` writes a file for each, ``https://…`` asks a gateway. A
provider that speaks otherwise is one class more, named by the setting ``SMS_BACKEND``.
"""

import json
import sys
import uuid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.utils.module_loading import import_string

TIMEOUT_SECONDS = 10


class Texts(Protocol):
    """What a provider of text messages can do."""

    def send(self, phone: str, body: str, *, key: str) -> None:
        """Send the words to a number such as ``+8613800000000``. ``key`` is the same when a text is tried again.

        Raises:
            OSError: it did not go out; it is tried again later.
        """


class Console:
    """Prints each text. For trying out."""

    def send(self, phone: str, body: str, *, key: str) -> None:
        """Print it."""
        sys.stdout.write(f"{phone}: {body}\n")


class Files:
    """Writes each text into a file of its own in the folder of ``SMS_URL``. For trying out."""

    def send(self, phone: str, body: str, *, key: str) -> None:
        """Write it."""
        folder = Path(unquote(urlsplit(settings.SMS_URL).path))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{key}-{uuid.uuid4().hex[:8]}.txt").write_text(f"{phone}\n{body}\n", encoding="utf-8")


class _StayHere(HTTPRedirectHandler):
    """Follows no redirect: codes and the gateway's secret go to the address that the operator wrote, or nowhere."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Let the redirect be an error."""


class Gateway:
    """Posts JSON ``{"to", "text", "key"}`` to ``SMS_URL``, with ``SMS_TOKEN`` as bearer. 2xx means: taken."""

    def send(self, phone: str, body: str, *, key: str) -> None:
        """Ask the gateway to send it."""
        request = Request(  # noqa: S310  the address is the operator's
            settings.SMS_URL,
            data=json.dumps({"to": phone, "text": body, "key": key}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {settings.SMS_TOKEN}"},
        )
        with build_opener(_StayHere).open(request, timeout=TIMEOUT_SECONDS):
            pass


_BY_SCHEME: dict[str, type[Texts]] = {"console": Console, "file": Files, "https": Gateway, "http": Gateway}


def backend() -> Texts:
    """Return the provider that the settings name.

    Raises:
        KeyError: ``SMS_URL`` begins with no known scheme.
    """
    if settings.SMS_BACKEND:
        chosen: Texts = import_string(settings.SMS_BACKEND)()
        return chosen
    known: Texts = _BY_SCHEME[urlsplit(settings.SMS_URL).scheme]()
    return known
