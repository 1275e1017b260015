"""A session's verbs, and opening one."""

from datetime import timedelta

import pytest

from activities import checkin, lifecycle, scheduling, signups, waiting
from activities.models import Attendance, CrewAssignment, Session, SessionHistory, SignUp
from activities.models.session import CLOCK_CLOSES_AFTER_END
from activities.signals import session_cancelled, session_closed
from notifications.models import Message
from organisations.acting import Acting, clock
from safeguarding.clearance import NotCleared
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    acting,
    by_guardian,
    make_crew_member,
    make_family,
    make_party,
    make_session,
    make_sign_up,
    sign_up,
    statuses,
)
from tests.factories.organisations import make_member, make_organisation, make_region, make_venue
from tests.factories.safeguarding import make_cleared
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEFORE = STARTS_AT - timedelta(minutes=5)
AFTER = STARTS_AT + timedelta(hours=2)


def told(kind: str) -> int:
    return Message.objects.filter(kind=kind).count()


def make_crewed(**fields) -> tuple[Session, Acting]:
    provider = make_organisation("provider")
    member = make_crew_member(provider)
    return make_session(provider=provider, crew=[(member.pk, True)], **fields), acting(member)


def test_cancel_ends_every_sign_up_and_tells_everybody():
    session, _ = make_crewed(capacity=1)
    held, waits = make_party(session), make_party(session)
    heard = []
    session_cancelled.connect(receiver := lambda **kwargs: heard.append(kwargs["session"].pk))

    lifecycle.cancel(session, by=Acting(), now=NOW, reason=" Storm ")

    session.refresh_from_db()
    assert (statuses(held), statuses(waits)) == (["cancelled"], ["cancelled"])
    assert (session.status, session.taken, session.waiting_parties, session.ceiling) == ("cancelled", 0, 0, 1)
    assert (told("session_cancelled"), told("crew_session_cancelled")) == (2, 1)
    assert heard == [session.pk]
    assert SessionHistory.objects.latest("pk").note == "Storm"
    session_cancelled.disconnect(receiver)


@pytest.mark.parametrize("kind", ["session_cancelled", "session_moved"])
def test_a_youth_whom_a_guardian_signed_up_is_told_too(kind):
    """Else they stand before a closed door, or come a day late."""
    session = make_session()
    guardian, children = make_family(age=12, user=make_user())
    sign_up(session, guardian, children)

    if kind == "session_cancelled":
        lifecycle.cancel(session, by=Acting(), now=NOW, reason="Storm")
    else:
        move(session)

    told_now = Message.objects.filter(kind=kind).values_list("recipient", flat=True)
    assert set(told_now) == {guardian.user_id, children[0].user_id}


def test_cancel_within_a_day_does_not_wait_for_the_morning():
    session = make_session()
    make_party(session)

    lifecycle.cancel(session, by=Acting(), now=STARTS_AT - timedelta(hours=10), reason="Storm")

    assert Message.objects.get(kind="session_cancelled").urgent


@pytest.mark.parametrize(
    ("now", "reason", "refusal"),
    [(NOW, "  ", lifecycle.ReasonMissing), (STARTS_AT, "Storm", lifecycle.Begun)],
)
def test_cancel_without_reason_or_too_late_is_refused(now, reason, refusal):
    with pytest.raises(refusal):
        lifecycle.cancel(make_session(), by=Acting(), now=now, reason=reason)


def test_cancel_twice_tells_what_the_other_did():
    session = make_session()
    lifecycle.cancel(session, by=Acting(), now=NOW, reason="Storm")

    with pytest.raises(lifecycle.AlreadyMoved, match="cancelled already"):
        lifecycle.cancel(session, by=Acting(), now=NOW, reason="Storm")


def test_close_marks_who_is_missing_as_absent():
    session, by = make_crewed(capacity=3)
    here, undone, missing = (make_sign_up(session) for _ in range(3))
    checkin.mark(here, "present", by=by, now=BEFORE)
    checkin.mark(undone, "present", by=by, now=BEFORE)
    checkin.undo(undone, by=by, now=BEFORE)
    heard = []
    session_closed.connect(receiver := lambda **kwargs: heard.append(kwargs["session"].pk))

    closed = lifecycle.close(session, by=by, now=AFTER)

    marks = Attendance.objects.order_by("sign_up_id").values_list("status", flat=True)
    assert list(marks) == ["present", "absent", "absent"]
    assert not closed.no_attendance
    assert heard == [session.pk]
    assert missing.attendance.history.get().verb == "close"
    session_closed.disconnect(receiver)


def test_close_with_nobody_there_is_no_attendance():
    session, by = make_crewed()

    assert lifecycle.close(session, by=by, now=AFTER).no_attendance


def test_close_by_the_clock_cannot_say_that_the_provider_was_there():
    session = make_session()

    assert lifecycle.close_overdue(session.ends_at + CLOCK_CLOSES_AFTER_END - timedelta(seconds=1)) == 0
    assert lifecycle.close_overdue(session.ends_at + CLOCK_CLOSES_AFTER_END) == 1

    session.refresh_from_db()
    assert (session.status, session.no_attendance) == ("closed", False)


def test_close_before_the_end_is_refused():
    session, by = make_crewed()

    with pytest.raises(lifecycle.NotOver):
        lifecycle.close(session, by=by, now=STARTS_AT)


def test_close_ends_the_waits_that_are_left():
    session, by = make_crewed(capacity=1)
    make_party(session)
    waits = make_party(session)

    lifecycle.close(session, by=by, now=AFTER)

    session.refresh_from_db()
    assert (statuses(waits), session.waiting_parties) == (["refused"], 0)


def test_reopen_needs_a_reason_and_an_open_order():
    session, by = make_crewed()
    lifecycle.close(session, by=by, now=AFTER)

    with pytest.raises(lifecycle.ReasonMissing):
        lifecycle.reopen(session, by=by, now=AFTER, reason="")
    again = lifecycle.reopen(session, by=by, now=AFTER, reason="Wrong list")

    session.refresh_from_db()
    assert again.status == session.status == "scheduled"
    assert not session.no_attendance


def test_seal_makes_the_attendance_final():
    session, by = make_crewed()
    lifecycle.close(session, by=by, now=AFTER)

    lifecycle.seal([session], by=by, now=AFTER)
    lifecycle.seal([session], by=by, now=AFTER)

    with pytest.raises(lifecycle.Final):
        lifecycle.reopen(session, by=by, now=AFTER, reason="Wrong list")
    assert SessionHistory.objects.filter(verb="seal").count() == 1


def test_change_capacity_below_what_is_taken_drops_nobody():
    session = make_session(capacity=3, reserved=2)
    parties = [make_party(session) for _ in range(3)]

    lowered = lifecycle.change_capacity(session, capacity=1, by=Acting(), now=NOW)

    assert (lowered.capacity, lowered.ceiling, lowered.taken, lowered.reserved) == (1, 3, 3, 1)
    signups.cancel_party(parties[0], by=Acting(), now=NOW)
    lowered.refresh_from_db()
    assert (lowered.ceiling, lowered.taken, lowered.free) == (2, 2, 0)


def test_change_capacity_upwards_gives_the_places_to_who_waits():
    session = make_session(capacity=1)
    make_party(session)
    waits = make_party(session)

    lifecycle.change_capacity(session, capacity=2, by=Acting(), now=NOW, reserved=0)

    assert statuses(waits) == ["offered"]


def test_change_capacity_refuses_nonsense_and_a_closed_session():
    session, by = make_crewed()

    with pytest.raises(scheduling.BadPlaces):
        lifecycle.change_capacity(session, capacity=0, by=by, now=NOW)
    lifecycle.close(session, by=by, now=AFTER)
    with pytest.raises(lifecycle.AlreadyMoved):
        lifecycle.change_capacity(session, capacity=5, by=by, now=AFTER)


def move(session: Session, **more) -> Session:
    fields = {
        "starts_at": STARTS_AT + DAY,
        "ends_at": STARTS_AT + DAY + timedelta(hours=2),
        "venue": None,
        "address": "新址",
        "by": Acting(),
        "now": NOW,
    }
    return lifecycle.reschedule(session, **fields | more)


def test_reschedule_keeps_sign_ups_and_crew_and_tells_them():
    session, _ = make_crewed()
    party = make_party(session)

    moved = move(session)

    row = party.sign_ups.get()
    assert (row.status, row.starts_at) == ("confirmed", moved.starts_at)
    assert CrewAssignment.objects.get().starts_at == moved.starts_at
    assert (moved.sequence, moved.address) == (1, "新址")
    assert moved.closes_at == moved.starts_at - timedelta(hours=2)
    assert (told("session_moved"), told("crew_session_moved")) == (1, 1)


def test_reschedule_onto_a_taken_venue_is_refused():
    venue = make_venue()
    make_session(venue=venue, starts_at=STARTS_AT + DAY)

    with pytest.raises(scheduling.VenueTaken):
        move(make_session(), venue=venue)


def test_reschedule_past_a_change_of_the_crew_in_that_moment_is_refused_and_books_nothing(monkeypatch):
    session, _ = make_crewed()
    book = lifecycle._book_anew

    def book_and_lose_one(row, crew, **times):
        book(row, crew, **times)
        CrewAssignment.objects.filter(session=row).update(removed_at=NOW)

    monkeypatch.setattr(lifecycle, "_book_anew", book_and_lose_one)

    with pytest.raises(lifecycle.CrewChanged):
        move(session)

    session.refresh_from_db()
    assert session.starts_at == STARTS_AT
    assert session.crew.get().removed_at is None


def test_reschedule_beyond_the_crews_clearance_is_refused():
    provider = make_organisation("provider")
    by = make_member(provider, "coordinator", user=make_cleared(checked_on=STARTS_AT.date() - timedelta(days=360)))
    session = make_session(provider=provider, crew=[(by.user.memberships.get().pk, True)])

    with pytest.raises(NotCleared):
        move(session, starts_at=STARTS_AT + 30 * DAY, ends_at=STARTS_AT + 31 * DAY)


def test_reschedule_onto_a_childs_other_session_keeps_both_and_says_so():
    guardian, children = make_family()
    here, there = make_session(), make_session(starts_at=STARTS_AT + DAY)
    sign_up(here, guardian, children)
    sign_up(there, guardian, children)

    move(here)

    assert list(SignUp.objects.order_by("pk").values_list("status", "may_overlap")) == [
        ("confirmed", True),
        ("confirmed", False),
    ]


def test_reschedule_after_the_start_or_of_a_closed_session_is_refused():
    session, by = make_crewed()

    with pytest.raises(lifecycle.Begun):
        move(session, now=STARTS_AT)
    lifecycle.close(session, by=by, now=AFTER)
    with pytest.raises(lifecycle.AlreadyMoved):
        move(session, now=NOW)


def test_reschedule_forgets_who_was_excused_on_the_old_date():
    row = make_sign_up(make_session())
    checkin.mark(row, "excused", by=Acting(), now=STARTS_AT - timedelta(hours=40))

    move(row.session)

    assert Attendance.objects.get().status == "voided"


def test_reschedule_into_the_past_is_refused():
    with pytest.raises(scheduling.BadTimes):
        move(make_session(), starts_at=NOW - DAY)


def test_the_clock_is_the_actor_of_what_happens_by_itself():
    session = make_session(capacity=1)
    held = make_party(session)
    make_party(session)
    signups.cancel_party(held, by=by_guardian(held.guardian), now=NOW)

    waiting.expire_offers(NOW + 2 * DAY)

    assert SignUp.objects.filter(status="cancelled").latest("pk").history.latest("pk").system == "activities.sweep"
    assert clock("x").system == "x"
    assert make_region().name
