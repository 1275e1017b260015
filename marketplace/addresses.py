"""The addresses of the site as data, for ``list_urls``, the guards and the table of access."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ANY = "(guarded by its own package)"


@dataclass(frozen=True)
class Address:
    """One address: its pattern as written in ``urls.py``, its name, its view and what that declares."""

    pattern: str
    name: str
    view: Callable[..., Any]

    @property
    def methods(self) -> list[str]:
        """The methods that the view answers; nothing for views of other packages."""
        return list(getattr(self.view, "methods", []))

    @property
    def policy(self) -> str:
        """The name of the view's policy."""
        policy = getattr(self.view, "policy", None)
        return getattr(policy, "__name__", ANY)

    @property
    def is_ours(self) -> bool:
        """Whether the view is this project's own."""
        return getattr(self.view, "policy", None) is not None


def _readable(pattern: str) -> str:
    """Write a regular expression's places as other patterns write them."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).removeprefix("^").removesuffix("$")


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Address]:
    for item in patterns:
        path = prefix + _readable(str(item.pattern))
        if isinstance(item, URLResolver):
            inner = ":".join(filter(None, [namespace, item.namespace]))
            yield from _walk(item.url_patterns, path, inner)
        elif isinstance(item, URLPattern):
            name = ":".join(filter(None, [namespace, item.name or ""]))
            yield Address(f"/{path}", name, item.callback)


def all_addresses() -> list[Address]:
    """Return every address of the site, those of other packages too, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, "", ""))
