"""The targets that outsiders rely on exist and can be read by make."""

import re
import subprocess

import pytest

from bin import install

MAKEFILE = (install.ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = [
    "demo",
    "demo-reset",
    "test",
    "test-slow",
    "test-postgres",
    "test-browser",
    "prove",
    "test-all",
    "check",
    "coverage",
    "bench-surge",
]


def dry_run(*arguments: str) -> str:
    result = subprocess.run(
        ["make", "--dry-run", *arguments], cwd=install.ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_target_can_be_made(target):
    assert dry_run(target)


def test_every_target_is_phony():
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE).group(1).replace("\\", " ").split()
    found = re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE)

    assert sorted(found) == sorted(phony)


def test_demo_takes_the_port():
    assert "--port 8123" in dry_run("demo", "PORT=8123")


def test_ci_calls_every_target_of_the_tests():
    script = (install.ROOT / ".ci" / "run").read_text(encoding="utf-8")

    for target in ("check", "test", "test-slow", "test-postgres", "test-browser", "prove", "coverage"):
        assert re.search(rf"(make --no-print-directory|with_coverage) {target}\b", script)
    assert subprocess.run(["sh", "-n", ".ci/run"], cwd=install.ROOT, check=False).returncode == 0
