"""Groups of fewer than five people stay hidden, and none follows from what is shown by one subtraction."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards import figures
from dashboards.hiding import FEWEST, hidden

KEYS = st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from("ab"), st.sampled_from("xy"))
TABLES = st.dictionaries(KEYS, st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20)


def cube(finest):
    """Every cell of the table, with the sums."""
    cells = {}
    for key, counts in finest.items():
        for shape in figures.shapes():
            place = figures.shaped(key, shape)
            cells[place] = tuple(a + b for a, b in zip(cells.get(place, (0, 0)), counts, strict=True))
    return cells


def given_away(cells, unseen):
    """The cells that a reader can work out from one whole and its parts, and small groups that stand open."""
    found = [key for key, counts in cells.items() if key not in unseen and any(0 < n < FEWEST for n in counts)]
    for whole in cells:
        for place in range(4):
            if whole[place]:
                continue
            parts = [key for key in cells if key[place] and (*key[:place], whole[place], *key[place + 1 :]) == whole]
            dark = [key for key in parts if key in unseen]
            if not parts:
                continue
            if len(dark) + (whole in unseen) == 1:
                found += dark or [whole]
            together = [sum(cells[key][n] for key in dark) for n in (0, 1)]
            if whole not in unseen and any(0 < n < FEWEST for n in together):
                found += dark
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(TABLES)
def test_nothing_hidden_can_be_worked_out(finest):
    cells = cube(finest)

    assert given_away(cells, hidden(cells)) == []


def test_hiding_only_what_is_small_gives_it_away():
    cells = cube({(1, 1, "a", "x"): (3, 3), (1, 2, "a", "x"): (9, 9), (1, 3, "a", "x"): (20, 20)})
    small = {key for key, counts in cells.items() if 0 < counts[0] < FEWEST}

    assert given_away(cells, small)
    assert (1, 2, "a", "x") in hidden(cells)  # the smallest of the others goes with it
    assert (1, 3, "a", "x") not in hidden(cells)


def test_large_groups_and_nobody_stand_open():
    assert hidden(cube({(1, 1, "a", "x"): (5, 0), (2, 2, "b", "y"): (40, 33)})) == set()


def test_what_is_small_for_another_reason_stays_hidden_too():
    cells = cube({(1, 1, "a", "x"): (9, 9), (1, 2, "a", "x"): (9, 9)})

    assert (1, 1, "a", "x") in hidden(cells, small={(1, 1, "a", "x"): True})


ASKED = """
import random, sys, django
sys.path.insert(0, ".")
django.setup()
from dashboards.hiding import hidden
from tests.dashboards.test_hiding import cube
dice = random.Random(7)
table = {(a, b, c, d): (dice.randint(0, 12), dice.randint(0, 12)) for a in range(1, 9) for b in range(1, 5)
         for c in "abc" for d in "xyz" if dice.random() < 0.5}
print(sorted(map(str, hidden(cube(table)))))
"""


@pytest.mark.slow
def test_every_process_hides_the_same():
    """Who compares the reports of two days, counted by two processes, must not read what each of them hid."""
    told = {
        subprocess.run(
            [sys.executable, "-c", ASKED],
            env={**os.environ, "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "marketplace.settings.test"},
            cwd=django_settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(told) == 1
    assert len(told.pop()) > 100
