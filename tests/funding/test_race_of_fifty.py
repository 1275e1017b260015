"""Fifty approvers and a line's last CNY 10,000: exactly as many get it as fit. Without the guard more do."""

from functools import partial

import pytest
from django.db.models import Sum

from funding.commitments import BudgetShort
from funding.models import BudgetLine, Commitment
from tests import races
from tests.factories.funding import make_line
from tests.factories.organisations import make_organisation
from tests.funding.test_races import drop_checks, guarded, unguarded_here
from tests.proving import share

pytestmark = pytest.mark.race
APPROVERS, LAST = 50, 1_000_000
# What each of a round wants: one fits, 6 fit with something left, 10 fit to the last yuan, 40 fit.
AMOUNTS = (1_000_000, 150_000, 100_000, 25_000)


def race(number: int, provider, reserve) -> tuple[int, int, int]:
    """Let fifty reserve at once; return how many fit, how many got it, and how much they hold together."""
    line, amount = make_line(LAST), AMOUNTS[number % len(AMOUNTS)]
    tasks = [
        partial(reserve, line.pk, amount, provider=provider, reference=f"{line.pk}-{one}") for one in range(APPROVERS)
    ]
    found = races.run(*tasks)
    assert found.errors_other_than(BudgetShort) == []
    held = Commitment.objects.filter(line=line).aggregate(n=Sum("amount"))["n"]
    return LAST // amount, len(found.results), held


def fifty_race(target: int) -> int:
    """Race so many rounds; return how many were raced."""
    raced, provider = 0, make_organisation()
    for number in range(target):
        fit, got, held = race(number, provider, guarded)
        line = BudgetLine.objects.latest("pk")
        assert (got, line.committed) == (fit, held)
        assert line.available == LAST - fit * AMOUNTS[number % len(AMOUNTS)]
        raced += 1
    return raced


def oversold_without_the_guard(target: int) -> int:
    """Return in how many of the rounds more was promised than there was."""
    drop_checks()
    provider = make_organisation()
    return sum(race(number, provider, unguarded_here)[2] > LAST for number in range(target))


@pytest.mark.slow
def test_fifty_approvers_get_exactly_what_fits(fresh_db):
    assert fifty_race(len(AMOUNTS)) == len(AMOUNTS)


def test_fifty_approvers_without_the_guard_oversell(fresh_db):
    assert oversold_without_the_guard(4) > 0


@pytest.mark.prove
def test_fifty_approvers_get_exactly_what_fits_in_100_rounds(fresh_db):
    assert fifty_race(share(100)) == share(100)


@pytest.mark.prove
def test_fifty_approvers_without_the_guard_oversell_in_100_rounds(fresh_db, record_property):
    over = oversold_without_the_guard(share(100))

    record_property("rounds oversold without the guard", over)
    assert over > 0
