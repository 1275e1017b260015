"""Shifts are opened for a session and end with it."""

import uuid
from datetime import timedelta

import pytest

from activities.models import Session
from activities.signals import session_cancelled
from notifications.models import Message
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation
from tests.factories.volunteering import ENDS, STARTS, lead_of, make_assignment, make_helped_session, make_shift
from volunteering import shifts
from volunteering.models import Assignment, Shift, ShiftHistory
from volunteering.shifts import BadShift

pytestmark = pytest.mark.django_db


def change(shift, **fields):
    fields = {"places": shift.places, "reports_to": shift.reports_to, "insurance_number": "", "skills": "", **fields}
    return shifts.change_shift(shift, by=lead_of(shift.session), **{"now": NOW, **fields})


def test_open_shift_lasts_as_long_as_its_session():
    shift = make_shift()

    assert (shift.starts_at, shift.ends_at, shift.taken, shift.status) == (STARTS, ENDS, 0, "open")
    assert ShiftHistory.objects.get().verb == "open"


def test_open_shift_twice_with_one_form_is_once():
    session, form = make_helped_session(), uuid.uuid4()

    assert make_shift(session, submission_id=form) == make_shift(session, submission_id=form)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"places": 0}, "places"),
        ({"starts_at": ENDS, "ends_at": STARTS}, "starts_at"),
        ({"starts_at": STARTS - timedelta(hours=5)}, "starts_at"),
        ({"ends_at": ENDS + timedelta(hours=5)}, "starts_at"),
        ({"now": STARTS}, None),
    ],
)
def test_open_shift_outside_its_session_or_without_places_is_refused(fields, field):
    session = make_helped_session()

    with pytest.raises(BadShift) as refusal:
        make_shift(session, **fields)

    assert refusal.value.field == field


def test_open_shift_of_a_cancelled_session_is_refused():
    with pytest.raises(BadShift):
        make_shift(make_helped_session(status="cancelled"))


def test_open_shift_that_reports_to_a_stranger_is_refused():
    session = make_helped_session()
    stranger = make_member(make_organisation("provider"), "coordinator").user.memberships.get()

    with pytest.raises(BadShift) as refusal:
        shifts.open_shift(session, title="x", places=1, reports_to=stranger, by=lead_of(session), now=NOW)

    assert refusal.value.field == "reports_to"


def test_change_shift_never_takes_a_place_from_somebody():
    shift = make_shift(places=2)
    make_assignment(shift)
    make_assignment(shift)

    with pytest.raises(BadShift, match="2 people"):
        change(shift, places=1)
    with pytest.raises(BadShift):
        change(make_shift(make_helped_session()), places=0)


def test_change_shift_that_has_begun_is_refused():
    with pytest.raises(BadShift):
        change(make_shift(), now=STARTS)


def test_change_shift_writes_the_insurance_down():
    shift = change(make_shift(is_risky=True), insurance_number="PICC-1", skills="first aid")

    assert not shift.lacks_insurance
    assert shift.skills == "first aid"


def test_cancel_shift_ends_every_place_and_tells_everybody():
    shift = make_shift(places=1)
    first, second = make_assignment(shift), make_assignment(shift)

    for _ in range(2):
        shifts.cancel_shift(shift, by=lead_of(shift.session), now=NOW, reason="rain")

    assert set(Assignment.objects.values_list("status", flat=True)) == {"cancelled"}
    assert Shift.objects.get().taken == 0
    told = Message.objects.filter(kind="shift_cancelled").values_list("recipient_id", flat=True)
    assert set(told) == {first.user_id, second.user_id}
    assert ShiftHistory.objects.get(verb="cancel").note == "rain"


def test_cancel_shift_that_has_begun_is_refused():
    with pytest.raises(BadShift):
        shifts.cancel_shift(make_shift(), by=clock("test"), now=STARTS, reason="x")


def test_session_cancelled_ends_its_shifts():
    shift = make_shift()
    make_assignment(shift)
    other = make_shift(make_helped_session())

    session_cancelled.send(Session, session=shift.session, by=clock("test"), now=NOW)

    shift.refresh_from_db()
    other.refresh_from_db()
    assert (shift.status, other.status) == ("cancelled", "open")
    assert Assignment.objects.get().status == "cancelled"


def test_cancellation_within_a_day_is_urgent():
    shift = make_shift()
    make_assignment(shift)

    shifts.end_with_session(shift.session, by=clock("test"), now=STARTS - timedelta(hours=20))

    assert Message.objects.get(kind="shift_cancelled").urgent
