"""Check-in, undo, walk-ins, and the bulk forms."""

import uuid
from datetime import timedelta

import pytest

from activities import checkin, lifecycle, placements, reviews, signups
from activities.invariants import marked_rightly
from activities.models import Attendance, AttendanceHistory, Party, RosterAccess, Session, SignUp
from core.errors import SentByAnother
from core.time import today
from organisations.acting import Acting
from safeguarding import consents
from safeguarding.models import Consent
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
)
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_guardian
from tests.factories.safeguarding import make_consent

pytestmark = pytest.mark.django_db
BEFORE = STARTS_AT - timedelta(minutes=5)
AFTER = STARTS_AT + timedelta(hours=2)
BY = Acting()


def test_mark_twice_counts_once():
    row = make_sign_up(make_session())

    checkin.mark(row, "present", by=BY, now=BEFORE)
    checkin.mark(row, "present", by=BY, now=BEFORE)

    assert AttendanceHistory.objects.count() == 1


def test_mark_another_status_changes_it_with_history():
    row = make_sign_up(make_session())
    checkin.mark(row, "present", by=BY, now=BEFORE)

    checkin.mark(row, "excused", by=BY, now=BEFORE)

    assert Attendance.objects.get().status == "excused"
    assert list(AttendanceHistory.objects.order_by("pk").values_list("before", "after")) == [
        ("", "present"),
        ("present", "excused"),
    ]


@pytest.mark.parametrize("moment", [STARTS_AT - timedelta(hours=49), STARTS_AT + timedelta(hours=73)])
def test_mark_outside_the_window_is_refused(moment):
    with pytest.raises(checkin.OutsideWindow):
        checkin.mark(make_sign_up(make_session()), "present", by=BY, now=moment)


def test_mark_of_who_waits_is_refused():
    session = make_session(capacity=1)
    make_party(session)

    with pytest.raises(checkin.NoPlaceHeld):
        checkin.mark(make_sign_up(session), "present", by=BY, now=BEFORE)


def test_mark_in_a_closed_session_is_refused():
    session = make_session()
    row = make_sign_up(session)
    lifecycle.close(session, by=BY, now=AFTER)

    with pytest.raises(checkin.SessionOver):
        checkin.mark(row, "present", by=BY, now=AFTER)


def test_undo_of_nothing_is_refused_and_undo_twice_is_once():
    row = make_sign_up(make_session())

    with pytest.raises(checkin.NoPlaceHeld):
        checkin.undo(row, by=BY, now=BEFORE)
    checkin.mark(row, "present", by=BY, now=BEFORE)
    checkin.undo(row, by=BY, now=BEFORE)
    checkin.undo(row, by=BY, now=BEFORE)

    assert AttendanceHistory.objects.filter(verb="undo").count() == 1


def test_undo_voids_the_review_that_rested_on_it():
    session = make_session()
    row = make_sign_up(session)
    checkin.mark(row, "present", by=BY, now=BEFORE)
    reviews.submit(row, by_child=False, mark=5, tags=[], text="", by=by_guardian(row.party.guardian), now=AFTER)
    programme = session.version.programme
    programme.refresh_from_db()
    before = programme.rating_count

    checkin.undo(row, by=BY, now=AFTER)

    programme.refresh_from_db()
    assert (before, programme.rating_count) == (1, 0)
    assert reviews.means([session.pk]) == (0, None)


def walk_in(session: Session, **more) -> SignUp:
    guardian, (child,) = make_family(**more)
    return checkin.walk_in(session, child, guardian=guardian, by=BY, now=BEFORE)


def test_walk_in_takes_a_free_place_whatever_the_reserve_says():
    session = make_session(capacity=1, reserved=1)

    row = walk_in(session, home=make_region("天穆村"))

    session.refresh_from_db()
    assert (row.status, row.attendance.walk_in) == ("confirmed", True)
    assert (session.taken, session.taken_outside) == (1, 1)


def test_walk_in_into_a_full_house_is_refused():
    session = make_session(capacity=1)
    make_party(session)

    with pytest.raises(checkin.FullHouse):
        walk_in(session)


def test_walk_in_while_sign_up_is_open_is_refused():
    guardian, (child,) = make_family()

    with pytest.raises(checkin.NotYet):
        checkin.walk_in(make_session(), child, guardian=guardian, by=BY, now=STARTS_AT - timedelta(hours=3))


def test_walk_in_without_consent_is_refused():
    child = make_child()
    guardian = child.guardianships.get().guardian

    with pytest.raises(signups.eligibility.NotEligible):
        checkin.walk_in(make_session(), child, guardian=guardian, by=BY, now=BEFORE)


def test_walk_in_twice_with_one_submission_is_one():
    session = make_session()
    guardian, (child,) = make_family()
    args = {"guardian": guardian, "by": BY, "now": BEFORE, "submission_id": uuid.uuid4()}

    assert checkin.walk_in(session, child, **args) == checkin.walk_in(session, child, **args)


def test_bulk_mark_marks_who_was_not_marked_and_logs_the_look():
    member = make_crew_member(make_organisation("provider"))
    session = make_session(capacity=3)
    rows = [make_sign_up(session) for _ in range(3)]
    checkin.mark(rows[0], "excused", by=BY, now=BEFORE)

    made = checkin.bulk_mark([(row, "present") for row in rows], by=acting(member), now=BEFORE)

    assert made == 2
    assert sorted(Attendance.objects.values_list("status", flat=True)) == ["excused", "present", "present"]
    assert RosterAccess.objects.get().count == 2


def test_bulk_mark_refuses_who_holds_no_place():
    row = make_sign_up(make_session())
    row.status = "cancelled"

    with pytest.raises(checkin.NoPlaceHeld):
        checkin.bulk_mark([(row, "present")], by=BY, now=BEFORE)


def test_bulk_confirm_follows_the_rules_of_one_by_one():
    session = make_session(capacity=3, reserved=1)
    families = [make_family(2), make_family(2), make_family(1), make_family(1, age=5)]
    wishes = [
        placements.Placement(session, children, guardian, by_guardian(guardian), NOW) for guardian, children in families
    ]

    parties = placements.bulk_confirm([*wishes, wishes[0]])

    session.refresh_from_db()
    assert [party.size for party in parties] == [2, 1]
    assert session.taken == SignUp.objects.confirmed().count() == 3
    assert Party.objects.count() == 2
    assert all(row.history.get().after == "confirmed" for row in SignUp.objects.all())


def test_bulk_confirm_leaves_the_reserve_alone():
    session = make_session(capacity=2, reserved=2)
    guardian, children = make_family(home=make_region("天穆村"))

    assert (
        placements.bulk_confirm([placements.Placement(session, children, guardian, by_guardian(guardian), NOW)]) == []
    )


# Marks before the day, and marks of sign-ups that end


def test_present_is_marked_from_two_hours_before_the_start_and_excused_at_any_time():
    row = make_sign_up(make_session())
    early = STARTS_AT - timedelta(hours=40)

    with pytest.raises(checkin.TooEarly):
        checkin.mark(row, "present", by=BY, now=early)
    checkin.mark(row, "excused", by=BY, now=early)

    assert signups.cancel(row, by=by_guardian(row.party.guardian), now=early).status == "cancelled"


def test_a_mark_ends_with_its_sign_up():
    excused = make_sign_up(make_session())
    checkin.mark(excused, "excused", by=BY, now=STARTS_AT - timedelta(hours=40))
    called_off = make_sign_up(make_session())
    checkin.mark(called_off, "present", by=BY, now=BEFORE)

    signups.cancel(excused, by=by_guardian(excused.party.guardian), now=STARTS_AT - timedelta(hours=39))
    lifecycle.cancel(called_off.session, by=BY, now=BEFORE, reason="Storm")

    assert set(Attendance.objects.values_list("status", flat=True)) == {"voided"}
    assert AttendanceHistory.objects.filter(verb="void").count() == 2
    assert marked_rightly().breaches == []


# The door


@pytest.fixture
def door():
    """A session whose sign-up has closed, and somebody of its crew."""
    provider = make_organisation("provider")
    member = make_crew_member(provider)
    return make_session(provider=provider, crew=[(member.pk, True)]), acting(member)


def test_look_up_finds_exactly_that_family_and_logs_every_look(door):
    session, by = door
    guardian, (child,) = make_family(guardian=make_guardian(phone="+8613800001111"), name="林小满")

    assert checkin.look_up(session, phone="138 0000 1111", name="林小满", by=by, now=BEFORE) == (guardian, child)
    assert checkin.look_up(session, phone="13800001111", name="林小", by=by, now=BEFORE) is None
    assert checkin.look_up(session, phone="not a phone", name="林小满", by=by, now=BEFORE) is None
    assert list(RosterAccess.objects.order_by("pk").values_list("purpose", "count")) == [
        ("walk_in", 1),
        ("walk_in", 0),
        ("walk_in", 0),
    ]


def test_look_up_while_sign_up_is_open_tells_nothing(door):
    session, by = door

    with pytest.raises(checkin.NotYet):
        checkin.look_up(session, phone="13800001111", name="林小满", by=by, now=STARTS_AT - timedelta(hours=3))
    assert not RosterAccess.objects.exists()


def test_look_up_ends_for_whoever_tries_too_many_names(door):
    session, by = door
    for number in range(checkin.MISSES):
        checkin.look_up(session, phone="13800001111", name=f"名{number}", by=by, now=BEFORE)

    with pytest.raises(checkin.TooManyMisses):
        checkin.look_up(session, phone="13800001111", name="又一个", by=by, now=BEFORE)


def test_vain_looks_are_counted_for_each_person_and_session_and_a_find_is_none(door):
    session, by = door
    make_family(guardian=make_guardian(phone="+8613800001111"), name="林小满")
    colleague = make_member(session.provider, "coordinator")
    other = make_session(provider=session.provider)
    for number in range(checkin.MISSES - 1):
        checkin.look_up(session, phone="13800001111", name=f"名{number}", by=by, now=BEFORE)
        checkin.look_up(session, phone="13800001111", name="林小满", by=by, now=BEFORE)
        checkin.look_up(session, phone="13800001111", name=f"名{number}", by=colleague, now=BEFORE)
        checkin.look_up(other, phone="13800001111", name=f"名{number}", by=by, now=BEFORE)

    assert checkin.look_up(session, phone="13800001111", name="最后一次", by=by, now=BEFORE) is None
    with pytest.raises(checkin.TooManyMisses):
        checkin.look_up(session, phone="13800001111", name="又一个", by=by, now=BEFORE)


def test_a_walk_ins_number_serves_for_one_session_and_one_person(door):
    session, by = door
    guardian, [child] = make_family()
    _other, [stranger] = make_family()
    number = uuid.uuid4()
    first = checkin.walk_in(session, child, guardian=guardian, by=by, now=BEFORE, submission_id=number)
    elsewhere = make_session(provider=session.provider, starts_at=STARTS_AT)
    colleague = make_member(session.provider, "coordinator")

    assert checkin.walk_in(session, child, guardian=guardian, by=by, now=BEFORE, submission_id=number) == first
    for at, who in [(elsewhere, by), (session, colleague)]:
        with pytest.raises(SentByAnother):
            checkin.walk_in(at, stranger, guardian=_other, by=who, now=BEFORE, submission_id=number)


def test_staff_at_the_door_never_read_what_a_child_does_elsewhere(door):
    session, _by = door
    elsewhere = make_sign_up(make_session(programme={"title_en": "Trauma counselling group"}), name="林小满")
    guardian = elsewhere.party.guardian

    with pytest.raises(signups.eligibility.NotEligible) as refusal:
        checkin.walk_in(session, elsewhere.child, guardian=guardian, by=BY, now=BEFORE)

    assert "Trauma" in str(refusal.value)
    assert refusal.value.at_the_door == "This child cannot be added now. Its guardian sees why on their own page."


@pytest.mark.parametrize(
    ("child", "words"), [({"age": 3}, "not of the age"), ({"age": 17}, "not of the age"), ({}, "consent is missing")]
)
def test_staff_at_the_door_read_what_concerns_this_session(door, child, words):
    session, _by = door
    guardian = make_guardian()
    newcomer = make_child(guardian, **child)
    if child:
        make_consent(newcomer, guardian)

    with pytest.raises(signups.eligibility.NotEligible) as refusal:
        checkin.walk_in(session, newcomer, guardian=guardian, by=BY, now=BEFORE)

    assert words in refusal.value.at_the_door


def test_a_consent_on_paper_is_kept_only_with_the_place(door):
    session, by = door
    guardian = make_guardian()
    child, late = make_child(guardian), make_child(guardian)
    args = {"guardian": guardian, "by": by, "now": BEFORE, "signed": consents.to_ask("sign_up", today(NOW))}
    lifecycle.change_capacity(session, capacity=1, by=BY, now=BEFORE)

    checkin.walk_in(session, child, **args)
    with pytest.raises(checkin.FullHouse):
        checkin.walk_in(session, late, **args)

    assert set(Consent.objects.values_list("child", flat=True)) == {child.pk}
