"""The night forgets whose time is over, whatever records there are."""

import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from activities.models import RosterAccess, UploadedMark
from activities.privacy import forget
from core.time import today
from people.models import Child
from privacy import erasure, mydata, retention
from safeguarding.models import BackgroundCheck, Pledge, Suspension, Training
from tests.conftest import NOW
from tests.factories.activities import make_session, make_sign_up
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth
from tests.factories.safeguarding import make_check, make_cleared
from tests.factories.users import make_user
from tests.factories.volunteering import make_assignment, make_helped_session
from volunteering.models import Assignment, AssignmentHistory, Shift, ShiftHistory

pytestmark = pytest.mark.django_db


def test_a_grown_child_with_a_merged_record_goes_in_one_night_and_stops_nothing(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    old = NOW.date().replace(year=NOW.year - 20)
    kept = make_child(birth_date=old)
    former = make_child(birth_date=old, merged_into=kept)

    run = retention.run(NOW)

    assert run.counts["until_grown"] == 1
    assert set(Child.objects.filter(pk__in=[kept.pk, former.pk]).values_list("erased_at", flat=True)) == {NOW}


def test_a_child_for_whom_nobody_has_answered_for_ninety_days_is_forgotten_and_nobody_else(settings, tmp_path):
    """A parent left the site, and the carer's last day has passed: no page leads to the record any more."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    with time_machine.travel(NOW - timedelta(days=200), tick=False):
        left, lately, answered, clerked = make_child(), make_child(), make_child(), _clerked()
        youth, two = make_youth(), make_child()
        make_guardianship(make_guardian(), two)
        grown = make_child(birth_date=NOW.date().replace(year=NOW.year - 18) - timedelta(days=150))
    last_day = today(NOW) - timedelta(days=90)
    for child in (left, clerked, youth):
        child.guardianships.update(ends_on=last_day - timedelta(days=1))
    lately.guardianships.update(ends_on=last_day)
    two.guardianships.filter(pk=two.guardianships.first().pk).update(ends_on=last_day - timedelta(days=1))

    run = retention.run(NOW)

    assert run.counts["left"] == 1
    assert set(Child.objects.filter(erased_at=NOW)) == {left}
    assert retention.run(NOW + timedelta(days=1)).counts["left"] == 1
    assert set(Child.objects.unmerged()) == {answered, clerked, youth, two, grown}


def test_a_child_of_an_office_is_forgotten_ninety_days_after_its_last_guardian_was_erased(settings, tmp_path):
    """The office's list goes by guardians: it could not find the record, and it was kept until the age of 19."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    with time_machine.travel(NOW - timedelta(days=200), tick=False):
        child, shared = _clerked(), _clerked()
        make_guardianship(make_guardian(), shared)
    for one in (child, shared):
        erasure.erase(one.guardianships.earliest("pk").guardian, cause="operator", now=NOW)

    assert retention.run(NOW + timedelta(days=90)).counts["left"] == 0
    assert retention.run(NOW + timedelta(days=91)).counts["left"] == 1

    assert set(Child.objects.exclude(erased_at=None)) == {child}


def test_the_contact_of_an_organisation_that_was_not_admitted_goes_after_ninety_days(settings, tmp_path):
    """Somebody's name, phone and e-mail stayed for ever with an application that led to nothing."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    contact = {"contact_name": "王芳", "contact_phone": "13800001234", "contact_email": "a@example.test"}
    with time_machine.travel(NOW, tick=False):
        refused, admitted = make_organisation(status="refused", **contact), make_organisation(**contact)

    assert retention.run(NOW + timedelta(days=90)).counts["refused_contacts"] == 0
    assert [retention.run(NOW + timedelta(days=91 + n)).counts["refused_contacts"] for n in range(2)] == [1, 0]

    refused.refresh_from_db()
    admitted.refresh_from_db()
    assert (refused.contact_name, refused.contact_phone, refused.contact_email) == ("", "", "")
    assert admitted.contact_name == "王芳"


def test_what_was_recorded_of_workers_goes_ten_years_after_the_last_of_it_and_all_at_once(settings, tmp_path):
    """The register promises ten years; a check of 2014 stood there for ever."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    gone, renewed, member, barred = (make_cleared(checked_on=date(2014, 1, 1)) for _ in range(4))
    officer = make_member(make_organisation("league"), "safeguarding").user
    make_check(renewed, checked_on=date(2026, 9, 1))
    make_member(make_organisation("provider"), "coordinator", user=member)
    Suspension.objects.create(user=barred, from_on=date(2014, 1, 1), reason="x", by=officer)
    BackgroundCheck.objects.filter(checked_on__year=2014).update(recorded_at=NOW - timedelta(days=4600))
    Pledge.objects.update(signed_at=NOW - timedelta(days=4600))

    assert retention.run(NOW).counts["clearances"] == 3

    assert set(BackgroundCheck.objects.values_list("user", flat=True)) == {renewed.pk, member.pk, barred.pk}
    assert BackgroundCheck.objects.filter(user=renewed).count() == 2
    assert not Pledge.objects.filter(user=gone).exists()
    assert not Training.objects.filter(user=gone).exists()


def test_shifts_go_after_ten_years_and_the_database_keeps_every_younger_history(settings, tmp_path):
    """The database goes by its own clock, so this one goes by the real day."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    now, ten_years = timezone.now(), timedelta(days=3653)
    ended = now - ten_years - timedelta(hours=2)
    session = make_helped_session(starts_at=ended)
    times = {"starts_at": ended - timedelta(hours=1), "ends_at": ended}
    old = Shift.objects.create(
        session=session, title="签到", places=2, taken=1, reports_to=session.crew.get().membership, **times
    )
    place = Assignment.objects.create(
        shift=old, user=make_user(), status="confirmed", join_seq=1, emergency_contact="", created_at=ended, **times
    )
    ShiftHistory.objects.create(shift=old, verb="open", at=ended)
    AssignmentHistory.objects.create(assignment=place, verb="join", at=ended)
    young = make_assignment(now=NOW)

    assert retention.run(now).counts["shifts"] == 1

    assert list(Assignment.objects.all()) == [young]
    assert not Shift.objects.filter(pk=old.pk).exists()
    assert not AssignmentHistory.objects.filter(assignment=place.pk).exists()
    for history in (AssignmentHistory, ShiftHistory):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            history.objects.all().delete()


def _clerked() -> Child:
    return make_child(make_guardian(registered_by=make_family_office()))


def test_looks_at_lists_go_after_three_years_and_the_database_keeps_every_younger_one(settings, tmp_path):
    """The database goes by its own clock, so this one goes by the real day."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    now, session, viewer = timezone.now(), make_session(), make_user()
    three_years = timedelta(days=3 * 365)

    def look(age: timedelta) -> RosterAccess:
        return RosterAccess.objects.create(session=session, viewer=viewer, purpose="check_in", count=1, at=now - age)

    over = look(three_years + timedelta(seconds=1))
    last_day = look(three_years)
    young = look(three_years - timedelta(days=1, hours=-1))
    younger = look(three_years - timedelta(days=1, hours=1))

    run = retention.run(now)

    assert run.counts["looks"] == 1
    assert not RosterAccess.objects.filter(pk=over.pk).exists()
    assert set(RosterAccess.objects.all()) == {last_day, young, younger}
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        younger.delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RosterAccess.objects.filter(pk=last_day.pk).update(count=2)
    assert retention.run(now + timedelta(days=1)).counts["looks"] == 2


def test_receipts_of_marks_go_after_ninety_days_and_the_database_keeps_every_younger_one():
    now, days = timezone.now(), timedelta(days=90)
    session, viewer = make_session(), make_user()
    same = {"session": session, "sign_up": make_sign_up(session), "verb": "present", "by_user": viewer, "made_at": now}
    _old, young = (
        UploadedMark.objects.create(uuid=uuid.uuid4(), received_at=now - days + more, **same)
        for more in (timedelta(seconds=-1), timedelta(days=1, hours=1))
    )

    assert forget(now)["uploaded_marks"] == 1

    assert list(UploadedMark.objects.all()) == [young]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        young.delete()


def test_many_looks_go_some_at_a_time(monkeypatch):
    now, session, viewer = timezone.now(), make_session(), make_user()
    monkeypatch.setattr("activities.privacy.SOME", 2)
    same = {"session": session, "viewer": viewer, "purpose": "print", "count": 0}
    RosterAccess.objects.bulk_create(RosterAccess(**same, at=now - timedelta(days=4 * 365)) for _ in range(5))

    assert forget(now)["looks"] == 5
    assert forget(now)["looks"] == 0


def test_a_night_says_how_many_files_of_ones_own_data_were_made_in_time(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    for user in [make_user(), make_user()]:
        mydata.ask(user, now=NOW, submission_id=uuid.uuid4())
    mydata.prepare(NOW)
    mydata.ask(make_user(), now=NOW, submission_id=uuid.uuid4())

    counts = retention.run(NOW + timedelta(days=2)).counts

    assert (counts["files"], counts["my_data"], counts["my_data_never_made"]) == (3, 2, 1)
