"""Words that would run if a page did not escape them, stored in every text that the world has, each with its number."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.utils import DatabaseError
from django.http import HttpResponseBase

from core.encryption import EncryptedTextField
from tests.access import asking, seeing
from tests.access.world import World

PAYLOADS = {
    "tag": '"><img src=x onerror=go({n})>',
    "script": "</textarea></title></script><script>go({n})</script>",
    "attribute": "' onfocus=go({n}) autofocus x=\" onfocus=go({n}) autofocus",
    "link": "javascript:go({n})//<svg/onload=go({n})>",
    "template": "{{ 7 }}{% now %}<!--><body onload=go({n})>",
}
SHORT = "<b onclick=go({n})>"  # where no other has room
# Names by which rows are found and rules chosen, not words that somebody reads; a file is found by its path.
KEYS = re.compile(r"(^|_)(key|code|kind|verb|before|after|system|id|number|reference|path|type|checksum|password)$")
MARK = re.compile(r"go\((\d+)\)")


class Finder(HTMLParser):
    """Collects what would run: handlers in attributes, links that are scripts, scripts in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at each attribute, and remember whether a script begins."""
        given = dict(attrs)
        self._in_script = tag == "script" and given.get("type", "") not in {"application/json", "text/template"}
        for name, value in attrs:
            is_link = name in {"href", "src", "action", "formaction", "srcdoc", "data"}
            said = re.sub(r"[\s\x00-\x1f]", "", (value or "").lower())
            if MARK.search(value or "") and (name.startswith("on") or (is_link and said.startswith("javascript:"))):
                self.runs.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        """A script ends."""
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        """What stands in a script runs."""
        if self._in_script and MARK.search(data):
            self.runs.append(data.strip()[:80])


def what_would_run(page: str) -> list[str]:
    """Return what of the stored words a browser would run in a page."""
    finder = Finder()
    finder.feed(page)
    finder.close()
    return finder.runs


def _texts(model: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    for each in model._meta.concrete_fields:
        is_text = isinstance(each, models.CharField | models.TextField)
        is_odd = isinstance(each, models.SlugField | models.EmailField | EncryptedTextField)
        if is_text and not is_odd and not each.choices and not each.unique and not KEYS.search(each.name):
            yield each


def _ours() -> Iterator[type[models.Model]]:
    for config in apps.get_app_configs():
        if config.path.startswith(str(settings.BASE_DIR)) and ".venv" not in config.path:
            yield from config.get_models()


def plant(payload: str) -> dict[int, str]:
    """Store the payload in every text of every row of ours that says something; return the fields by their numbers.

    Past every form and model: a page may not rest on what another one let in. What a constraint keeps out stays out.
    """
    _let_frozen_rows_change()
    planted = {}
    for model in _ours():
        for each in _texts(model):
            number = 1000 + len(planted)
            words = PAYLOADS[payload].replace("{n}", str(number))
            if each.max_length and len(words) > each.max_length:
                words = SHORT.replace("{n}", str(number))
            rows = model._base_manager.exclude(**{each.name: ""}).exclude(**{f"{each.name}__isnull": True})
            if (each.max_length or 999) >= len(words) and _changed(rows, each.name, words):
                planted[number] = f"{model._meta.label}.{each.name}"
    return planted


def _changed(rows: "models.QuerySet[Any]", name: str, words: str) -> bool:
    try:
        with transaction.atomic():
            return rows.update(**{name: words}) > 0
    except DatabaseError:
        return False


def _let_frozen_rows_change() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")


def met_by(role: str, world: World) -> Iterator[tuple[str, int, str]]:
    """What somebody meets who opens everything: each page's name, status and text."""
    client = asking.client_of(role, world)
    for name, path in seeing.paths(world, role):
        response: HttpResponseBase = asking.answer_to(client, "GET", path)
        is_page = response.get("Content-Type", "").startswith("text/html")
        body = b"" if not is_page else response.getvalue() if response.streaming else response.content
        yield name, response.status_code, body.decode()
