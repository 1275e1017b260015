"""The lifecycle as data."""

import pytest

from orders import lifecycle
from orders.statuses import (
    ENDED_WITHOUT_DELIVERY,
    FINAL,
    GROUPS,
    HAPPENED,
    OWNERS,
    RINGS,
    TRANSITIONS,
    WITHIN,
    WORDS,
    Side,
    Status,
    Verb,
    owners,
    target,
)


def test_there_are_thirteen_statuses():
    assert len(Status) == 13


def test_every_verb_has_its_edges_its_owners_and_its_words():
    assert set(TRANSITIONS) | set(WITHIN) == set(Verb)
    assert set(OWNERS) == set(HAPPENED) == set(Verb)


def test_every_status_has_a_ring_and_words_and_a_group():
    assert set(RINGS) == set(WORDS) == set(Status)
    assert sorted(status for _name, group in GROUPS.values() for status in group) == sorted(Status)


def test_every_status_can_be_reached_and_every_open_one_left():
    reached = {after for edges in TRANSITIONS.values() for after in edges.values()}
    left = {before for edges in TRANSITIONS.values() for before in edges}

    assert reached | {Status.DRAFT} == set(Status)
    assert set(Status) - left == ENDED_WITHOUT_DELIVERY
    assert ENDED_WITHOUT_DELIVERY | {Status.SETTLED} == FINAL


@pytest.mark.parametrize(
    ("status", "ring"),
    [
        (Status.ACCEPTED, ("now", "done", "done", "todo", "todo")),
        (Status.APPROVED, ("done", "done", "done", "now", "todo")),
        (Status.DISPUTED, ("now", "done", "done", "done", "broken")),
        (Status.EXPIRED, ("todo",) * 5),
    ],
)
def test_the_ring_lights_the_party_whose_turn_it_is(status, ring):
    assert RINGS[status] == ring


def test_an_approved_order_can_be_called_off_by_all_three():
    assert owners(Verb.CANCEL, Status.SUBMITTED) == {Side.OFFICE}
    assert owners(Verb.CANCEL, Status.APPROVED) == {Side.OFFICE, Side.PROVIDER, Side.LEAGUE}


def test_target_says_where_a_verb_leads():
    assert target(Verb.ACCEPT, Status.SUBMITTED) == Status.ACCEPTED
    assert target(Verb.ACCEPT, Status.DRAFT) is None
    assert target(Verb.REMIND, Status.SUBMITTED) == Status.SUBMITTED
    assert target(Verb.REMIND, Status.DRAFT) is None


def test_every_verb_that_changes_the_status_is_a_function():
    assert {"return_" if verb == Verb.RETURN else verb.value for verb in TRANSITIONS} <= set(lifecycle.__all__)
