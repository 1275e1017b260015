"""Every address takes nonsense from everybody: a page, a refusal, a way on, but never an error of ours."""

import logging
import random

import pytest
import time_machine

from tests.access import asking
from tests.access.world import NOW_THERE, make_world
from tests.journeys import fuzzing
from tests.proving import share

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SEED = 20261122


@pytest.fixture
def world():
    with time_machine.travel(NOW_THERE, tick=False):
        yield make_world()


def _errors(role: str, world, rounds: int, caplog) -> tuple[int, list[str]]:
    """How many requests were sent, and which of them met an error of ours, with its last line."""
    caplog.set_level(logging.ERROR)
    client, dice = asking.client_of(role, world), random.Random(f"{SEED} {role}")
    count, found = 0, []
    for request in fuzzing.requests(role, client, world, dice, rounds):
        caplog.clear()
        response = fuzzing.send(client, request)
        count += 1
        if response.status_code >= 500:
            reason = next((repr(record.exc_info[1]) for record in caplog.records if record.exc_info), "")
            found.append(f"{request}: {response.status_code} {reason[:300]}")
    return count, found


@pytest.mark.parametrize("role", fuzzing.ROLES)
def test_no_address_breaks_on_nonsense(role, world, caplog):
    count, found = _errors(role, world, 1, caplog)

    assert found == []
    assert count >= 300


@pytest.mark.prove
@pytest.mark.parametrize("role", [*fuzzing.ROLES, "finance", "clerk", "crew", "safeguarding", "editor", "superuser"])
def test_no_address_breaks_on_much_nonsense(role, world, caplog):
    count, found = _errors(role, world, share(40), caplog)

    assert found == []
    assert count >= share(8_000)
