"""By the clock: reminders once, and nobody stays who lost the clearance."""

from datetime import UTC, date, datetime, timedelta

import pytest

from activities import lifecycle
from notifications.models import Message
from organisations.acting import clock
from organisations.models import Membership
from tests.conftest import NOW
from tests.factories.safeguarding import make_adverse_untold
from tests.factories.volunteering import STARTS, make_assignment, make_helped_session, make_shift
from volunteering import sweeps, tasks
from volunteering.models import Assignment

pytestmark = pytest.mark.django_db
EVENING_BEFORE = datetime(2026, 11, 27, 10, 5, tzinfo=UTC)


def test_remind_tells_tomorrows_volunteers_once():
    shift = make_shift(places=1)
    assignment = make_assignment(shift)
    make_assignment(shift)
    make_assignment(make_shift(make_helped_session(starts_at=STARTS + timedelta(days=1))))

    assert sweeps.remind(EVENING_BEFORE) == 1
    sweeps.remind(EVENING_BEFORE + timedelta(minutes=5))

    assert Message.objects.get(kind="shift_tomorrow").recipient == assignment.user


def test_remind_tells_again_when_the_session_was_moved_to_another_day():
    assignment = make_assignment()
    sweeps.remind(EVENING_BEFORE)
    session, week = assignment.shift.session, timedelta(days=7)
    lifecycle.reschedule(
        session,
        starts_at=session.starts_at + week,
        ends_at=session.ends_at + week,
        venue=None,
        address="新址",
        by=clock("test"),
        now=EVENING_BEFORE,
    )

    assert sweeps.remind(EVENING_BEFORE + week) == 1

    assert Message.objects.filter(kind="shift_tomorrow", recipient=assignment.user).count() == 2


def test_enforce_clearance_takes_out_who_lost_it():
    shift = make_shift()
    lost, kept = make_assignment(shift), make_assignment(shift)
    make_adverse_untold(lost.user, checked_on=date(2026, 11, 23))

    assert sweeps.enforce_clearance(NOW) == 1
    assert sweeps.enforce_clearance(NOW) == 0

    lost.refresh_from_db()
    kept.refresh_from_db()
    assert (lost.status, lost.reason, kept.status) == ("cancelled", "not cleared", "confirmed")


def test_enforce_clearance_leaves_the_past_alone():
    assignment = make_assignment()
    make_adverse_untold(assignment.user, checked_on=date(2026, 11, 23))

    assert sweeps.enforce_clearance(STARTS) == 0
    assert Assignment.objects.get().status == "confirmed"


def test_enforce_crew_clearance_takes_staff_off_and_tells_the_organisers():
    from activities.models import CrewAssignment, SessionHistory

    make_helped_session()
    kept = make_helped_session()
    crew = CrewAssignment.objects.exclude(session=kept).get()
    make_adverse_untold(crew.user, checked_on=date(2026, 11, 23))

    assert sweeps.enforce_crew_clearance(NOW) == 1
    assert sweeps.enforce_crew_clearance(NOW) == 0
    assert sweeps._take_off(crew, sweeps.SWEEP, NOW, why="not cleared") == 0

    assert CrewAssignment.objects.active().get().session == kept
    assert SessionHistory.objects.get().verb == "crew_removed"
    told = set(Message.objects.filter(kind="crew_removed").values_list("recipient_id", flat=True))
    assert crew.user_id in told
    assert Message.objects.filter(kind="crew_removed").first().urgent


def test_enforce_crew_clearance_takes_off_whose_membership_ends_before_the_session():
    session = make_helped_session()
    lead = session.crew.get()
    Membership.objects.filter(pk=lead.membership_id).update(ends_on=STARTS.date() - timedelta(days=1))

    assert sweeps.enforce_crew_clearance(NOW) == 1

    assert not session.crew.active().exists()
    assert session.history.get(verb="crew_removed").note == "no member any more"


def test_tasks_run_and_are_scheduled(settings):
    tasks.remind()
    tasks.sweep()

    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {tasks.remind.name, tasks.sweep.name} <= names
