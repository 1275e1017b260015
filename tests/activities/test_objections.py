"""A League's rule about sessions missed is written once; families object to an absence, and somebody else decides."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from activities import eligibility, lifecycle, objections, policies, signups
from activities.models import Attendance, NoShowRule, Objection, ObjectionHistory, SignUp
from core.errors import SentByAnother
from core.memory import forget
from notifications.models import Message
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import by_guardian, make_family, make_session
from tests.factories.noshows import make_miss, make_objection, make_rule
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_family_office, make_guardian, make_youth
from tests.factories.safeguarding import make_consent
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    guardian, [child] = make_family()
    return guardian, child


@pytest.fixture
def barred(family):
    make_rule()
    for days_ago in (20, 10):
        make_miss(*family, days_ago=days_ago)
    return family


def codes(child):
    """What stands against the child."""
    forget()
    return [one.code for one in eligibility.find(make_session(), [child], NOW, guardian=None)[child.pk]]


def officer(region="北辰区"):
    return make_member(make_organisation("league", region=make_region(region)), "officer")


def set_rule(by, **fields):
    fields = {"valid_from": date(2026, 12, 1), "misses": 3, "within_days": 90, "bar_days": 30, **fields}
    return objections.set_rule(**{"submission_id": uuid.uuid4(), "now": NOW, **fields}, by=by)


def test_a_rule_is_written_once_and_never_changed():
    by, number = officer(), uuid.uuid4()
    row = set_rule(by, submission_id=number)

    assert set_rule(by, submission_id=number) == row
    assert (row.league, row.made_by, row.bars_nobody) == (by.organisation, by.user, False)
    with pytest.raises(SentByAnother):
        set_rule(officer("天穆镇"), submission_id=number)
    for change in (lambda: NoShowRule.objects.update(misses=1), NoShowRule.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_rule_begins_tomorrow_at_the_earliest():
    with pytest.raises(objections.RuleTooEarly):
        set_rule(officer(), valid_from=date(2026, 11, 24))
    with pytest.raises(objections.NotLeague):
        set_rule(Acting(user=make_user()))


def test_a_rule_is_whole_or_none():
    assert set_rule(officer(), misses=0, within_days=0, bar_days=0).bars_nobody
    with pytest.raises(IntegrityError), transaction.atomic():
        set_rule(officer(), bar_days=0)


def object_to(sign_up, by, now=NOW, reason="Ill that day.", number=None):
    return objections.make(sign_up, reason=reason, by=by, submission_id=number or uuid.uuid4(), now=now)


def test_an_objection_that_is_accepted_ends_the_bar(barred):
    guardian, child = barred
    missed = SignUp.objects.filter(child=child).order_by("pk").last()
    session = missed.session
    made = object_to(missed, by_guardian(guardian))
    coordinator = make_member(session.provider, "coordinator")

    objections.decide(made, "accepted", answer="", by=coordinator, now=NOW)

    assert codes(child) == []
    made.refresh_from_db()
    assert (made.status, made.decided_by, made.decided_at) == ("accepted", coordinator.user, NOW)
    assert missed.attendance.status == "absent"
    rows = ObjectionHistory.objects.order_by("pk").values_list("verb", "before", "after", "actor", "note")
    assert list(rows) == [
        ("object", "", "open", guardian.user.pk, ""),
        ("decide", "open", "accepted", coordinator.user.pk, ""),
    ]
    assert Message.objects.filter(recipient=guardian.user, kind="objection_accepted").exists()


def test_a_refusal_needs_a_reason_and_the_league_may_still_accept(barred):
    guardian, child = barred
    missed = SignUp.objects.filter(child=child).order_by("pk").last()
    made = object_to(missed, by_guardian(guardian))
    coordinator = make_member(missed.session.provider, "coordinator")

    with pytest.raises(objections.ReasonMissing):
        objections.decide(made, "refused", answer=" ", by=coordinator, now=NOW)
    objections.decide(made, "refused", answer="We phoned.", by=coordinator, now=NOW)
    objections.decide(made, "refused", answer="We phoned.", by=coordinator, now=NOW)
    assert Message.objects.filter(recipient=guardian.user, kind="objection_refused").count() == 1
    assert codes(child) == ["missed"]

    objections.decide(made, "accepted", answer="", by=officer("瑞景街道"), now=NOW)
    assert codes(child) == []
    with pytest.raises(objections.AlreadyDecided):
        objections.decide(made, "refused", answer="No.", by=coordinator, now=NOW)


def test_what_the_league_refused_while_a_coordinator_read_it_stays_refused(barred):
    missed = SignUp.objects.filter(child=barred[1]).order_by("pk").last()
    made = object_to(missed, by_guardian(barred[0]))
    coordinator = make_member(missed.session.provider, "coordinator")
    objections.decide(Objection.objects.get(), "refused", answer="No.", by=officer("瑞景街道"), now=NOW)

    with pytest.raises(objections.AlreadyDecided):
        objections.decide(made, "accepted", answer="", by=coordinator, now=NOW)
    assert codes(barred[1]) == ["missed"]


def test_nothing_is_decided_while_the_attendance_is_being_corrected(barred):
    """The family would be told of an answer about a mark that may be set right in the next minute."""
    missed = SignUp.objects.filter(child=barred[1]).order_by("pk").last()
    made = object_to(missed, by_guardian(barred[0]))
    coordinator = make_member(missed.session.provider, "coordinator")
    lifecycle.reopen(missed.session, by=coordinator, now=NOW, reason="She came.")
    assert codes(barred[1]) == []

    for status, words in [("accepted", ""), ("refused", "No.")]:
        with pytest.raises(objections.BeingCorrected):
            objections.decide(made, status, answer=words, by=coordinator, now=NOW)

    assert (Objection.objects.get().status, Objection.objects.open().count()) == ("open", 0)
    assert not Message.objects.filter(kind__in=["objection_accepted", "objection_refused"]).exists()
    lifecycle.close(missed.session, by=coordinator, now=NOW)
    assert Objection.objects.open().get() == made
    objections.decide(made, "accepted", answer="", by=coordinator, now=NOW)
    assert codes(barred[1]) == []


def test_an_objection_to_what_was_set_right_waits_for_nobody(barred):
    missed = SignUp.objects.filter(child=barred[1]).order_by("pk").last()
    made = object_to(missed, by_guardian(barred[0]))
    coordinator = make_member(missed.session.provider, "coordinator")
    lifecycle.reopen(missed.session, by=coordinator, now=NOW, reason="She came.")
    Attendance.objects.filter(sign_up=missed).update(status="present")
    lifecycle.close(missed.session, by=coordinator, now=NOW)

    assert not Objection.objects.open().exists()
    with pytest.raises(objections.BeingCorrected):
        objections.decide(made, "refused", answer="No.", by=coordinator, now=NOW)


def test_a_number_serves_for_one_absence(barred):
    first = SignUp.objects.filter(child=barred[1]).order_by("pk").last()
    _same, [brother] = make_family(guardian=barred[0])
    second, number = make_miss(barred[0], brother, days_ago=10), uuid.uuid4()
    object_to(first, by_guardian(barred[0]), number=number)

    with pytest.raises(SentByAnother):
        object_to(second, by_guardian(barred[0]), number=number)


def test_the_provider_and_the_league_are_told_without_a_name(barred):
    guardian, child = barred
    missed = SignUp.objects.filter(child=child).order_by("pk").last()
    coordinator = make_member(missed.session.provider, "coordinator")
    league = make_member(NoShowRule.objects.get().league, "officer")

    made = object_to(missed, by_guardian(guardian), reason=f"{child.name} was ill.")

    told = Message.objects.filter(kind="objection_made")
    assert {coordinator.user.pk, league.user.pk} <= set(told.values_list("recipient", flat=True))
    assert {row.path for row in told} == {f"/missed/objections/{made.pk}/"}
    assert not any(child.name in str(row.context) for row in told)


def test_there_is_one_objection_to_an_absence(barred):
    guardian, child = barred
    missed = SignUp.objects.filter(child=child).order_by("pk").last()
    first = object_to(missed, by_guardian(guardian))

    assert object_to(missed, by_guardian(guardian)) == first
    assert Objection.objects.count() == 1


def test_an_objection_made_in_the_same_instant_is_the_first(barred, monkeypatch):
    guardian, child = barred
    missed = SignUp.objects.filter(child=child).order_by("pk").last()
    told = objections.object_until

    def meanwhile(session):
        first.append(make_objection(missed))
        return told(session)

    first = []
    monkeypatch.setattr(objections, "object_until", meanwhile)

    assert object_to(missed, by_guardian(guardian)) == first[0]


def test_objections_are_made_within_fourteen_days_after_the_closing(barred):
    guardian, child = barred
    missed = SignUp.objects.filter(child=child).order_by("pk").last()
    closed = objections.closed_at(missed.session)

    with pytest.raises(objections.TooLate):
        object_to(missed, by_guardian(guardian), now=closed + timedelta(days=14))
    assert object_to(missed, by_guardian(guardian), now=closed + timedelta(days=14, seconds=-1))


def test_what_does_not_count_needs_no_objection(family):
    missed = make_miss(*family)
    with pytest.raises(objections.NothingToObject):
        object_to(missed, by_guardian(family[0]))

    make_rule()
    assumed = make_miss(*family, days_ago=5, by_clock=True)
    with pytest.raises(objections.NothingToObject):
        object_to(assumed, by_guardian(family[0]))
    assert objections.object_until(make_session()) is None


def test_nobody_decides_about_their_own_child(barred):
    guardian, child = barred
    missed = SignUp.objects.filter(child=child).first()
    made = make_objection(missed)
    own = make_member(missed.session.provider, "coordinator", user=guardian.user)

    with pytest.raises(objections.OwnCase):
        objections.decide(made, "accepted", answer="", by=own, now=NOW)

    made.made_by = make_user()  # the other guardian objected
    made.save()
    with pytest.raises(objections.OwnCase):
        objections.decide(made, "accepted", answer="", by=own, now=NOW)


def test_nobody_decides_about_what_they_wrote_for_a_family(barred):
    missed = SignUp.objects.filter(child=barred[1]).first()
    clerk = make_member(missed.session.provider, "coordinator")
    made = make_objection(missed)
    made.made_by = clerk.user
    made.save()

    with pytest.raises(objections.OwnCase):
        objections.decide(made, "accepted", answer="", by=clerk, now=NOW)


def test_a_provider_makes_no_rule():
    with pytest.raises(objections.NotLeague):
        set_rule(make_member(make_organisation("provider"), "manager"))


def test_an_offices_family_is_told_by_its_office():
    office = make_family_office()
    guardian = make_guardian(registered_by=office)
    _same, [child] = make_family(guardian=guardian)
    make_rule()
    clerk = make_member(office, "clerk")
    missed = make_miss(guardian, child)
    made = objections.make(missed, reason="Ill.", by=clerk, submission_id=uuid.uuid4(), now=NOW)

    objections.decide(made, "accepted", answer="", by=officer("瑞景街道"), now=NOW)

    assert guardian.to_tell.filter(kind="objection_accepted").exists()


def test_a_youth_objects_alone():
    youth = make_youth(age=15)
    make_consent(youth, youth.guardianships.get().guardian)
    by = Acting(user=youth.user)
    make_rule()
    session = make_session(
        starts_at=NOW - timedelta(days=3), now=NOW - timedelta(days=9), programme={"min_age": 6, "max_age": 17}
    )
    party = signups.sign_up(
        session.pk, children=[youth], guardian=None, by=by, now=NOW - timedelta(days=5), submission_id=uuid.uuid4()
    )
    lifecycle.close(session, by=make_member(session.provider, "coordinator"), now=NOW)

    made = object_to(party.sign_ups.get(), by)

    assert (made.status, made.made_by) == ("open", youth.user)


def test_who_may_decide(barred):
    missed = SignUp.objects.filter(child=barred[1]).first()
    coordinator = make_member(missed.session.provider, "coordinator")
    league, other = officer("瑞景街道"), officer("天穆镇")
    made = make_objection(missed)
    asked = [coordinator, league, other, by_guardian(barred[0])]

    def answers(status, decided_by=None):
        made.status, made.decided_by = status, decided_by
        return [policies.may_decide(by, made) for by in asked]

    assert answers("open") == [True, True, False, False]
    assert answers("refused", coordinator.user) == [False, True, False, False]
    assert answers("refused", league.user) == [False, False, False, False]
    assert answers("accepted", coordinator.user) == [False, False, False, False]
    assert not policies.may_decide(Acting(), made)


def test_nobody_else_has_objections_to_decide(barred):
    make_objection(SignUp.objects.filter(child=barred[1]).first())

    for by in (by_guardian(barred[0]), make_member(make_family_office(), "manager")):
        assert not Objection.objects.decidable_by(by).exists()
