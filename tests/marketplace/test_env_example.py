"""``.env.example`` has a line on each variable that the settings read, and on nothing else."""

import ast
import re

from django.conf import settings

READERS = {"text", "flag", "integer", "words", "dates", "email", "database"}
OF_COMPOSE = {"SITE_HOST", "ACME_EMAIL", "VERSION"}


def names_read() -> set[str]:
    """The first argument of every reader's call in the settings."""
    found = set()
    for file in (settings.BASE_DIR / "marketplace" / "settings").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in READERS:
                found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    return found


def names_documented() -> list[str]:
    text = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)


def test_every_variable_that_is_read_has_its_line():
    assert {"SECRET_KEY", "DATABASE_URL", "HOLIDAYS"} <= names_read()
    assert names_read() - set(names_documented()) == set()


def test_no_line_names_a_variable_that_nothing_reads():
    assert set(names_documented()) - names_read() == OF_COMPOSE


def test_every_line_is_there_once_and_has_a_comment_above():
    text = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    lines = text.splitlines()

    assert len(names_documented()) == len(set(names_documented()))
    for number, line in enumerate(lines):
        if re.match(r"(?:# )?[A-Z][A-Z0-9_]+=", line):
            assert lines[number - 1].startswith("#"), line


def test_nothing_but_the_settings_reads_the_environment():
    """Apps read settings; a variable read elsewhere would be one that nobody documents."""
    found = []
    for app in settings.OUR_APPS:
        for file in sorted((settings.BASE_DIR / app).rglob("*.py")):
            path = file.relative_to(settings.BASE_DIR)
            if "settings" in path.parts:
                continue
            text = file.read_text(encoding="utf-8").replace('os.environ.setdefault("DJANGO_SETTINGS_MODULE"', "")
            if re.search(r"os\.environ|getenv\(", text):
                found.append(str(path))
    assert found == []
