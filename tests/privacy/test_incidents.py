"""An incident of personal data: written down, whom it concerns fixed, everybody told one by one, and closed."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from activities.checkin import log_roster_access
from core.errors import SentByAnother
from core.triggers import present
from people.models import Child, Guardian
from privacy import affected, audit, erasure, facts, lifecycle, mydata, notices, privacy
from privacy.invariants import INVARIANTS
from privacy.models import Affected, Erasure, Incident, IncidentHistory, Telling
from tests.conftest import NOW
from tests.factories.activities import make_family, make_session, sign_up
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.privacy import NOTICE, fresh, make_incident, make_keeper, pick, worded
from tests.factories.privacy import facts as said
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
NAME = "欧阳无双"


@pytest.fixture(autouse=True)
def _moment(time_machine, settings, tmp_path):
    time_machine.move_to(NOW, tick=False)
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")


# --- the record -------------------------------------------------------------------------------------------------------


def test_it_is_written_down_once_with_its_history(by):
    number = uuid.uuid4()
    first = lifecycle.write_down(said(), by=by, now=NOW, submission_id=number)
    assert lifecycle.write_down(said(), by=by, now=NOW, submission_id=number) == first

    [entry] = IncidentHistory.objects.filter(incident=first)
    assert (entry.verb, entry.after, entry.actor, entry.on_behalf_of) == ("record", "open", by.user, by.organisation)


def test_a_number_sent_by_another_league_shows_nothing_of_theirs(by):
    number = uuid.uuid4()
    lifecycle.write_down(said(), by=by, now=NOW, submission_id=number)
    with pytest.raises(SentByAnother):
        lifecycle.write_down(said(), by=make_keeper("天穆镇"), now=NOW, submission_id=number)
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("role", ["officer", "auditor", "finance"])
def test_only_a_safeguarding_officer_writes_and_acts(by, incident, role):
    other = make_member(by.organisation, role)
    with pytest.raises(lifecycle.NotYours):
        lifecycle.write_down(said(), by=other, now=NOW, submission_id=uuid.uuid4())
    with pytest.raises(lifecycle.NotYours):
        lifecycle.edit(incident, said(what="x"), by=other, now=NOW)
    assert fresh(incident).what == said().what


def test_another_league_neither_sees_nor_handles_it(incident):
    other = make_keeper("天穆镇")
    assert not Incident.objects.visible_to(other).exists()
    with pytest.raises(lifecycle.NotYours):
        pick(incident, other, make_child())


def test_who_oversees_sees_the_facts(by, incident):
    for role in ("officer", "auditor"):
        assert Incident.objects.visible_to(make_member(by.organisation, role)).get() == incident
    assert not Incident.objects.visible_to(make_member(by.organisation, "finance")).exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"found_at": NOW + timedelta(minutes=1)}, "found_at"),
        ({"began_at": NOW}, "began_at"),
    ],
)
def test_moments_that_cannot_be_meant_are_refused(by, fields, field):
    with pytest.raises(lifecycle.BadMoment) as refusal:
        make_incident(by, **fields)
    assert refusal.value.field == field


def test_who_saves_an_older_page_over_a_newer_one_is_told(by, incident):
    seen = lifecycle.saves_of(incident).get().pk
    lifecycle.edit(incident, said(what="新的"), by=by, now=NOW, seen=seen)
    with pytest.raises(lifecycle.StaleState):
        lifecycle.edit(incident, said(what="旧的"), by=by, now=NOW, seen=seen)
    assert fresh(incident).what == "新的"


def test_the_words_name_no_child_concerned(by, incident):
    pick(incident, by, make_child(name=NAME))
    with pytest.raises(lifecycle.NamesSomebody):
        lifecycle.edit(incident, said(what=f"{NAME}的名单"), by=by, now=NOW)
    with pytest.raises(lifecycle.NamesSomebody) as refusal:
        lifecycle.word(incident, notice_zh="名单", notice_en=f"The list of {NAME}", by=by, now=NOW)
    assert refusal.value.field == "notice_en"
    with pytest.raises(lifecycle.NamesSomebody):
        pick(make_incident(by, what=f"{NAME}的名单"), by, Child.objects.get(name=NAME))


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("grade", "hours"), [("ordinary", None), ("larger", 4), ("major", 4), ("grave", 4)])
def test_the_authority_has_to_know_within_hours_from_the_larger_grade_up(by, grade, hours):
    row = make_incident(by, grade=grade)
    assert row.report_by == (None if hours is None else row.found_at + timedelta(hours=hours))
    assert not row.is_overdue(NOW)
    assert row.is_overdue(NOW + timedelta(hours=4)) == (hours is not None)


def test_the_hours_are_the_operators_to_set(by, settings):
    settings.INCIDENT_REPORT_HOURS = 2
    assert make_incident(by, grade="larger").is_overdue(NOW + timedelta(hours=1, minutes=1))


def test_a_report_ends_the_clock_and_tells_whether_it_was_late(by):
    row = make_incident(by, grade="larger", found_at=NOW - timedelta(hours=6))
    assert row.is_overdue(NOW)
    row = lifecycle.report(
        row, authority="市网信办", reported_at=NOW - timedelta(hours=1), reference="7", by=by, now=NOW
    )
    assert not row.is_overdue(NOW)
    assert row.was_late
    with pytest.raises(lifecycle.BadMoment):
        lifecycle.report(row, authority="x", reported_at=NOW - timedelta(hours=7), reference="", by=by, now=NOW)


def test_a_correction_does_not_say_that_the_authority_knew_before_it_was_found(by):
    row = make_incident(by, grade="larger", found_at=NOW - timedelta(hours=3))
    lifecycle.report(row, authority="市网信办", reported_at=NOW - timedelta(hours=1), reference="", by=by, now=NOW)
    with pytest.raises(lifecycle.BadMoment) as refusal:
        lifecycle.edit(row, said(found_at=NOW - timedelta(minutes=30)), by=by, now=NOW)
    assert refusal.value.field == "found_at"
    assert fresh(row).found_at == NOW - timedelta(hours=3)


# --- whom it concerns -------------------------------------------------------------------------------------------------


def test_by_session_it_is_everybody_who_signed_up_in_the_area(by, incident):
    session = make_session()
    guardian, children = make_family(2)
    sign_up(session, guardian, children)

    found = affected.by_sessions([session.pk], by)
    assert found.children == {child.pk for child in children}
    with pytest.raises(affected.NothingFound, match="999"):
        affected.by_sessions([session.pk, 999], by)
    with pytest.raises(affected.NothingFound):
        affected.by_sessions([session.pk], make_keeper("天穆镇"))


def test_by_who_looked_it_is_everybody_whose_name_was_shown_on_those_days(by):
    session, shown, other = make_session(), make_child(), make_child()
    viewer = make_member(session.provider, "coordinator")
    log_roster_access(session, purpose="print", children=[shown.pk], by=viewer, now=NOW)
    log_roster_access(session, purpose="print", children=[other.pk], by=viewer, now=NOW - timedelta(days=3))

    day = NOW.date()
    assert affected.by_looks_by(viewer.user.email, day, day, by).children == {shown.pk}
    assert affected.by_looks_of(session.provider, day, None, by).children == {shown.pk}
    assert affected.by_looks_of(session.provider, None, None, by).children == {shown.pk, other.pk}
    with pytest.raises(affected.NothingFound):
        affected.by_looks_by("nobody@example.test", None, None, by)
    elsewhere = make_keeper("天穆镇")
    assert not affected.by_looks_of(session.provider, None, None, elsewhere).children
    assert not affected.by_looks_by(viewer.user.email, None, None, elsewhere).children


def test_by_family_it_is_the_guardian_with_their_children_in_the_area(by):
    guardian = make_guardian(make_user("mum@example.test"), phone="+8613800000001")
    child, youth = make_child(guardian), make_youth(make_user("youth@example.test"))
    volunteer, elsewhere = make_user("v@example.test"), make_keeper("天穆镇")
    for contact in ("MUM@example.test", "138 0000 0001"):
        found = affected.by_family(contact, NOW, by)
        assert (found.guardians, found.children, found.users) == ({guardian.pk}, {child.pk}, set())
    assert affected.by_family("youth@example.test", NOW, by).children == {youth.pk}
    assert affected.by_family("v@example.test", NOW, by).users == {volunteer.pk}
    for contact, who in (("mum@example.test", elsewhere), ("youth@example.test", elsewhere), ("138 0000 9999", by)):
        with pytest.raises(affected.NothingFound):
            affected.by_family(contact, NOW, who)


def test_a_preview_counts_and_writes_nothing(by, incident):
    office = make_family_office()
    clerked = make_child(make_guardian(registered_by=office))
    youth, alone = make_youth(), make_child()
    alone.guardianships.all().delete()
    found = affected.Found("test", children={clerked.pk, youth.pk, alone.pk})

    counted = affected.preview(incident, found, NOW)
    assert (counted.children, counted.youths, counted.new) == (3, 1, 3)
    assert (counted.by_message, counted.by_office, counted.by_nobody) == (2, 1, 1)
    assert not Affected.objects.exists()


def test_who_is_fixed_twice_stands_there_once_and_merged_records_are_followed(by, incident):
    child = make_child()
    former = make_child(merged_into=child)
    assert pick(incident, by, child, former) == 1
    assert pick(incident, by, child) == 0
    assert Affected.objects.get().child == child


def test_nobody_found_is_said(by, incident):
    with pytest.raises(affected.NothingFound):
        affected.pick(incident, affected.Found("sessions 7"), by=by, now=NOW)


def test_a_wrong_list_is_emptied_until_somebody_was_told(by, incident):
    pick(incident, by, make_child())
    assert affected.clear(incident, by=by, now=NOW) == 1
    pick(incident, by, make_child())
    one = incident.affected.get()
    lifecycle.tell(incident, one, how="phone", at=NOW, by=by, now=NOW, submission_id=uuid.uuid4())
    with pytest.raises(lifecycle.StillToTell):
        affected.clear(incident, by=by, now=NOW)


def test_the_database_knows_one_person_in_a_row(incident):
    child, guardian = make_child(), make_guardian()
    with pytest.raises(IntegrityError), transaction.atomic():
        Affected.objects.create(incident=incident, child=child, guardian=guardian, added_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Affected.objects.create(incident=incident, added_at=NOW)


# --- the end ----------------------------------------------------------------------------------------------------------


def test_it_is_closed_when_everybody_and_the_authority_know(by):
    row = make_incident(by, grade="larger")
    child = make_child()
    child.guardianships.all().delete()
    pick(row, by, child)
    with pytest.raises(lifecycle.NotReported):
        lifecycle.close(row, lessons="x", by=by, now=NOW)
    lifecycle.report(row, authority="市网信办", reported_at=NOW, reference="", by=by, now=NOW)
    with pytest.raises(lifecycle.StillToTell):
        lifecycle.close(row, lessons="x", by=by, now=NOW)
    one = row.affected.get()
    lifecycle.tell(row, one, how="person", at=NOW, by=by, now=NOW, submission_id=uuid.uuid4())
    closed = lifecycle.close(row, lessons="名单不再发邮件", by=by, now=NOW)
    assert (closed.status, closed.closed_at) == ("closed", NOW)
    with pytest.raises(lifecycle.AlreadyMoved):
        pick(row, by, make_child())


def test_the_database_closes_no_larger_incident_that_was_not_reported(by):
    row = make_incident(by, grade="larger")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=row.pk).update(status="closed", closed_at=NOW, lessons="x")


def test_what_was_told_and_done_cannot_be_changed():
    wanted = {"privacy_telling_no_update", "privacy_telling_no_delete", "privacy_incidenthistory_no_update"}
    assert wanted | {"privacy_incidenthistory_no_delete", "privacy_incident_no_delete"} <= present()


# --- the facts and the audit ------------------------------------------------------------------------------------------


def test_the_facts_name_nobody_and_small_numbers_are_for_the_one_in_charge_only(by, incident):
    pick(incident, by, make_child(name=NAME), make_youth())
    exact = dict(facts.counts(incident, exact=True))
    assert exact["Children under 14"] == exact["Youths from 14 on"] == 1
    assert exact["People concerned altogether"] == exact["Of these not told yet"] == 2
    assert {figure for _label, figure in facts.counts(incident, exact=False)} <= {None, 0}
    text = str(facts.sheets(incident, now=NOW, exact=True))
    assert NAME not in text
    assert "一份名单发错了地方" in text
    assert facts.workbook(incident, now=NOW, exact=True).startswith(b"PK")


def test_the_audit_counts_incidents_by_grade(by):
    for _ in range(2):
        make_incident(by, grade="larger", found_at=NOW - timedelta(hours=5))
    row = make_incident(by)
    pick(row, by, *(make_child() for _ in range(5)))
    section = next(one for one in audit.pack(2026, NOW) if one.key == "incidents")
    figures = {line.words[0]: line.figures for line in section.rows}
    assert figures["ordinary"] == (1, 0, 0, 0, 5)
    assert figures["larger"] == (2, 0, 2, 0, 0)
    assert figures["major"] == (0, 0, 0, 0, 0)


def broken() -> set[str]:
    return {each.key for each in INVARIANTS if each.check().breaches}


def test_verify_finds_a_status_without_history_and_a_telling_without_a_notice(by, incident):
    pick(incident, by, make_child())
    assert broken() == set()
    Incident.objects.update(status="notifying", sent_at=NOW, **NOTICE)
    Telling.objects.create(affected=incident.affected.get(), user=by.user, how="message", at=NOW, by=by.user)
    Incident.objects.update(status="open", sent_at=None)
    assert broken() == {"privacy.told"}
    Incident.objects.update(status="notifying", sent_at=NOW)
    assert broken() == {"K1"}


# --- time and erasure -------------------------------------------------------------------------------------------------


def test_an_erased_child_stays_as_a_number(by, incident):
    child = make_child(name=NAME)
    pick(incident, by, child)
    erasure.erase(child, cause=Erasure.Cause.ASKED, now=NOW)
    [line] = notices.log(incident, incident.affected.all())
    assert NAME not in line.who
    worded(incident, by)
    with pytest.raises(notices.NobodyToWrite):
        notices.send(incident, by=by, now=NOW)


def test_whom_it_concerned_is_forgotten_after_three_years_and_what_happened_stays(by, incident):
    pick(incident, by, make_child())
    long_ago, one = NOW - timedelta(days=1_100), incident.affected.get()
    Telling.objects.create(affected=one, how="phone", at=long_ago, by=by.user)
    Incident.objects.update(status="closed", closed_at=long_ago + timedelta(days=6), lessons="x")
    assert privacy.forget(NOW)["incident_people"] == 0
    Incident.objects.update(closed_at=long_ago)
    assert privacy.forget(NOW)["incident_people"] == 1
    assert not Affected.objects.exists()
    assert Incident.objects.exists()


def test_a_family_takes_along_that_an_incident_concerned_it(by, incident):
    guardian = make_guardian()
    pick(incident, by, make_child(guardian))
    models = {model for model, _fields, _rows in mydata.collect(mydata.everything_of(guardian.user, NOW))}
    assert Affected in models
    assert Guardian in models
