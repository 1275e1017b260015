"""Templates compile, hold no code of their own, and load nothing from other hosts; the same for our static files."""

import re

import pytest
from django.template import engines

from tests.architecture import guards

STATIC = {".css", ".js", ".svg", ".webmanifest"}


@pytest.mark.parametrize("path", [path for path, _ in guards.templates() if path.endswith((".html", ".txt"))])
def test_template_compiles(path):
    name = path.split("/templates/", 1)[1]

    assert engines["django"].get_template(name)


def test_templates_hold_no_inline_code():
    assert [c for path, text in guards.templates() for c in guards.inline_code(path, text)] == []


def test_names_that_people_search_for_stand_in_no_address():
    assert [c for path, text in guards.templates() for c in guards.searches_people(path, text)] == []


def test_templates_load_nothing_from_other_hosts():
    assert [c for path, text in guards.templates() for c in guards.foreign_hosts(path, text)] == []


def test_static_files_load_nothing_from_other_hosts():
    files = [
        (str(file.relative_to(guards.ROOT)), file.read_text(encoding="utf-8"))
        for app in guards.apps()
        for file in sorted((guards.ROOT / app / "static").rglob("*"))
        if file.suffix in STATIC
    ]
    assert [c for path, text in files for c in guards.foreign_hosts(path, text)] == []


def test_static_files_are_our_own():
    """No third-party code in the repository: libraries come from pinned packages."""
    found = [
        str(file.relative_to(guards.ROOT))
        for app in guards.apps()
        for file in (guards.ROOT / app / "static").rglob("*")
        if file.name.endswith((".min.js", ".min.css", ".map")) or file.name.startswith(("jquery", "htmx", "alpine"))
    ]
    assert found == []


def test_templates_hold_no_chinese_signs():
    """They would stand on English pages too; ``translate`` writes what belongs between two names."""
    chinese = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
    found = [path for path, text in guards.templates() if chinese.search(text) and "/style_guide/" not in path]

    assert found == []


UNFORMATTED = re.compile(r"\|\s*(date|time)\s*[|%} )]")


def test_templates_leave_no_date_to_djangos_own_format():
    """People read days and hours as ``day``, ``long_day`` and ``daytime`` write them."""
    assert UNFORMATTED.search("{{ at|date }}")
    assert not UNFORMATTED.search("{{ at|date:'Y-m-d' }}{{ day|long_day }}")
    assert [path for path, text in guards.templates() if UNFORMATTED.search(text)] == []
