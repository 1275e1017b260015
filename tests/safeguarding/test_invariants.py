"""``verify`` sees each broken row."""

from datetime import timedelta

from core.time import today
from people.models import Guardianship
from safeguarding import consents
from safeguarding.invariants import INVARIANTS
from safeguarding.models import BackgroundCheck, Consent
from tests.breaking import drop_constraint
from tests.conftest import NOW
from tests.factories.people import make_child, make_guardian, make_youth
from tests.factories.safeguarding import make_check, make_consent
from tests.factories.users import make_user

CHECKS = {invariant.key: invariant.check for invariant in INVARIANTS}


def test_sound_rows_break_nothing(breakable_db):
    guardian = make_guardian()
    make_consent(make_child(guardian), guardian)
    youth = make_youth()
    Consent.objects.create(child=youth, text=consents.in_force("photo", today(NOW)), answer="given", at=NOW)
    make_check(make_user())

    assert [(check().checked, check().breaches) for check in CHECKS.values()] == [(2, []), (0, []), (1, []), (0, [])]


def test_g2_sees_a_stranger_who_agreed(breakable_db):
    guardian = make_guardian()
    row = make_consent(make_child(guardian), guardian)
    Consent.objects.update(guardian=make_guardian())

    assert CHECKS["G2"]().breaches == [f"consent {row.pk}: its guardian never answered for the child"]


def test_g2_sees_a_guardian_who_answered_for_the_child_no_more(breakable_db):
    guardian = make_guardian()
    row = make_consent(make_child(guardian), guardian)
    Guardianship.objects.update(starts_on=today(NOW) - timedelta(days=9), ends_on=today(NOW) - timedelta(days=1))

    assert CHECKS["G2"]().breaches == [f"consent {row.pk}: its guardian never answered for the child"]


def test_g2_sees_a_child_that_agreed_alone(breakable_db):
    guardian = make_guardian()
    row = make_consent(make_child(guardian), guardian)
    Consent.objects.update(guardian=None)

    assert CHECKS["G2"]().breaches == [f"consent {row.pk}: a child under 14 answered alone"]


def test_g2_sees_a_torn_record(breakable_db):
    guardian = make_guardian()
    row = make_consent(make_child(guardian), guardian)
    drop_constraint(Consent, "consent_on_paper_names_recorder")
    Consent.objects.update(paper_on=today(NOW))
    assert CHECKS["G2"]().breaches == [f"consent {row.pk}: its record is torn"]

    Consent.objects.update(paper_on=None, withdrawn_at=NOW - timedelta(days=1))
    assert CHECKS["G2"]().breaches == [f"consent {row.pk}: its record is torn"]


def test_h3_sees_a_check_without_a_reference(breakable_db):
    row = make_check(make_user())
    drop_constraint(BackgroundCheck, "check_has_reference")
    BackgroundCheck.objects.update(reference="")

    assert CHECKS["H3"]().breaches == [f"check {row.pk}: incomplete, or recorded by the person"]


def test_h3_sees_a_check_that_the_person_recorded(breakable_db):
    user = make_user()
    row = make_check(user)
    drop_constraint(BackgroundCheck, "check_not_recorded_by_oneself")
    BackgroundCheck.objects.update(recorded_by=user)

    assert CHECKS["H3"]().breaches == [f"check {row.pk}: incomplete, or recorded by the person"]
