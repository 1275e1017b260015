"""Every string is translated: each app's Chinese catalogue is complete and in step with its source."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.architecture import guards

_MARKED = re.compile(r"\b_\(|gettext|{% *(?:translate|blocktranslate|trans|blocktrans)\b")


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def file_of(app: str) -> Path:
    return guards.ROOT / app / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def sources_of(app: str) -> Iterator[str]:
    for file in sorted((guards.ROOT / app).rglob("*")):
        if file.suffix in {".py", ".html", ".txt"} and "migrations" not in file.parts:
            yield file.read_text(encoding="utf-8")


def speaking_apps() -> list[str]:
    """The apps that show strings to people."""
    return [app for app in guards.apps() if any(_MARKED.search(text) for text in sources_of(app))]


@pytest.mark.slow
@pytest.mark.parametrize("app", speaking_apps())
def test_catalogue_is_complete(app):
    assert file_of(app).exists(), f"{app} has no Chinese catalogue"
    assert guards.unfinished_messages(app, catalogue(file_of(app))) == []


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))


@pytest.mark.slow
@pytest.mark.parametrize("app", speaking_apps())
def test_placeholders_are_the_same_in_both_languages(app):
    found = []
    for message in catalogue(file_of(app)):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = placeholders(ids[-1])
        for string in filter(None, strings):
            is_whole = placeholders(string) == wanted or (len(ids) > 1 and placeholders(string) < wanted)
            found += [] if is_whole else [f"{app}: {message.id!r}"]
    assert found == []


KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


Marked = tuple[str | None, str]


def strings_in_code(text: str) -> set[Marked]:
    """The strings that a Python source marks, with their contexts, plural forms by their singular."""
    found = extract("python", BytesIO(text.encode()), keywords=KEYWORDS)
    return {(context, message[0] if isinstance(message, tuple) else message) for _, message, _, context in found}


def strings_in_template(text: str) -> set[Marked]:
    """The strings that a template marks: Django turns it into code, whose indentation parentheses make harmless."""
    return strings_in_code(f"({templatize(text)})")


def strings_in(app: str) -> set[Marked]:
    """Every string that the app's code and templates mark for translation."""
    found: set[Marked] = set()
    for file in sorted((guards.ROOT / app).rglob("*")):
        if file.suffix == ".py" and "migrations" not in file.parts:
            found |= strings_in_code(file.read_text(encoding="utf-8"))
        elif file.suffix in {".html", ".txt"} and "templates" in file.parts:
            found |= strings_in_template(file.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("app", speaking_apps())
def test_catalogue_is_in_step_with_the_source(app):
    ids = {(m.context, guards.singular(m.id)) for m in catalogue(file_of(app)) if m.id}

    assert strings_in(app) - ids == set(), "run makemessages"
    assert ids - strings_in(app) == set(), "these strings are gone from the source"


def test_strings_in_code_finds_plurals_contexts_and_joined_literals():
    text = '_("a")\nngettext("one", "many", n)\npgettext("month", "May")\ngettext_lazy("b " "c")\nf("d")'

    assert strings_in_code(text) == {(None, "a"), (None, "one"), ("month", "May"), (None, "b c")}


def test_strings_in_templates_are_found():
    text = "\n   {% translate 'a' %}<p class=\"it's\">"
    text += "{% blocktranslate count n=n %}one{% plural %}{{ n }}{% endblocktranslate %}"

    assert strings_in_template(text) == {(None, "a"), (None, "one")}
