"""The documentation says what the code does: generated pages are in step, links lead somewhere, limits are written."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands

from core import files
from marketplace import demo_logins, reference
from orders.statuses import Status, Verb

ROOT = Path(settings.BASE_DIR)
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("name", reference.PAGES)
def test_reference_is_in_step_with_the_code(name):
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert written == reference.pages()[name], "run make reference"


def test_write_reference_writes_every_page(settings, tmp_path):
    settings.BASE_DIR = tmp_path

    call_command("write_reference")

    assert {file.name for file in (tmp_path / "docs" / "reference").iterdir()} == set(reference.PAGES)


def test_lifecycles_hold_every_status_and_every_verb_that_moves_an_order():
    text = reference.pages()["lifecycles.md"]

    assert [status for status in Status.values if f"| {status} |" not in text] == []
    moving = {verb for _, verb, _, _ in reference.order_edges()}
    assert moving <= set(Verb.values)
    assert "| approved | cancel | cancelled | league, office, provider |" in text
    assert "| accept |  |  | yes |  |  |  |  |" in text
    assert "| endorse |  |  |  |  | yes |  |  |" in text
    assert "| approve |  |  |  |  | yes |  | yes |" in text  # the clock where the fund's rule lets it
    assert "| submit | yes | yes (up to the limit) |  |  |  |  |  |" in text


@pytest.mark.parametrize("file", DOCS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(file):
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", file.read_text(encoding="utf-8"))

    assert [link for link in links if not (file.parent / link).exists()] == []


def test_readme_has_the_two_commands_on_top_and_names_every_login():
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert text.index("make demo") < text.index("make test") < 1_000
    assert [name for name, _ in demo_logins.LOGINS if f"`{name}@demo.test`" not in text] == []
    assert demo_logins.PASSWORD in text


def test_readme_names_commands_and_targets_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    row = re.search(r"^\| `manage\.py` \| (.*) \|$", text, re.MULTILINE).group(1)
    targets = re.search(r"^\| make \| (.*) \|$", text, re.MULTILINE).group(1)

    assert [c for c in re.findall(r"`([a-z_]+)[^`]*`", row) if c not in get_commands()] == []
    assert [t for t in re.findall(r"`([a-z-]+)`", targets) if f"\n{t}:" not in makefile] == []


def test_limits_are_written_down():
    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8").replace(",", "")

    for limit in (
        settings.UPLOAD_MAX_BYTES,
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        files.MAX_IMAGE_BYTES,
        files.MAX_DOCUMENT_BYTES,
        files.MAX_PIXELS,
    ):
        assert str(limit) in text
