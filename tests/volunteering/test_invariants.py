"""``verify`` sees each broken row."""

from datetime import date, timedelta

import time_machine
from django.db import connection

from activities.models import CrewAssignment
from safeguarding import services
from safeguarding.models import BackgroundCheck
from tests.breaking import drop_constraint
from tests.conftest import NOW
from tests.factories.safeguarding import REGISTRAR, make_adverse_untold
from tests.factories.volunteering import STARTS, make_assignment, make_helped_session, make_shift
from volunteering.invariants import INVARIANTS
from volunteering.models import Assignment, Shift

CHECKS = {invariant.key: invariant.check for invariant in INVARIANTS}


def drop_overlap_guard() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE volunteering_assignment DROP CONSTRAINT assignment_person_overlap")


def test_sound_rows_break_nothing(breakable_db):
    shift = make_shift(places=1)
    make_assignment(shift)
    make_assignment(shift)

    findings = {key: check() for key, check in CHECKS.items()}

    assert {key: finding.breaches for key, finding in findings.items()} == {key: [] for key in CHECKS}
    assert (findings["A1"].checked, findings["A2"].checked, findings["A3"].checked) == (1, 2, 1)


def test_h1_judges_what_is_over_by_what_was_known_when_it_began(breakable_db):
    assignment = make_assignment()
    after = STARTS + timedelta(days=5)
    with time_machine.travel(after, tick=False):
        services.record_check(
            assignment.user, result="adverse", checked_on=date(2026, 9, 2), reference="x", by=REGISTRAR, now=after
        )

        assert CHECKS["H1"]().breaches == []
        BackgroundCheck.objects.update(recorded_at=STARTS - timedelta(days=1))
        assert CHECKS["H1"]().breaches == [f"assignment {assignment.pk}: not cleared on 2026-11-28"]


def test_l1_sees_a_shift_that_was_left_behind_and_people_at_another_time(breakable_db):
    left, kept = make_assignment(), make_assignment()
    Shift.objects.filter(pk=left.shift_id).update(starts_at=STARTS - timedelta(days=7))
    Assignment.objects.filter(pk=left.pk).update(starts_at=STARTS - timedelta(days=7))
    Assignment.objects.filter(pk=kept.pk).update(starts_at=STARTS - timedelta(hours=1))

    assert CHECKS["L1"]().breaches == [f"shift {left.shift_id}", f"assignment {kept.pk}"]


def test_a1_sees_a_counter_that_lies(breakable_db):
    shift = make_shift()
    make_assignment(shift)
    Shift.objects.update(taken=2)

    assert CHECKS["A1"]().breaches == [f"shift {shift.pk}: 1 confirmed, 2 counted, 2 places"]


def test_a2_sees_a_person_twice_in_a_shift(breakable_db):
    row = make_assignment()
    drop_constraint(Assignment, "assignment_active_once")
    drop_overlap_guard()
    user_id, shift_id = row.user_id, row.shift_id
    row.pk, row.join_seq, row.submission_id = None, 2, None
    row.submission_id = "00000000-0000-4000-8000-000000000001"
    row.save(force_insert=True)

    assert CHECKS["A2"]().breaches == [f"shift {shift_id}: account {user_id} has 2 places"]


def test_a3_sees_a_person_in_two_shifts_at_once(breakable_db):
    first = make_assignment()
    drop_overlap_guard()
    second = make_assignment(make_shift(make_helped_session()))
    Assignment.objects.filter(pk=second.pk).update(user=first.user)

    assert CHECKS["A3"]().breaches == [f"assignments {first.pk} and {second.pk} overlap"]


def test_a3_sees_a_person_who_helps_and_runs_a_session_at_once(breakable_db):
    place = make_assignment()
    duty = make_helped_session().crew.get()
    CrewAssignment.objects.filter(pk=duty.pk).update(user=place.user)
    assert CHECKS["A3"]().breaches == [f"assignment {place.pk} and crew assignment {duty.pk} overlap"]

    CrewAssignment.objects.filter(pk=duty.pk).update(removed_at=NOW)
    assert CHECKS["A3"]().breaches == []


def test_h1_sees_who_was_on_duty_without_a_check(breakable_db, time_machine):
    row = make_assignment()
    BackgroundCheck.objects.filter(user=row.user).update(valid_until=date(2026, 11, 27))
    time_machine.move_to(STARTS)

    assert CHECKS["H1"]().breaches == [f"assignment {row.pk}: not cleared on 2026-11-28"]
    assert CHECKS["H1"]().checked == 2


def test_h2_sees_crew_to_come_that_lost_the_clearance(breakable_db, time_machine):
    make_shift()
    time_machine.move_to("2026-11-24T02:00:00Z")
    crew = CrewAssignment.objects.get()
    make_adverse_untold(crew.user, checked_on=date(2026, 11, 23))

    assert CHECKS["H2"]().breaches == [f"crew assignment {crew.pk}: not cleared on 2026-11-28"]
    assert CHECKS["H1"]().checked == 0
