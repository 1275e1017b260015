"""Templates use the design system as it is: icons, tones and covers that exist, English that can be translated."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from core.templatetags.figures import COVERS, PLATES
from core.templatetags.ui import TONES

ROOT = Path(settings.BASE_DIR)
FOLDERS = [
    folder
    for config in apps.get_app_configs()
    if (folder := Path(config.path)).is_relative_to(ROOT) and ".venv" not in folder.parts
]
PAGES = sorted(file for folder in FOLDERS for file in folder.glob("templates/**/*.html"))
STATIC = ROOT / "marketplace" / "static"

_ICON = re.compile(r"""\{%\s*icon\s+"([^"]+)\"""")
_BADGE = re.compile(r"""\{%\s*badge\s+(?:"[^"]*"|[^\s"%]+)\s+"([^"]*)"(?:\s+"([^"]*)")?""")
_IN_ATTRIBUTE = re.compile(r"""=\s*"[^"<>]*\{\{[^}]*\|(?:day|daytime)\s*\}\}[^"]*\"""")
_WORDS = re.compile(r">\s*[A-Z][a-z]+ [a-z]+ [^<{]*<")

SYMBOLS = set(re.findall(r'<symbol id="i-([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
PICTURES = set(re.findall(r'id="((?:cover|plate)-[^"]+)"', (STATIC / "covers.svg").read_text(encoding="utf-8")))


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", PAGES, ids=_name)
def test_template_names_only_icons_and_tones_that_exist(file):
    text = file.read_text(encoding="utf-8")
    badges = _BADGE.findall(text)

    assert set(_ICON.findall(text)) - SYMBOLS == set()
    assert {icon for _tone, icon in badges if icon} - SYMBOLS == set()
    assert {tone for tone, _icon in badges} - TONES == set()


@pytest.mark.parametrize("file", PAGES, ids=_name)
def test_template_puts_no_element_into_an_attribute(file):
    text = file.read_text(encoding="utf-8")

    assert not _IN_ATTRIBUTE.search(text), "use |day_text or |daytime_text in attributes"


@pytest.mark.parametrize("file", PAGES, ids=_name)
def test_template_keeps_its_english_inside_translate_tags(file):
    text = re.sub(
        r"\{% comment.*?endcomment %\}|\{% blocktranslate.*?endblocktranslate %\}",
        "",
        file.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )

    assert not _WORDS.search(text), _WORDS.search(text).group(0)


def test_every_cover_that_the_tags_choose_is_drawn():
    chosen = {f"cover-{name}" for names in COVERS.values() for name in names}
    chosen |= {f"plate-{name}" for names in PLATES.values() for name in names}

    assert chosen - PICTURES == set()


def test_python_names_only_icons_that_exist():
    used = {
        icon
        for folder in FOLDERS
        for file in folder.rglob("*.py")
        for icon in re.findall(r'\bicon="([a-z-]+)"', file.read_text(encoding="utf-8"))
    }

    assert used - SYMBOLS == set()
