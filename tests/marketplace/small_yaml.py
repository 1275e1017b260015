"""The part of YAML that docker-compose.yml uses: block maps and lists, flow maps and lists, anchors and merges."""

import re
from typing import Any

_QUOTED = r"""\"(?:[^"\\]|\\.)*\"|'[^']*'"""
_PLAIN = r"(?:[^\s\[\]{},:\"']|:(?!\s|$))[^\[\]{},]*?(?=\s*(?:[\[\]{},]|:\s|:$|$))"
_TOKEN = re.compile(rf"\s*({_QUOTED}|[\[\]{{}},]|:(?=\s|$)|{_PLAIN})")


def _scalar(text: str) -> Any:
    if text[:1] in {'"', "'"}:
        return text[1:-1]
    return {"true": True, "false": False, "null": None, "": None}.get(text, int(text) if text.isdigit() else text)


def _flow(tokens: list[str]) -> Any:
    """Read one value from the front of the tokens."""
    token = tokens.pop(0)
    if token == "[":
        items = []
        while tokens[0] != "]":
            items.append(_flow(tokens))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return items
    if token == "{":
        found = {}
        while tokens[0] != "}":
            key = tokens.pop(0)
            assert tokens.pop(0) == ":", key
            found[_scalar(key)] = _flow(tokens)
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return found
    return _scalar(token)


def _value(text: str) -> Any:
    return _flow(_TOKEN.findall(text)) if text[:1] in {"[", "{"} else _scalar(text)


class _Reader:
    """Walks the lines of a document; anchors are kept by name."""

    def __init__(self, text: str) -> None:
        lines = (re.sub(r"(^|\s)#.*$", "", line).rstrip() for line in text.splitlines())
        self.lines = [(len(line) - len(line.lstrip()), line.strip()) for line in lines if line.strip()]
        self.anchors: dict[str, Any] = {}

    def block(self, indent: int) -> Any:
        if self.lines[0][1].startswith("- "):
            items = []
            while self.lines and self.lines[0][0] == indent and self.lines[0][1].startswith("- "):
                items.append(_value(self.lines.pop(0)[1][2:].strip()))
            return items
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while self.lines and self.lines[0][0] == indent:
            key, _, rest = self.lines.pop(0)[1].partition(":")
            value = self._after_key(indent, rest.strip())
            if key == "<<":
                merged = value
            else:
                assert key not in found, f"{key} stands twice"
                found[key] = value
        return {**merged, **found}

    def _after_key(self, indent: int, rest: str) -> Any:
        if rest.startswith("*"):
            return self.anchors[rest[1:]]
        anchor = ""
        if rest.startswith("&"):
            anchor, _, rest = rest[1:].partition(" ")
        is_nested = not rest and self.lines and self.lines[0][0] > indent
        value = self.block(self.lines[0][0]) if is_nested else _value(rest.strip())
        if anchor:
            self.anchors[anchor] = value
        return value


def load(text: str) -> Any:
    """Return the document."""
    reader = _Reader(text)
    document = reader.block(0)
    assert not reader.lines, f"not understood: {reader.lines[0][1]}"
    return document
