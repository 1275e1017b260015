"""Admission: every edge of the table, each taken once, each with its history row and its message."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from core.formats import daytime_text
from notifications.models import Letter, Message
from organisations import lifecycle, memberships, services
from organisations.models import Invitation, Organisation
from organisations.models.organisation import STATUS_SENTENCES, TRANSITIONS
from organisations.policies import OwnOrganisation
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
VERBS = {
    "admit": lambda org, by: lifecycle.admit(org, by=by, now=NOW),
    "refuse": lambda org, by: lifecycle.refuse(org, by=by, now=NOW, reason="证书过期"),
    "suspend": lambda org, by: lifecycle.suspend(org, by=by, now=NOW, reason="正在核查"),
    "resume": lambda org, by: lifecycle.resume(org, by=by, now=NOW),
}


@pytest.fixture
def officer():
    return make_member(make_organisation("league"), "officer")


@pytest.mark.parametrize("status", Organisation.Status.values)
@pytest.mark.parametrize("verb", VERBS)
def test_verb_follows_the_table_and_nothing_else(verb, status, officer):
    organisation = make_organisation("provider", status=status)
    starts, ends = TRANSITIONS[verb]

    if status in starts:
        VERBS[verb](organisation, officer)
        after, rows = ends, 1
    else:
        with pytest.raises(lifecycle.MovedOn, match=r"decided in the meantime\."):
            VERBS[verb](organisation, officer)
        after, rows = status, 0

    organisation.refresh_from_db()
    assert organisation.status == after
    assert organisation.history.filter(verb=verb, before=status, after=ends, actor=officer.user).count() == rows


def test_a_decision_that_came_too_late_names_who_decided_and_when(officer):
    """Without it a colleague calls around the office to learn who admitted the applicant."""
    colleague, organisation = make_member(officer.organisation, "officer"), make_organisation(status="applied")
    stranger = make_member(make_organisation("league"), "officer")
    lifecycle.admit(organisation, by=colleague, now=NOW)
    services.edit_profile(organisation, by=officer, now=NOW, address="新址")

    with translation.override("en"):
        when = daytime_text(NOW)
        with pytest.raises(lifecycle.MovedOn, match=f"The last to act was {colleague.user}, on {when}"):
            lifecycle.refuse(organisation, by=officer, now=NOW, reason="证书过期")
        with pytest.raises(lifecycle.MovedOn, match=f"The last to act was {colleague.organisation}, on"):
            lifecycle.refuse(organisation, by=stranger, now=NOW, reason="证书过期")
        lifecycle.suspend(organisation, by=colleague, now=NOW, reason="正在核查")
        with pytest.raises(lifecycle.MovedOn, match=f"The last to act was {colleague.user}"):
            lifecycle.invite_again(organisation, by=officer, now=NOW)


def test_every_status_has_its_sentence():
    assert set(STATUS_SENTENCES) == set(Organisation.Status.values)
    assert make_organisation().status_sentence == "The organisation takes part."


def test_admit_invites_the_contact_to_the_head_role(officer):
    applicant = make_organisation("provider", status="applied", contact_email="head@example.test")

    lifecycle.admit(applicant, by=officer, now=NOW)

    assert Invitation.objects.get().role == "manager"
    letter = Letter.objects.get()
    assert letter.to == "head@example.test"
    assert letter.subject == f"{applicant.name}已入驻，请打开链接开始"
    said = ["团委已同意", "下一步：打开下面的链接", "/invitations/", "022-0000 0000", "What to do next"]
    assert [words for words in said if words not in letter.body] == []
    assert Organisation.objects.get(pk=applicant.pk).is_on_trial


@pytest.mark.parametrize(("kind", "on_trial"), [("provider", True), ("office", False), ("school", False)])
def test_admit_puts_new_providers_on_trial(kind, on_trial, officer):
    applicant = make_organisation(kind, status="applied")

    assert lifecycle.admit(applicant, by=officer, now=NOW).is_on_trial is on_trial


def test_admit_tells_the_head_where_there_is_one_already(officer):
    applicant = make_organisation("provider", status="applied", contact_email="head@example.test")
    manager = make_member(applicant, "manager")

    lifecycle.admit(applicant, by=officer, now=NOW)

    assert Message.objects.get().recipient == manager.user
    assert not Invitation.objects.exists()


def test_refuse_writes_the_reason_to_the_contact(officer):
    applicant = make_organisation("provider", status="applied", contact_email="head@example.test")

    lifecycle.refuse(applicant, by=officer, now=NOW, reason="证书过期")

    assert "证书过期" in Letter.objects.get().body
    assert applicant.history.get().note == "证书过期"


def test_refuse_without_a_contact_writes_to_nobody(officer):
    lifecycle.refuse(make_organisation("provider", status="applied"), by=officer, now=NOW, reason="证书过期")

    assert not Letter.objects.exists()


@pytest.mark.parametrize(("verb", "status"), [(lifecycle.refuse, "applied"), (lifecycle.suspend, "admitted")])
def test_decision_against_somebody_needs_a_reason(verb, status, officer):
    organisation = make_organisation("provider", status=status)

    with pytest.raises(lifecycle.ReasonMissing):
        verb(organisation, by=officer, now=NOW, reason="  ")
    assert Organisation.objects.get(pk=organisation.pk).status == status


def test_suspend_and_resume_tell_the_head_each_time(officer):
    organisation = make_organisation("provider")
    make_member(organisation, "manager")
    make_member(organisation, "coordinator")

    for hour in (2, 3):
        now = datetime(2026, 11, 24, hour, tzinfo=UTC)
        lifecycle.suspend(organisation, by=officer, now=now, reason="正在核查")
        lifecycle.resume(organisation, by=officer, now=now)

    kinds = list(Message.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["organisation_suspended", "organisation_resumed"] * 2


def test_suspended_organisation_may_not_act(officer):
    organisation = make_organisation("provider")
    manager = make_member(organisation, "manager")

    lifecycle.suspend(organisation, by=officer, now=NOW, reason="正在核查")

    assert not manager.is_for(organisation.pk, "manager")


def test_end_trial_twice_happens_once(officer):
    organisation = make_organisation("provider", is_on_trial=True)

    for _ in range(2):
        assert not lifecycle.end_trial(organisation, by=officer, now=NOW).is_on_trial

    assert organisation.history.filter(verb="end_trial").count() == 1


def test_holders_are_active_accounts_with_the_role_on_the_day():
    organisation = make_organisation("provider")
    manager, coordinator = make_member(organisation, "manager"), make_member(organisation, "coordinator")
    gone = make_member(organisation, "manager")
    gone.user.is_active = False
    gone.user.save()
    make_member(make_organisation("provider"), "manager")

    assert list(memberships.holders(organisation, "manager", on=NOW.date())) == [manager.user]
    assert list(memberships.holders(organisation, on=NOW.date())) == [manager.user, coordinator.user]


@pytest.mark.parametrize(
    ("verb", "status"), [("admit", "applied"), ("refuse", "applied"), ("suspend", "admitted"), ("resume", "suspended")]
)
def test_officer_decides_nothing_about_an_organisation_of_their_own(verb, status, officer):
    organisation = make_organisation("provider", status=status)
    make_member(organisation, "coordinator", user=officer.user)

    with pytest.raises(OwnOrganisation, match="Ask somebody else of"):
        VERBS[verb](organisation, officer)

    organisation.refresh_from_db()
    assert organisation.status == status
    VERBS[verb](organisation, make_member(officer.organisation, "officer"))


def test_lapsed_first_link_is_sent_again_and_ends_the_earlier_one(officer):
    """Without it an admitted provider whose contact was on holiday for a week could never take part."""
    applicant = make_organisation("provider", status="applied", contact_email="head@example.test")
    lifecycle.admit(applicant, by=officer, now=NOW)
    later = NOW + timedelta(days=8)

    lifecycle.invite_again(applicant, by=officer, now=later)

    assert [row.role for row in Invitation.objects.open(later)] == ["manager"]
    assert Letter.objects.latest("pk").to == "head@example.test"
    lifecycle.invite_again(applicant, by=officer, now=later)
    assert Invitation.objects.open(later).count() == 1


@pytest.mark.parametrize("case", ["not admitted", "has a head", "no address", "own"])
def test_first_link_is_not_sent_again_to(case, officer):
    organisation = make_organisation(
        "provider",
        status="suspended" if case == "not admitted" else "admitted",
        contact_email="" if case == "no address" else "head@example.test",
    )
    refusal = {
        "not admitted": lifecycle.MovedOn,
        "has a head": lifecycle.HasHead,
        "no address": lifecycle.NoAddress,
        "own": OwnOrganisation,
    }[case]
    if case in {"has a head", "own"}:
        user = {"user": officer.user} if case == "own" else {}
        make_member(organisation, "manager" if case == "has a head" else "coordinator", **user)

    with pytest.raises(refusal):
        lifecycle.invite_again(organisation, by=officer, now=NOW)

    assert Invitation.objects.count() == 0


def test_officer_cannot_suspend_the_very_organisation_they_act_for(officer):
    """There is no colleague of that organisation to send them to: the sentence names nobody of it."""
    with pytest.raises(OwnOrganisation, match=r"Somebody else has to decide about it\."):
        lifecycle.suspend(officer.organisation, by=officer, now=NOW, reason="误操作")

    officer.organisation.refresh_from_db()
    assert officer.organisation.status == "admitted"


def test_officer_does_not_end_the_trial_of_a_provider_of_their_own(officer):
    organisation = make_organisation("provider", is_on_trial=True)
    make_member(organisation, "finance", user=officer.user)

    with pytest.raises(OwnOrganisation):
        lifecycle.end_trial(organisation, by=officer, now=NOW)

    organisation.refresh_from_db()
    assert organisation.is_on_trial
