"""The gate is the only door: whatever writes a person into a session with minors asks it first."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

MODELS = {"CrewAssignment", "Assignment"}
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create"}
GATE = ("require_worker", "require_workers", "require_duties", "of_workers", "of_worker")
# What puts somebody on duty, and where its way through the gate stands.
DOORS = {
    ("activities/scheduling.py", "CrewAssignment"),
    ("volunteering/assignments.py", "Assignment"),
}


def writers(path: Path) -> set[str]:
    """The models of people on duty that a file makes rows of."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in MODELS:
            found.add(node.func.id)
        if isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            found |= {name.id for name in ast.walk(node.func) if isinstance(name, ast.Name) and name.id in MODELS}
    return found


def sources():
    for app in settings.OUR_APPS:
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path, str(path.relative_to(settings.BASE_DIR))


@pytest.mark.slow
def test_nothing_else_writes_people_into_sessions():
    assert {(name, model) for path, name in sources() for model in writers(path)} == DOORS


@pytest.mark.parametrize("name", sorted({name for name, _model in DOORS}))
def test_each_door_asks_the_gate(name):
    tree = ast.parse(Path(settings.BASE_DIR, name).read_text(encoding="utf-8"))
    asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    assert asked.intersection(GATE)


def test_the_search_finds_each_way_of_writing(tmp_path):
    sample = tmp_path / "sample.py"
    sample.write_text("CrewAssignment.objects.active().create(x=1)\nAssignment(y=2)\nOther.objects.create()\n")

    assert writers(sample) == MODELS
