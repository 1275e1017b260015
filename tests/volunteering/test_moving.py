"""A session that is moved takes its volunteers along: with whoever may and can come then."""

from datetime import date, timedelta

import pytest

from activities import lifecycle
from notifications.models import Message
from organisations.acting import Acting
from safeguarding.models import BackgroundCheck
from tests.conftest import NOW
from tests.factories.volunteering import ENDS, STARTS, make_assignment, make_helped_session, make_shift
from volunteering.invariants import INVARIANTS
from volunteering.models import Assignment, Shift

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def move(session, by_days=7, minutes=90):
    start = STARTS + by_days * DAY
    return lifecycle.reschedule(
        session,
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        venue=None,
        address="新址",
        by=Acting(),
        now=NOW,
    )


def told(user) -> list[str]:
    return list(Message.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


def test_shifts_and_their_people_move_with_the_session_and_are_told():
    shift = make_shift(starts_at=STARTS - timedelta(hours=1), ends_at=ENDS)
    volunteer = make_assignment(shift)

    move(shift.session)

    shift.refresh_from_db()
    volunteer.refresh_from_db()
    assert (shift.starts_at, shift.ends_at) == (STARTS + 7 * DAY - timedelta(hours=1), ENDS + 7 * DAY)
    assert (volunteer.starts_at, volunteer.ends_at, volunteer.status) == (shift.starts_at, shift.ends_at, "confirmed")
    assert told(volunteer.user) == ["shift_confirmed", "shift_moved"]
    assert shift.history.get(verb="move").note.startswith(STARTS.isoformat()[:10])


def test_who_is_not_cleared_on_the_new_date_gives_the_place_to_who_waits():
    shift = make_shift(places=1)
    leaves, waits = make_assignment(shift), make_assignment(shift)
    BackgroundCheck.objects.filter(user=leaves.user).update(valid_until=date(2026, 12, 1))

    move(shift.session)

    leaves.refresh_from_db()
    waits.refresh_from_db()
    assert (leaves.status, leaves.reason, waits.status) == ("cancelled", "not cleared", "confirmed")
    assert told(waits.user)[-1] == "shift_promoted"
    assert waits.starts_at == STARTS + 7 * DAY


def test_who_is_elsewhere_at_the_new_time_gives_the_place_back():
    shift = make_shift()
    volunteer = make_assignment(shift)
    make_assignment(make_shift(make_helped_session(starts_at=STARTS + 7 * DAY)), volunteer.user)

    move(shift.session)

    volunteer.refresh_from_db()
    assert (volunteer.status, volunteer.reason) == ("cancelled", "elsewhere at the new time")


def test_a_move_to_a_shorter_session_keeps_the_shift_around_it():
    shift = make_shift(ends_at=ENDS + timedelta(hours=4))
    make_assignment(shift)

    move(shift.session, minutes=30)

    shift.refresh_from_db()
    assert shift.ends_at == STARTS + 7 * DAY + timedelta(hours=4, minutes=30)
    assert {one.key: one.check().breaches for one in INVARIANTS}["L1"] == []


def test_a_second_move_is_told_again():
    volunteer = make_assignment()
    session = volunteer.shift.session

    move(session, by_days=7)
    move(session, by_days=14)

    assert told(volunteer.user).count("shift_moved") == 2


def test_cancelled_shifts_stay_where_they_were():
    shift = make_shift()
    Shift.objects.update(status=Shift.Status.CANCELLED)

    move(shift.session)

    shift.refresh_from_db()
    assert (shift.starts_at, Assignment.objects.count()) == (STARTS, 0)
