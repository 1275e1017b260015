"""What stands between the server and Django."""

import gc
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import get_resolver
from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def _decodes(charset: str) -> bool:
    """Whether a character set of this name turns any bytes into text."""
    try:
        b"\xff".decode(charset, errors="replace")
    except (LookupError, UnicodeError):
        return False
    return True


def with_readable_header(application: Application) -> Application:
    """Leave out a character set that decodes nothing: Django fails on one before it has a request to answer."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        kind, options = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        if "charset" in options and not _decodes(options["charset"]):
            boundary = options.get("boundary")
            environ["CONTENT_TYPE"] = f"{kind}; boundary={boundary}" if boundary else kind
        return application(environ, start_response)

    return answer


def in_one_piece(application: Application) -> Application:
    """Hand a page to the server as the one piece that it is, so that it need not come back for more; files stream."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = application(environ, start_response)
        if not isinstance(response, HttpResponse):
            return response
        pieces = [response.content]
        response.close()
        return pieces

    return answer


def settle() -> None:
    """Load what the first request would load, and tell the garbage collector that what is there now stays.

    Looking through all of Django again and again was a fifth of what a request cost.
    """
    get_resolver()._populate()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
