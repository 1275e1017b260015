"""How long volunteers served."""

from datetime import timedelta

import pytest

from tests.factories.volunteering import ENDS, STARTS, make_assignment, make_helped_session, make_shift
from volunteering.models import Assignment
from volunteering.queries import time_served

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("came", "left", "minutes"),
    [
        (-10, 45, 45),
        (0, None, 90),
        (15, 200, 75),
        (None, None, None),
        (95, 100, 0),
    ],
)
def test_time_served_lies_within_the_shift_and_needs_a_check_in(came, left, minutes):
    row = make_assignment()
    Assignment.objects.filter(pk=row.pk).update(
        checked_in_at=None if came is None else STARTS + timedelta(minutes=came),
        checked_out_at=None if left is None else STARTS + timedelta(minutes=left),
    )

    served = time_served(row.user, ENDS)

    assert served == ({} if minutes is None else {2026: timedelta(minutes=minutes)})
    assert time_served(row.user, ENDS - timedelta(seconds=1)) == {}


def test_time_served_adds_up_by_year():
    row = make_assignment()
    for days in (1, 60):
        session = make_helped_session(starts_at=STARTS + timedelta(days=days))
        make_assignment(make_shift(session), row.user)
    for one in Assignment.objects.all():
        Assignment.objects.filter(pk=one.pk).update(checked_in_at=one.starts_at)

    assert time_served(row.user, ENDS + timedelta(days=90)) == {
        2026: timedelta(minutes=180),
        2027: timedelta(minutes=90),
    }
