"""How the pages' admin searches: Chinese is found by its characters and their pairs, and no typed sign is an operator.

The database's own search knows words between blanks, and Chinese has none: the text is stored as characters and pairs,
and what is asked for becomes pairs as well. On SQLite an odd quotation mark would be an error.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from django.db import connection
from modelsearch.backends.base import BaseSearchBackend
from modelsearch.query import And, Phrase, PlainText

MAX_TERMS = 30
_MODULES = {
    "sqlite": "modelsearch.backends.database.sqlite.sqlite",
    "postgresql": "modelsearch.backends.database.postgres.postgres",
}
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_OPERATORS = re.compile(r"[\"*:^(){}\[\]\\'&|!<>~%]")


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


def stored(text: str) -> str:
    """Return a text as the index holds it: each character and each pair beside the words."""
    return _CHINESE.sub(lambda run: f" {' '.join([*run[0], *_pairs(run[0])])} ", text)


def asked(text: str) -> str:
    """Return what was typed as words that the index can hold; nothing where nothing can be found."""
    words = _CHINESE.sub(lambda run: f" {' '.join(_pairs(run[0]) or run[0])} ", _OPERATORS.sub(" ", text))
    return " ".join(words.split()[:MAX_TERMS])


def _readable(query: Any) -> Any:
    if isinstance(query, str):
        return asked(query)
    if isinstance(query, PlainText | Phrase):
        words = asked(query.query_string)
        return words and PlainText(words, operator="and")
    if isinstance(query, And):
        parts = [part for part in map(_readable, query.subqueries) if part]
        return And(parts) if parts else ""
    return query


class ChineseSearch:
    """Sits before the database's own search."""

    def _search(self, compiler: type, query: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._search(compiler, _readable(query), *args, **kwargs)  # type: ignore[misc]


def _store_pairs(module: ModuleType) -> None:
    """Let the package's reader of objects give the index our form of each text."""
    plain: Callable[[Any, Any], str] = module.ObjectIndexer.prepare_value
    module.ObjectIndexer.prepare_value = lambda self, value: (
        stored(value) if isinstance(value, str) else plain(self, value)
    )


@cache
def _kind(vendor: str) -> type[BaseSearchBackend]:
    module = import_module(_MODULES[vendor])
    _store_pairs(module)
    return type("SearchBackend", (ChineseSearch, module.SearchBackend), {})


def SearchBackend(params: dict[str, Any]) -> BaseSearchBackend:  # noqa: N802  the name that Wagtail asks for
    """Return the search of the database in use."""
    return _kind(connection.vendor)(params)
