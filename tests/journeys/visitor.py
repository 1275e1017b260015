"""Somebody at a browser, without one: opens pages over HTTP, finds a form, fills it in, sends it.

A real browser offers the same two words, ``open`` and ``send``, so the steps of ``loop.py`` serve both.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from django.test import Client

from users.models import User


class Visitor(Protocol):
    """What the steps need of somebody at a browser."""

    def open(self, path: str) -> str:
        """Open a page and return its text."""

    def send(self, path: str, fields: dict[str, Any] | None = None, *, action: str = "", button: str = "") -> str:
        """Fill in a page's form and send it; return the address where that leads."""


@dataclass
class Form:
    """A form of a page: where it goes, and what it would send untouched."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    """Collects the forms that a browser would post."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Form] = []
        self.form: Form | None = None
        self.select, self.text = "", ""
        self.first_option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = given.get("method", "get").lower() == "post"
            self.form = Form(urljoin(self.path, given.get("action") or self.path)) if is_post else None
        if self.form is None:
            return
        name = given.get("name", "")
        if name:
            self.form.names.add(name)
        if tag == "input" and name:
            self._input(self.form, name, given)
        elif tag == "select":
            self.select, self.first_option = name, None
        elif tag == "option" and self.select:
            if "selected" in given:
                self.form.fields.setdefault(self.select, []).append(given.get("value", ""))
            self.first_option = given.get("value", "") if self.first_option is None else self.first_option
        elif tag == "textarea":
            self.text = name
            self.form.fields.setdefault(name, [""])

    @staticmethod
    def _input(form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in {"submit", "button", "file", "image", "reset"}:
            return
        if kind in {"checkbox", "radio"} and "checked" not in given:
            return
        form.fields.setdefault(name, []).append(given.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        if self.form is not None and self.text:
            self.form.fields[self.text] = [self.form.fields[self.text][0] + data]

    def handle_endtag(self, tag: str) -> None:
        if self.form is None:
            return
        if tag == "form":
            self.found.append(self.form)
            self.form = None
        elif tag == "select":
            if self.select not in self.form.fields and self.first_option is not None:
                self.form.fields[self.select] = [self.first_option]
            self.select = ""
        elif tag == "textarea" and self.text:
            self.form.fields[self.text] = [self.form.fields[self.text][0].removeprefix("\n")]
            self.text = ""


class HttpVisitor:
    """A person who signed in, over Django's test client with its checks of forgery switched on."""

    def __init__(self, user: User, language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"accept-language": language})
        self.client.force_login(user)

    def open(self, path: str) -> str:
        """Open a page, wherever it leads."""
        response = self.client.get(path, follow=True)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return response.content.decode()

    def send(self, path: str, fields: dict[str, Any] | None = None, *, action: str = "", button: str = "") -> str:
        """Fill in the form whose address ends in ``action``, or the one that has the fields, and send it.

        What is not filled in goes as the page had it, the hidden fields too.
        """
        parser = _Forms(path)
        parser.feed(self.open(path))
        form = self._choose(parser.found, set(fields or {}), action)
        data: dict[str, Any] = {**form.fields, **(fields or {})}
        if button:
            data[button] = "1"
        response = self.client.post(form.action, data)
        page = response.content.decode()
        errors = page.partition('class="error-summary"')[2][:1500]
        assert response.status_code == 302, f"{form.action}: {response.status_code} {errors or page[:1500]}"
        return urlsplit(response["location"]).path

    @staticmethod
    def _choose(forms: list[Form], names: set[str], action: str) -> Form:
        for form in forms:
            if form.action.endswith(action) if action else names and names <= form.names:
                return form
        raise AssertionError(f"No form for {action or names} among {[(f.action, sorted(f.names)) for f in forms]}")
