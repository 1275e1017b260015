"""Tests are chosen by marker, never skipped: what cannot run where it was asked to run fails."""

import re

from tests.architecture import guards

EVASION = re.compile(r"mark\.skip|mark\.xfail|pytest\.(?:skip|xfail|importorskip)\(")


def skipping(files):
    return [path for path, text in files if EVASION.search(text)]


def test_no_test_is_skipped():
    found = (guards.ROOT / "tests").rglob("test_*.py")
    files = [(path.name, path.read_text()) for path in found if path.name != "test_tests.py"]

    assert len(files) > 150
    assert skipping(files) == []


def test_a_skip_would_be_found():
    assert skipping([("test_x.py", "@pytest.mark." + "skipif(True)"), ("test_y.py", "skip = 1")]) == ["test_x.py"]
