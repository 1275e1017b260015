import re
from pathlib import Path

from django.contrib.staticfiles import finders

from marketplace import bundle

STYLES = sorted(bundle.STYLES.glob("*.css"))


def test_bundle_holds_every_style_file_in_order():
    text = bundle.join()
    marks = [".wrap", ".badge-lit", ".todo-list", ".hero-grid", '[data-text="large"]']

    assert [text.index(mark) for mark in marks] == sorted(text.index(mark) for mark in marks)
    assert text.startswith("@layer reset, tokens")
    assert "/*" not in text


def test_bundle_is_found_as_one_file():
    path = finders.find(bundle.NAME)

    assert Path(path).read_text(encoding="utf-8") == bundle.join()


def test_bundle_is_found_among_all_places():
    assert [Path(path).name for path in finders.find(bundle.NAME, find_all=True)] == [bundle.NAME]


def test_bundle_finder_leaves_other_files_to_others(tmp_path, settings):
    settings.VAR_DIR = tmp_path

    assert bundle.StyleFinder().find("covers.svg") == []
    assert bundle.StyleFinder().check() == []


def test_bundle_is_offered_to_collectstatic(tmp_path, settings):
    settings.VAR_DIR = tmp_path

    ((name, storage),) = bundle.StyleFinder().list([])

    with storage.open(name) as file:
        assert file.read().decode() == bundle.join()


def test_bundle_is_written_again_only_when_a_style_changed(tmp_path):
    file = bundle.build(tmp_path)
    first = file.stat().st_mtime_ns
    assert bundle.build(tmp_path).stat().st_mtime_ns == first

    file.write_text("old", encoding="utf-8")
    assert bundle.build(tmp_path).read_text(encoding="utf-8") == bundle.join()


def test_every_rule_stands_in_a_layer():
    for file in STYLES[1:]:
        outside = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        depth = 0
        for line in outside.splitlines():
            if depth == 0 and line.strip():
                assert line.startswith("@layer "), f"{file.name}: {line}"
            depth += line.count("{") - line.count("}")
        assert depth == 0, file.name


def test_light_colours_hold_where_light_dark_is_unknown():
    """Each pair follows a plain value: in the tokens by ``@supports``, elsewhere in the same rule."""
    for file in STYLES:
        text = file.read_text(encoding="utf-8")
        before, _, supported = text.partition("@supports (color: light-dark(")
        names = set(re.findall(r"(--[\w-]+): light-dark\(", supported))
        assert names <= set(re.findall(r"(--[\w-]+): (?!light-dark)", before)), file.name
        for name in re.findall(r"([\w-]+): light-dark\(", before):
            assert re.search(rf"\b{name}: #\w+; {name}: light-dark\(", before), f"{file.name}: {name}"
