"""Another date for one session: one side proposes, the other agrees."""

from datetime import timedelta

import pytest

from activities.scheduling import VenueTaken
from orders import lifecycle
from orders.checks import Clashes
from orders.lifecycle.rescheduling import CannotMove, NotTheOtherSide
from orders.statuses import Status
from organisations.models import Venue
from tests.factories.orders import (
    at_day,
    book,
    make_approved,
    make_stage,
)
from tests.factories.organisations import make_venue

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def _propose(stage, order, *, by=None, now, position=1, days=40, **fields):
    start = at_day(days)
    fields = {"venue": stage.venue, "address": "", **fields}
    planned = order.planned.get(position=position)
    return lifecycle.propose_reschedule(
        planned, starts_at=start, ends_at=start + timedelta(minutes=90), by=by or stage.office, now=now, **fields
    )


def test_a_new_date_needs_the_other_sides_word(stage, now):
    order = make_approved(stage)
    before = order.planned.get(position=1).starts_at

    proposal = _propose(stage, order, now=now, note="场地装修")

    assert (proposal.status, order.planned.get(position=1).starts_at) == ("open", before)


@pytest.mark.parametrize(("proposer", "answerer"), [("office", "coordinator"), ("coordinator", "office")])
def test_agreeing_moves_the_session_and_keeps_the_commitment(stage, now, proposer, answerer):
    order = make_approved(stage)
    commitment = order.commitment
    proposal = _propose(stage, order, by=getattr(stage, proposer), now=now)

    lifecycle.agree_reschedule(proposal, by=getattr(stage, answerer), now=now)

    planned = order.planned.select_related("session").get(position=1)
    order.refresh_from_db()
    assert planned.starts_at == planned.session.starts_at == at_day(40)
    assert (order.status, order.commitment, order.commitment.status) == (Status.APPROVED, commitment, "open")
    assert order.waits_until == at_day(40) + timedelta(minutes=90, days=14)


def test_nobody_agrees_to_their_own_proposal(stage, now):
    proposal = _propose(stage, make_approved(stage), now=now)

    with pytest.raises(NotTheOtherSide):
        lifecycle.agree_reschedule(proposal, by=stage.office, now=now)


def test_declining_keeps_the_date(stage, now):
    order = make_approved(stage)
    before = order.planned.get(position=1).starts_at

    proposal = lifecycle.decline_reschedule(_propose(stage, order, now=now), by=stage.coordinator, now=now)

    assert (proposal.status, order.planned.get(position=1).starts_at) == ("declined", before)


def test_withdrawing_ones_own_proposal(stage, now):
    proposal = _propose(stage, make_approved(stage), now=now)

    assert lifecycle.withdraw_reschedule(proposal, by=stage.office, now=now).status == "withdrawn"


def test_withdrawing_the_others_proposal_is_refused(stage, now):
    proposal = _propose(stage, make_approved(stage), now=now)

    with pytest.raises(NotTheOtherSide):
        lifecycle.withdraw_reschedule(proposal, by=stage.coordinator, now=now)


def test_an_answered_proposal_is_not_answered_again(stage, now):
    proposal = _propose(stage, make_approved(stage), now=now)
    lifecycle.decline_reschedule(proposal, by=stage.coordinator, now=now)

    with pytest.raises(CannotMove, match="answered already"):
        lifecycle.agree_reschedule(proposal, by=stage.coordinator, now=now)


def test_a_second_proposal_for_a_session_is_refused(stage, now):
    order = make_approved(stage)
    _propose(stage, order, now=now)

    with pytest.raises(CannotMove, match="proposed already"):
        _propose(stage, order, now=now, days=41)


def test_a_date_in_the_past_is_refused(stage, now):
    with pytest.raises(CannotMove, match="in the future"):
        _propose(stage, make_approved(stage), now=now, days=-1)


def test_another_length_is_refused(stage, now):
    planned = make_approved(stage).planned.get(position=1)

    with pytest.raises(CannotMove, match="keeps its length"):
        lifecycle.propose_reschedule(
            planned, starts_at=at_day(40), ends_at=at_day(41), venue=None, address="操场", by=stage.office, now=now
        )


def test_a_booked_time_is_refused_by_name(stage, now):
    order = make_approved(stage)
    book(stage, at_day(40), crew=[])

    with pytest.raises(Clashes, match=str(stage.venue)):
        _propose(stage, order, now=now)


def test_a_session_that_began_is_not_moved(stage):
    order = make_approved(stage)

    with pytest.raises(CannotMove, match="has begun"):
        _propose(stage, order, now=order.planned.get(position=1).starts_at, days=60)


def test_agreeing_when_the_venue_was_taken_meanwhile_changes_nothing(stage, now):
    order = make_approved(stage)
    proposal = _propose(stage, order, now=now)
    book(stage, at_day(40), crew=[])

    with pytest.raises(VenueTaken):
        lifecycle.agree_reschedule(proposal, by=stage.coordinator, now=now)

    proposal.refresh_from_db()
    assert proposal.status == "open"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"days": 400}, "more than a year ahead"),
        ({"venue": None}, "has no place"),
        ({"capacity": 5}, "holds 5 people, fewer than the group"),
        ({"is_active": False}, "is not in use"),
    ],
)
def test_new_date_and_place_suit_the_group_as_the_first_did(stage, now, fields, sentence):
    """Twenty children were moved to a room for five, to no place at all, or into a year without a budget."""
    order = make_approved(stage)
    room = {name: fields[name] for name in ("capacity", "is_active") if name in fields}
    if room:
        fields = {"venue": make_venue(stage.office.organisation, **room)}

    with pytest.raises(CannotMove, match=sentence):
        _propose(stage, order, now=now, **fields)

    assert not order.planned.get(position=1).proposals.exists()


def test_room_that_is_closed_after_the_proposal_takes_nobody_in(stage, now):
    order = make_approved(stage)
    room = make_venue(stage.office.organisation)
    proposal = _propose(stage, order, now=now, venue=room)
    Venue.objects.filter(pk=room.pk).update(is_active=False)
    proposal.refresh_from_db()

    with pytest.raises(CannotMove, match="is not in use"):
        lifecycle.agree_reschedule(proposal, by=stage.coordinator, now=now)
