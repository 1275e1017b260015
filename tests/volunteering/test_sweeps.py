"""By the clock: reminders once, and nobody stays who lost the clearance."""

from datetime import UTC, date, datetime, timedelta

import pytest

from activities import lifecycle
from activities.models import CrewAssignment, SessionHistory
from notifications import rendering
from notifications.models import Message
from organisations.acting import clock
from organisations.models import Membership
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.safeguarding import make_adverse_untold, make_cleared
from tests.factories.volunteering import ENDS, STARTS, lead_of, make_assignment, make_helped_session, make_shift
from volunteering import assignments, sweeps, tasks
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

    assert sweeps.enforce_clearance(ENDS) == 0
    assert Assignment.objects.get().status == "confirmed"


def test_enforce_clearance_sends_home_who_lost_it_while_the_shift_is_under_way():
    """A volunteer with an adverse result stayed with the children, and nobody on site knew."""
    shift = make_shift()
    came, late = make_assignment(shift), make_assignment(shift)
    assignments.check_in(came, by=lead_of(shift.session), now=STARTS)
    soon = STARTS + timedelta(minutes=5)
    for each in (came, late):
        make_adverse_untold(each.user, checked_on=date(2026, 11, 28))

    assert sweeps.enforce_clearance(soon) == 2
    assert sweeps.enforce_clearance(soon + timedelta(minutes=1)) == 0

    came.refresh_from_db()
    late.refresh_from_db()
    assert (came.status, came.checked_out_at, late.status) == ("confirmed", soon, "cancelled")
    lead = shift.session.crew.get().user
    told = Message.objects.filter(recipient=lead, kind="shift_lost_volunteer", urgent=True).order_by("pk")
    assert [message.context["is_there"] for message in told] == [True, False]
    assert "send them home at once" in rendering.render(told[0], "en").body


def test_enforce_crew_clearance_takes_staff_off_and_tells_the_organisers():
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


def test_enforce_crew_clearance_takes_staff_off_a_session_under_way_and_tells_who_is_there():
    """Whoever lost the clearance an hour into the day kept the children, and the list of their names for three days."""
    session = make_helped_session()
    lead = session.crew.get()
    member = make_member(session.provider, "coordinator", user=make_cleared())
    CrewAssignment.objects.create(
        session=session,
        membership=member.user.memberships.get(),
        user=member.user,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
    )
    make_adverse_untold(lead.user, checked_on=date(2026, 11, 28))

    assert sweeps.enforce_crew_clearance(STARTS + timedelta(minutes=5)) == 1
    assert sweeps.enforce_crew_clearance(ENDS) == 0

    assert [row.user for row in session.crew.active()] == [member.user]
    message = Message.objects.get(recipient=member.user, kind="crew_removed")
    assert message.urgent
    assert "while the session is under way" in rendering.render(message, "en").body


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
