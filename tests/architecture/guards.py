"""What the guards look for. Each returns one line of complaint per breach; ``test_guards.py`` proves that they bite."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

LAYERS = {
    "marketplace": 10,
    "cms": 9,
    "dashboards": 9,
    "privacy": 9,
    "api": 9,
    "orders": 8,
    "volunteering": 7,
    "activities": 6,
    "concerns": 5,
    "safeguarding": 5,
    "catalog": 5,
    "funding": 5,
    "people": 4,
    "organisations": 3,
    "notifications": 2,
    "users": 1,
    "core": 0,
}
# Inside an app: a module may import those of its own step and of the steps before. What is not listed is a topic of
# the domain, such as ``ledger.py``: it stands with ``services``, and models may use it for their words.
STEPS = {
    "models": 0,
    "policies": 1,
    "lifecycle": 2,
    "services": 2,
    "queries": 2,
    "forms": 3,
    "views": 4,
    "api": 4,
    "admin": 4,
    "tasks": 4,
    "receivers": 4,
    "templatetags": 4,
    "management": 4,
    "urls": 5,
}
TOPIC_STEP = 2
WRITES = {"save", "delete", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
MAX_FILE, MAX_FUNCTION, MAX_TEMPLATE, MAX_APP, MAX_MODELS = 400, 50, 150, 4_000, 12
OVER_BUDGET = "Over budget:"  # a comment with these words and the reason allows a file or a function to be longer
# Why an app may be larger than that.
LARGE_APPS = {
    "activities": "sign-up, waiting list and check-in share the session's one row and its lock order",
    "orders": "twenty-five verbs of one lifecycle, each with its page; half of it would see only half of an order",
    "funding": "the ledger, what it moves and what it is moved by are one room; siblings could not see each other",
    "marketplace": "the demo city with its texts is more than half of it, and nobody imports it",
}


def apps() -> list[str]:
    """The apps that exist."""
    return [name for name in LAYERS if (ROOT / name / "__init__.py").exists()]


def sources(*folders: str, but: Iterable[str] = ("migrations",)) -> Iterator[tuple[str, str]]:
    """Path and text of each Python file below the folders."""
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = file.relative_to(ROOT)
            if not set(but) & set(path.parts):
                yield str(path), file.read_text(encoding="utf-8")


def templates() -> Iterator[tuple[str, str]]:
    """Path and text of each template of ours."""
    for app in apps():
        for file in sorted((ROOT / app / "templates").rglob("*")):
            if file.is_file():
                yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")


def imports(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a file imports, also inside functions; relative names are resolved."""
    package = path.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{start}.{alias.name}"


def upward_imports(path: str, text: str) -> list[str]:
    """Imports of an app on the same layer or a higher one."""
    app = path.partition("/")[0]
    return [
        f"{path}:{line} {app} (L{LAYERS[app]}) imports {name} (L{LAYERS[other]})"
        for line, name in imports(path, text)
        if (other := name.partition(".")[0]) in LAYERS and other != app and LAYERS[other] >= LAYERS[app]
    ]


def upward_relations(edges: Iterable[tuple[str, str, str]]) -> list[str]:
    """Foreign keys to an app on the same layer or a higher one; an edge is (app, app pointed at, name)."""
    return [
        f"{name}: {source} (L{LAYERS[source]}) points at {target} (L{LAYERS[target]})"
        for source, target, name in edges
        if source in LAYERS and target in LAYERS and source != target and LAYERS[target] >= LAYERS[source]
    ]


def wrong_order_inside(path: str, text: str) -> list[str]:
    """Imports inside one app against the order of its modules."""
    app, *rest = path.removesuffix(".py").split("/")
    if not rest or rest[0] in {"settings", "__init__", "apps"}:
        return []
    mine = STEPS.get(rest[0], TOPIC_STEP)
    found = []
    for line, name in imports(path, text):
        parts = name.split(".")
        if parts[0] == app and len(parts) > 1 and parts[1] in STEPS and STEPS[parts[1]] > mine:
            found.append(f"{path}:{line} {rest[0]} imports {parts[1]}, which comes after it")
    return found


def imports_of(module: str, files: Iterable[tuple[str, str]]) -> list[str]:
    """The files that import a module."""
    return sorted({path for path, text in files for _, name in imports(path, text) if name.partition(".")[0] == module})


def writes_in_view(path: str, text: str) -> list[str]:
    """Calls in a view that write rows: views call one function of the domain instead."""
    return [
        f"{path}:{node.lineno} a view calls .{node.func.attr}(...)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]


def takes_empty_for_a_look(path: str, text: str) -> list[str]:
    """Forms bound with ``request.POST or None``: an empty form sent would be taken for a look at the page."""
    return [
        f"{path}:{node.lineno} binds a form with request.POST or None; use core.forms.posted"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.BoolOp)
        and isinstance(node.values[0], ast.Attribute)
        and node.values[0].attr == "POST"
        and ast.unparse(node.values[-1]) == "None"
    ]


def is_view_file(path: str) -> bool:
    """Tell whether the file holds views."""
    parts = path.removesuffix(".py").split("/")
    return len(parts) > 1 and parts[1] == "views"


def too_long(path: str, text: str, limit: int = MAX_FILE) -> list[str]:
    """A file over its budget without a reason."""
    count = text.count("\n")
    return [f"{path} has {count} lines, over {limit}"] if count > limit and OVER_BUDGET not in text else []


def long_functions(path: str, text: str) -> list[str]:
    """Functions over their budget without a reason."""
    lines = text.splitlines()
    return [
        f"{path}:{node.lineno} {node.name} has {length} lines, over {MAX_FUNCTION}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION
        and OVER_BUDGET not in "\n".join(lines[node.lineno - 1 : node.end_lineno])
    ]


def inline_code(path: str, text: str) -> list[str]:
    """Scripts, styles and handlers inside a template: the security policy would block them."""
    patterns = {
        "a script": r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/(?:ld\+)?json)[^>]*>",
        "a style element": r"<style\b",
        "a style attribute": r"<[^>]*\sstyle\s*=",
        "an event handler": r"<[^>]*\son[a-z]+\s*=",
        "a javascript: address": r"javascript:",
    }
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1} holds {what}"
        for what, pattern in patterns.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


_FOREIGN = re.compile(
    r"""(?:\b(?:src|srcset|poster|action|data)\s*=\s*["']|<link\b[^>]*\bhref\s*=\s*["']|url\(\s*["']?|@import\s+["']|"""
    r"""\b(?:fetch|import)\(\s*["'`])\s*(?P<address>(?:https?:)?//[^"'\s)]+)""",
    re.IGNORECASE,
)


def foreign_hosts(path: str, text: str) -> list[str]:
    """Addresses that a browser would load from another host. Plain links that a person follows are fine."""
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1} loads {match['address']}"
        for match in _FOREIGN.finditer(text)
    ]


_FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)


def searches_people(path: str, text: str) -> list[str]:
    """Searches of the apps that know people by name whose words would stand in an address, and so in a log."""
    return [
        f"{path} searches people by an address"
        for form in _FORM.finditer(text)
        if path.startswith(("activities/", "concerns/", "people/", "safeguarding/", "users/", "volunteering/"))
        and 'type="search"' in form["body"]
        and 'method="post"' not in form["head"]
    ]


def without_policy(views: Iterable[tuple[str, Callable[..., object]]], guarded_elsewhere: tuple[str, ...]) -> list[str]:
    """Addresses whose view declares no policy; an item is (address, view)."""
    return [
        f"{address} -> {view.__module__}.{getattr(view, '__qualname__', view)}"
        for address, view in views
        if not view.__module__.startswith(guarded_elsewhere)
        and not (callable(getattr(view, "policy", None)) and getattr(view, "methods", None))
    ]


def unfinished_messages(path: str, catalogue: Iterable[object]) -> list[str]:
    """Messages of a catalogue that are not translated, or only guessed."""
    found = []
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)  # type: ignore[attr-defined]
        if message.id and (message.fuzzy or not all(strings)):  # type: ignore[attr-defined]
            found.append(f"{path}: {message.id!r}")  # type: ignore[attr-defined]
    return found


def singular(key: str | tuple[str, ...] | list[str]) -> str:
    """A message's id, for one with a plural that of the singular."""
    return key if isinstance(key, str) else key[0]


def conflicts(spoken: Iterable[tuple[tuple[str | None, str], str, object]]) -> list[str]:
    """Messages ``((context, id), who, translation)`` to which different catalogues give different words.

    All catalogues become one table, so the app that stands first would decide what another one's page says.
    """
    words: dict[tuple[str | None, str], dict[object, list[str]]] = {}
    for key, who, translation in spoken:
        words.setdefault(key, {}).setdefault(translation, []).append(who)
    return [
        f"{context or '-'} {text!r}: "
        + "; ".join(f"{translation} ({', '.join(who)})" for translation, who in said.items())
        for (context, text), said in words.items()
        if len(said) > 1
    ]
