"""Who gets a place in a shift, who waits, who may not come."""

import uuid
from datetime import date, timedelta

import pytest

from activities.models import CrewAssignment, Session
from notifications.models import Message
from organisations.acting import Acting, clock
from safeguarding.clearance import NotCleared
from tests.conftest import NOW
from tests.factories.safeguarding import make_adverse_untold, make_cleared
from tests.factories.users import make_user
from tests.factories.volunteering import ENDS, STARTS, lead_of, make_assignment, make_helped_session, make_shift
from volunteering import assignments, shifts
from volunteering.assignments import InsuranceMissing, Overlapping, ReasonMissing, ShiftClosed
from volunteering.models import Assignment, AssignmentHistory, Shift

pytestmark = pytest.mark.django_db


def kinds(user) -> list[str]:
    return list(Message.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


def withdraw(assignment, *, now=NOW, reason=""):
    return assignments.withdraw(assignment, by=Acting(user=assignment.user), now=now, reason=reason)


def test_join_with_a_free_place_confirms_and_tells():
    assignment = make_assignment()

    shift = Shift.objects.get()
    assert (assignment.status, shift.taken, shift.free) == ("confirmed", 1, 1)
    assert (assignment.starts_at, assignment.ends_at) == (STARTS, ENDS)
    assert kinds(assignment.user) == ["shift_confirmed"]
    assert list(AssignmentHistory.objects.values_list("verb", "after", "actor")) == [
        ("join", "confirmed", assignment.user_id)
    ]


def test_join_a_full_shift_waits_at_the_end():
    shift = make_shift(places=1)
    make_assignment(shift)

    second, third = make_assignment(shift), make_assignment(shift)

    assert (second.status, third.status) == ("waiting", "waiting")
    assert (assignments.position(second), assignments.position(third)) == (1, 2)
    assert Shift.objects.get().taken == 1
    assert kinds(third.user) == ["shift_waiting"]


def test_join_twice_with_one_form_is_once():
    shift, user, form = make_shift(), make_cleared(), uuid.uuid4()

    rows = [
        assignments.join(shift.pk, by=Acting(user=user), now=NOW, emergency_contact="x", submission_id=form)
        for _ in range(2)
    ]

    assert rows[0] == rows[1]
    assert Shift.objects.get().taken == 1


def test_join_again_with_another_form_finds_the_place():
    shift, user = make_shift(), make_cleared()

    assert make_assignment(shift, user) == make_assignment(shift, user)
    assert Shift.objects.get().taken == 1


def test_join_after_withdrawing_is_a_new_row_at_the_end():
    shift = make_shift(places=1)
    first = make_assignment(shift)
    second = make_assignment(shift)
    withdraw(first)

    again = make_assignment(shift, first.user)

    second.refresh_from_db()
    assert (second.status, again.status, again.join_seq) == ("confirmed", "waiting", 3)
    assert Assignment.objects.count() == 3


def test_join_without_a_person_is_refused():
    shift = make_shift()

    with pytest.raises(ShiftClosed):
        assignments.join(shift.pk, by=clock("x"), now=NOW, emergency_contact="x", submission_id=uuid.uuid4())


def test_join_without_clearance_is_refused():
    shift = make_shift()

    with pytest.raises(NotCleared):
        make_assignment(shift, make_user())

    assert Assignment.objects.count() == 0
    assert Shift.objects.get().taken == 0


def test_join_with_a_check_that_ends_before_the_session_is_refused():
    shift = make_shift()

    with pytest.raises(NotCleared):
        make_assignment(shift, make_cleared(checked_on=date(2025, 11, 27)))


@pytest.mark.parametrize("delay", [timedelta(0), timedelta(hours=1)])
def test_join_once_it_has_begun_is_refused(delay):
    shift = make_shift()

    with pytest.raises(ShiftClosed):
        make_assignment(shift, now=STARTS + delay)


def test_join_a_shift_of_a_cancelled_session_is_refused():
    shift = make_shift()
    Session.objects.update(status="cancelled")

    with pytest.raises(ShiftClosed):
        make_assignment(shift)


def test_join_risky_work_needs_an_insurance_number():
    shift = make_shift(is_risky=True)

    with pytest.raises(InsuranceMissing):
        make_assignment(shift)

    Shift.objects.update(insurance_number="PICC-1")
    assert make_assignment(shift).status == "confirmed"


def test_join_a_shift_that_overlaps_anothers_is_refused():
    user = make_cleared()
    make_assignment(make_shift(), user)
    other = make_shift(make_helped_session(starts_at=STARTS + timedelta(minutes=89)))

    with pytest.raises(Overlapping):
        make_assignment(other, user)

    assert Assignment.objects.count() == 1


def test_join_a_shift_that_begins_when_the_other_ends_is_fine():
    user = make_cleared()
    make_assignment(make_shift(), user)

    assert make_assignment(make_shift(make_helped_session(starts_at=ENDS)), user).status == "confirmed"


def test_join_while_running_a_session_is_refused():
    session = make_helped_session()

    with pytest.raises(Overlapping):
        make_assignment(make_shift(session), CrewAssignment.objects.get().user)


def test_join_whose_overlap_only_the_database_sees_is_refused(monkeypatch):
    user = make_cleared()
    make_assignment(make_shift(), user)
    other = make_shift(make_helped_session(starts_at=STARTS))
    monkeypatch.setattr(assignments, "is_busy", lambda *_: False)
    if Assignment.objects.db and _is_postgresql():
        with pytest.raises(Overlapping):
            make_assignment(other, user)
    else:
        assert make_assignment(other, user).status == "confirmed"


def _is_postgresql() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def test_withdraw_gives_the_place_to_the_first_who_waits():
    shift = make_shift(places=1)
    first, second, third = (make_assignment(shift) for _ in range(3))

    withdraw(first)

    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.status, third.status) == ("confirmed", "waiting")
    assert Shift.objects.get().taken == 1
    assert kinds(second.user) == ["shift_waiting", "shift_promoted"]
    assert kinds(shift.reports_to.user) == ["shift_withdrawn"]


def test_withdraw_twice_is_once():
    assignment = make_assignment()

    withdraw(assignment)
    withdraw(assignment)

    assert Shift.objects.get().taken == 0
    assert AssignmentHistory.objects.filter(verb="withdraw").count() == 1


def test_withdraw_from_the_waiting_list_frees_nothing():
    shift = make_shift(places=1)
    make_assignment(shift)
    waiting = make_assignment(shift)

    withdraw(waiting)

    assert Shift.objects.get().taken == 1
    assert kinds(shift.reports_to.user) == []


def test_withdraw_within_a_day_needs_a_reason():
    assignment = make_assignment()
    late = STARTS - timedelta(hours=23)

    with pytest.raises(ReasonMissing) as refusal:
        withdraw(assignment, now=late, reason="  ")
    assert refusal.value.field == "reason"

    assert withdraw(assignment, now=late, reason="fever").reason == "fever"
    assert Message.objects.get(kind="shift_withdrawn").urgent


def test_withdraw_after_the_start_is_refused():
    assignment = make_assignment()

    with pytest.raises(ShiftClosed):
        withdraw(assignment, now=STARTS, reason="x")


def test_fill_passes_over_who_cannot_come_and_keeps_their_rank():
    shift = make_shift(places=1)
    first, expired, busy, last = (make_assignment(shift) for _ in range(4))
    make_adverse_untold(expired.user, checked_on=date(2026, 11, 2))
    make_assignment(make_shift(make_helped_session()), busy.user)

    withdraw(first)

    for row in (expired, busy, last):
        row.refresh_from_db()
    assert (expired.status, busy.status, last.status) == ("waiting", "waiting", "confirmed")
    assert assignments.position(busy) == 2


def test_fill_gives_two_new_places_to_the_first_two():
    shift = make_shift(places=1)
    rows = [make_assignment(shift) for _ in range(4)]

    shifts.change_shift(
        shift,
        places=3,
        reports_to=shift.reports_to,
        insurance_number="",
        skills="",
        by=lead_of(shift.session),
        now=NOW,
    )

    statuses = list(Assignment.objects.order_by("join_seq").values_list("status", flat=True))
    assert statuses == ["confirmed", "confirmed", "confirmed", "waiting"]
    assert Shift.objects.get().taken == 3
    assert len(rows) == 4


def test_promote_that_finds_the_place_gone_leaves_the_row_waiting(monkeypatch):
    shift = make_shift(places=1)
    first, second = make_assignment(shift), make_assignment(shift)
    monkeypatch.setattr(assignments, "claim", lambda _: False)

    withdraw(first)

    second.refresh_from_db()
    assert second.status == "waiting"
    assert kinds(second.user) == ["shift_waiting"]


def test_promote_of_whom_the_database_refuses_passes_them_over(monkeypatch):
    from django.db import IntegrityError

    shift = make_shift(places=1)
    first, second, third = (make_assignment(shift) for _ in range(3))
    claim = assignments.claim
    answers = iter([IntegrityError("overlap")])

    def refuse_once(pk):
        error = next(answers, None)
        if error:
            raise error
        return claim(pk)

    monkeypatch.setattr(assignments, "claim", refuse_once)
    withdraw(first)

    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.status, third.status) == ("waiting", "confirmed")


def test_remove_tells_the_volunteer_and_the_lead_and_fills():
    shift = make_shift(places=1)
    first, second = make_assignment(shift), make_assignment(shift)

    assignments.remove(first, by=clock("test"), now=NOW)
    assignments.remove(first, by=clock("test"), now=NOW)

    second.refresh_from_db()
    assert second.status == "confirmed"
    assert kinds(first.user) == ["shift_confirmed", "shift_removed"]
    assert kinds(shift.reports_to.user) == ["shift_lost_volunteer"]


def test_remove_from_the_waiting_list_tells_the_volunteer_only():
    shift = make_shift(places=1)
    make_assignment(shift)
    waiting = make_assignment(shift)

    assignments.remove(waiting, by=clock("test"), now=NOW)

    assert kinds(waiting.user)[-1] == "shift_removed"
    assert kinds(shift.reports_to.user) == []


def test_join_that_loses_a_race_for_its_own_form_finds_the_first(monkeypatch):
    from django.db import IntegrityError

    shift, user = make_shift(), make_cleared()
    first = make_assignment(shift, user)
    answers = iter([None, first])
    monkeypatch.setattr(assignments, "_known", lambda *_: next(answers))

    def lose(*_, **__):
        raise IntegrityError

    monkeypatch.setattr(assignments, "_join", lose)

    assert make_assignment(shift, user) == first


def test_fill_gives_nothing_in_a_shift_that_has_begun():
    shift = make_shift(places=1)
    make_assignment(shift)
    waiting = make_assignment(shift)
    Shift.objects.update(places=2)
    shift.refresh_from_db()

    assignments.fill(shift, by=clock("test"), now=STARTS)

    waiting.refresh_from_db()
    assert waiting.status == "waiting"
