"""Every address takes nonsense from everybody: a page, a refusal, a way on, but never an error of ours."""

import logging
import random
from functools import cache

import pytest

from tests.access import asking
from tests.journeys import fuzzing
from tests.proving import share, tenth

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SEED = 20261122


def _errors(requests, caplog, client_of) -> tuple[int, list[str]]:
    """How many requests were sent, and which of them met an error of ours, with its last line."""
    caplog.set_level(logging.ERROR)
    count, found = 0, []
    for request in requests:
        caplog.clear()
        response = fuzzing.send(client_of(request.role), request)
        count += 1
        if response.status_code >= 500:
            reason = next((repr(record.exc_info[1]) for record in caplog.records if record.exc_info), "")
            found.append(f"{request}: {response.status_code} {reason[:300]}")
    return count, found


@pytest.mark.parametrize("part", range(2))
def test_no_address_breaks_on_nonsense(part, world, caplog):
    """Every second address, each asked by one who may open it and by one of five, in turn."""
    dice = random.Random(f"{SEED} {part}")
    client_of = cache(lambda role: asking.client_of(role, world))
    dealt = list(fuzzing.deal())[part::2]
    requests = (
        request
        for address, roles in dealt
        for role in sorted(roles)
        for request in fuzzing.requests(role, client_of(role), world, dice, [(address, 1)])
    )

    count, found = _errors(requests, caplog, client_of)

    assert found == []
    assert count >= 300
    assert count >= sum(len(roles) for _, roles in dealt)


@pytest.mark.prove
@pytest.mark.parametrize("role", [*fuzzing.ROLES, "finance", "clerk", "crew", "safeguarding", "editor", "superuser"])
def test_no_address_breaks_on_much_nonsense(role, world, caplog, record_property):
    """Ten times fewer where the role may not go: there one gate answers, whatever is sent. CI sends a tenth of it."""
    client, dice = asking.client_of(role, world), random.Random(f"{SEED} {role}")
    rounds = [(address, tenth(40) if fuzzing.is_open(address, role) else share(4)) for address in fuzzing.addresses()]

    count, found = _errors(fuzzing.requests(role, client, world, dice, rounds), caplog, lambda _: client)

    record_property("requests", count)
    assert found == []
    assert count >= sum(times for _, times in rounds)
    assert count >= share(800)
