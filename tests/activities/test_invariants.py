"""Each promise is broken on purpose, and ``verify`` says so."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from activities import cards, checkin, reviews, signups
from activities.invariants import INVARIANTS
from activities.models import (
    Attendance,
    AttendanceHistory,
    CrewAssignment,
    Objection,
    ObjectionHistory,
    Party,
    Review,
    RosterAccess,
    Session,
    SignUp,
    SignUpHistory,
)
from catalog.models import Programme
from organisations.acting import Acting, record
from safeguarding.models import BackgroundCheck, Consent
from tests.breaking import drop_constraint, drop_triggers
from tests.conftest import NOW
from tests.database import is_sqlite
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
)
from tests.factories.organisations import make_member, make_organisation

BY_KEY = {one.key: one for one in INVARIANTS}
AFTER = STARTS_AT + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def city(breakable_db) -> Session:
    """A full session with a crew, one family with a place and one that waits."""
    provider = make_organisation("provider")
    member = make_crew_member(provider)
    session = make_session(capacity=1, provider=provider, crew=[(member.pk, True)])
    make_party(session)
    make_party(session)
    session.refresh_from_db()
    return session


def breaches(key: str) -> list[str]:
    return BY_KEY[key].check().breaches


def reviewed() -> Review:
    """A review of a session that was checked in by a named person who looked at the list."""
    member = make_crew_member(make_organisation("provider"))
    session = make_session(provider=member.organisation, crew=[(member.pk, True)])
    row = make_sign_up(session)
    checkin.bulk_mark([(row, "present")], by=acting(member), now=STARTS_AT)
    guardian = by_guardian(row.party.guardian)
    return reviews.submit(row, by_child=False, mark=5, tags=[], text="", by=guardian, now=AFTER)


def test_nothing_is_broken_at_first(city):
    reviewed()
    cards.refresh_stale(now=timezone.now())  # as the commit does, which on PostgreSQL never comes here

    assert {one.key: one.check().breaches for one in INVARIANTS} == {key: [] for key in BY_KEY}


def test_a1_counts_a_place_too_many(city):
    SignUp.objects.confirmed().update(status="cancelled")

    assert len(breaches("A1")) == 1


def test_a1_names_a_session_beyond_its_ceiling(city):
    drop_constraint(Session, "session_taken_within_ceiling", "session_ceiling_is_capacity_or_taken")
    SignUp.objects.waiting().update(status="confirmed")
    Session.objects.update(taken=2, waiting_parties=0)

    assert len(breaches("A1")) == 1


@pytest.mark.parametrize("what", ["outside", "returning"])
def test_a1_counts_the_kinds_of_children_that_leave_kept_places_alone(city, what):
    """Kept places would be given away, or stay empty while families wait."""
    SignUp.objects.confirmed().update(**{f"is_{what}": True})

    assert len(breaches("A1")) == 1


@pytest.mark.parametrize("what", ["outside", "returning"])
def test_a4_finds_a_party_that_counts_its_kinds_of_children_wrongly(city, what):
    """Its claim would ask for places of the wrong kind."""
    Party.objects.filter(join_seq=1).update(**{what: 1})

    assert len(breaches("A4")) == 1


def test_a2_finds_a_child_twice(city):
    drop_constraint(SignUp, "signup_child_once")
    SignUp.objects.update(child=SignUp.objects.earliest("pk").child)

    assert len(breaches("A2")) == 1


def test_a3_finds_a_child_in_two_places(city):
    if not is_sqlite():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE activities_signup DROP CONSTRAINT signup_child_overlap")
    guardian, children = make_family()
    sign_up(make_session(), guardian, children)
    row = make_sign_up(make_session())
    SignUp.objects.filter(pk=row.pk).update(child=children[0])

    assert len(breaches("A3")) == 2


def test_a4_finds_a_party_that_lost_its_child(city):
    Party.objects.filter(join_seq=None).update(size=2)

    assert len(breaches("A4")) == 1


def test_a5_finds_a_card_that_says_something_else(city):
    Programme.objects.update(places_left=99)

    assert len(breaches("A5")) == 1


def test_a6_finds_a_ceiling_that_follows_nothing(city):
    drop_constraint(Session, "session_ceiling_is_capacity_or_taken")
    Session.objects.update(ceiling=5)

    assert len(breaches("A6")) == 1


def test_a8_finds_an_offer_that_did_not_end(city):
    SignUp.objects.waiting().update(status="offered", offered_until=NOW - timedelta(hours=1))

    assert len(breaches("A8")) == 1


def test_b1_finds_a_rank_that_the_session_never_gave(city):
    Party.objects.filter(join_seq=1).update(join_seq=7)

    assert len(breaches("B1")) == 1


def test_b1_finds_a_rank_given_twice(city):
    drop_constraint(Party, "party_join_seq_once")
    Party.objects.update(join_seq=1)

    assert len(breaches("B1")) == 1


def test_b2_finds_a_family_left_behind(city):
    Session.objects.update(capacity=2, ceiling=2)

    assert len(breaches("B2")) == 1


def promote() -> SignUp:
    signups.cancel(SignUp.objects.confirmed().get(), by=Acting(), now=NOW)
    return SignUp.objects.offered().get()


def test_b3_finds_a_second_promotion(city):
    row = promote()
    SignUpHistory.objects.create(sign_up=row, verb="promote", after="offered")

    assert len(breaches("B3")) == 1


def test_b4_finds_a_promotion_after_closing(city):
    promote()
    Session.objects.update(closes_at=NOW - timedelta(hours=1))

    assert len(breaches("B4")) == 1


def test_b5_finds_an_offer_for_a_cancelled_session(city):
    Session.objects.update(status="cancelled")

    assert len(breaches("B5")) == 1


def test_g1_finds_a_child_without_consent(city):
    Consent.objects.filter(child__sign_ups__status="confirmed").update(withdrawn_at=NOW - timedelta(days=1))

    assert len(breaches("G1")) == 1


def test_g5_finds_a_mark_without_a_logged_look_until_looks_are_forgotten(breakable_db):
    reviewed()
    drop_triggers("activities_rosteraccess")
    RosterAccess.objects.all().delete()

    assert len(breaches("G5")) == 1
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365)):
        assert breaches("G5") == []


def test_h1_finds_somebody_on_duty_whose_check_has_run_out(city):
    BackgroundCheck.objects.update(valid_until=STARTS_AT.date() - timedelta(days=1))

    assert len(breaches("H1")) == 1


def test_i1_finds_a_review_without_attendance(breakable_db):
    reviewed()
    drop_triggers("activities_attendancehistory")
    AttendanceHistory.objects.all().delete()
    Attendance.objects.all().delete()

    assert len(breaches("I1")) == 1


def test_i1_finds_a_review_of_a_child_that_never_came(breakable_db):
    reviewed()
    drop_triggers("activities_attendancehistory")
    AttendanceHistory.objects.update(after="absent")
    Attendance.objects.update(status="absent")

    assert len(breaches("I1")) == 1


def test_i1_finds_a_review_by_the_providers_own_people(breakable_db):
    review = reviewed()
    make_member(review.session.provider, "manager", user=review.author)

    assert len(breaches("I1")) == 1


def test_i2_finds_a_mean_that_is_not_that_of_the_marks(breakable_db):
    reviewed()
    Programme.objects.update(rating_sum=F("rating_sum") + 1)

    assert len(breaches("I2")) == 1


def test_j1_finds_a_mark_of_somebody_without_a_place(breakable_db):
    reviewed()
    SignUp.objects.update(status="cancelled")

    assert len(breaches("J1")) == 1


def test_j1_finds_a_mark_made_long_before(breakable_db):
    reviewed()
    Attendance.objects.update(at=STARTS_AT - timedelta(days=9))

    assert len(breaches("J1")) == 1


def test_k1_finds_a_change_that_nobody_wrote_down(city):
    SignUp.objects.waiting().update(status="refused")

    assert len(breaches("K1")) == 1


def test_k1_finds_an_objection_that_nobody_wrote_down(city):
    sign_up = SignUp.objects.confirmed().get()
    attendance = Attendance.objects.create(sign_up=sign_up, status="absent", at=NOW)
    record(AttendanceHistory, Acting(), verb="mark", after="absent", attendance=attendance, at=NOW)
    user = sign_up.party.submitted_by
    made = Objection.objects.create(attendance=attendance, reason="x", made_by=user, made_at=NOW)
    assert breaches("K1") == [f"objection {made.pk}"]

    record(ObjectionHistory, Acting(), verb="object", after="open", objection=made, at=NOW)
    assert breaches("K1") == []


def test_l1_finds_times_that_differ(city):
    SignUp.objects.confirmed().update(starts_at=STARTS_AT - timedelta(hours=1))
    CrewAssignment.objects.update(ends_at=STARTS_AT + timedelta(hours=9))

    assert len(breaches("L1")) == 2
