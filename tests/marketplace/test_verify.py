"""``manage.py verify`` prints a figure for each key and fails on any breach. Each app's tests break its own rows."""

import json
import re
from importlib import import_module
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from core.invariants import Finding, Invariant
from marketplace import verify

pytestmark = pytest.mark.django_db


def keep(*invariants: Invariant, monkeypatch) -> None:
    """Let these be the only invariants of the house."""
    monkeypatch.setattr(verify, "invariants", lambda: [("notifications", each) for each in invariants])


def said(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("verify", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def test_verify_an_empty_house_holds():
    text, code = said()

    assert code == 0
    assert "broken" not in text


def test_verify_a_breach_is_printed_and_ends_with_1(monkeypatch):
    keep(Invariant("A1", "No place twice.", lambda: Finding(7, ["session 3: 2 over"])), monkeypatch=monkeypatch)

    text, code = said()

    assert code == 1
    assert re.search(r"A1 +broken +1 of 7 +No place twice\.\n +notifications: session 3: 2 over\n", text)


def test_verify_json_holds_promise_figure_and_breaches_of_each_key(monkeypatch):
    first = Invariant("D10", "Nobody is paid twice.", lambda: Finding(4))
    second = Invariant("D2", "Nothing below zero.", lambda: Finding(9, ["line 1"]))
    keep(first, second, monkeypatch=monkeypatch)

    text, code = said("--json")

    assert code == 1
    assert json.loads(text) == {
        "D2": {"promise": "Nothing below zero.", "checked": 9, "breaches": ["notifications: line 1"]},
        "D10": {"promise": "Nobody is paid twice.", "checked": 4, "breaches": []},
    }
    assert list(json.loads(text)) == ["D2", "D10"]


def test_run_one_key_kept_by_two_apps_adds_up(monkeypatch):
    one, two = Invariant("K1", "One.", lambda: Finding(1)), Invariant("K1", "Two.", lambda: Finding(2, ["x"]))
    keep(one, two, monkeypatch=monkeypatch)

    assert verify.run() == {"K1": verify.Verdict("One. · Two.", 3, ["notifications: x"])}


def test_invariants_are_those_of_every_app_that_has_some():
    found = {(app, each.key) for app, each in verify.invariants()}

    wanted = set()
    for app in settings.OUR_APPS:
        if (settings.BASE_DIR / app / "invariants.py").exists() or (settings.BASE_DIR / app / "invariants").is_dir():
            wanted |= {(app, each.key) for each in getattr(import_module(f"{app}.invariants"), "INVARIANTS", [])}
    assert found == wanted
    assert ("notifications", "M1") in found


def test_verify_lists_an_apps_own_keys_after_the_numbered_ones(monkeypatch):
    keys = ["catalog.search", "M1", "A10", "A2"]
    keep(*(Invariant(key, f"{key} holds.", lambda: Finding(0)) for key in keys), monkeypatch=monkeypatch)

    assert list(verify.run()) == ["A2", "A10", "M1", "catalog.search"]
