"""Staff on duty are substituted through the gate, once, until the session ends."""

from datetime import timedelta

import pytest

from activities import crew, scheduling
from activities.models import CrewAssignment, Session, SessionHistory
from notifications.models import Message
from safeguarding.clearance import NotCleared
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, acting, make_crew_member, make_session
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> Session:
    provider = make_organisation("provider")
    return make_session(provider=provider, crew=[(make_crew_member(provider).pk, True)])


def on_duty(session: Session) -> CrewAssignment:
    return CrewAssignment.objects.active().get(session=session)


def replace(session: Session, member, *, now=NOW) -> CrewAssignment:
    old = on_duty(session)
    return crew.substitute(old, member, by=acting(old.membership), now=now)


def test_substitute_hands_the_lead_over_and_tells_both(session):
    old, member = on_duty(session), make_crew_member(session.provider)

    new = replace(session, member)

    assert (on_duty(session), new.user, new.is_lead) == (new, member.user, old.is_lead)
    assert SessionHistory.objects.filter(session=session, verb="substitute", at=NOW).count() == 1
    told = Message.objects.filter(kind="crew_changed").values_list("recipient", flat=True)
    assert set(told) == {old.user_id, member.user_id}


def test_substitute_asks_the_gate(session):
    uncleared = make_member(session.provider, "coordinator")
    member = uncleared.user.memberships.get()

    with pytest.raises(NotCleared):
        replace(session, member)

    assert on_duty(session).membership != member


def test_substitute_refuses_a_stranger(session):
    with pytest.raises(scheduling.NotOfProvider):
        replace(session, make_crew_member(make_organisation("provider")))


def test_substitute_refuses_who_is_elsewhere(session):
    busy = make_crew_member(session.provider)
    make_session(provider=session.provider, crew=[(busy.pk, True)])

    with pytest.raises(scheduling.CrewTaken):
        replace(session, busy)


def test_substitute_twice_is_told_so(session):
    old, first, second = on_duty(session), make_crew_member(session.provider), make_crew_member(session.provider)
    replace(session, first)

    with pytest.raises(crew.AlreadyReplaced):
        crew.substitute(old, second, by=acting(first), now=NOW)


def test_substitute_by_somebody_in_the_crew_is_refused(session):
    with pytest.raises(crew.AlreadyInCrew):
        replace(session, on_duty(session).membership)


def test_substitute_after_the_end_is_refused(session):
    with pytest.raises(crew.SessionEnded):
        replace(session, make_crew_member(session.provider), now=STARTS_AT + timedelta(hours=9))


def test_crew_page_replaces_and_refuses_in_words(client, session):
    member = make_crew_member(session.provider)
    client.force_login(make_member(session.provider, "manager").user)
    url, data = f"/sessions/{session.pk}/crew/", {"leaves": on_duty(session).pk, "comes": member.pk}

    page = client.get(url, headers={"accept-language": "en"})
    answer = client.post(url, data)
    again = client.post(url, data, headers={"accept-language": "en"})

    assert member.user.name in page.content.decode()
    assert (answer.status_code, on_duty(session).user) == (302, member.user)
    assert again.status_code == 422
    assert "Select a valid choice" in again.content.decode()


def test_crew_page_puts_somebody_on_duty_where_nobody_is_left(client, session):
    CrewAssignment.objects.update(removed_at=NOW)
    member = make_crew_member(session.provider)
    client.force_login(make_member(session.provider, "manager").user)
    english = {"accept-language": "en"}

    page = client.get(f"/sessions/{session.pk}/crew/", headers=english).content.decode()
    refused = client.post(f"/sessions/{session.pk}/crew/add/", {"member": 0}, headers=english)
    answer = client.post(f"/sessions/{session.pk}/crew/add/", {"member": member.pk})

    assert "Nobody is on duty." in page
    assert refused.status_code == 422
    assert (answer.status_code, on_duty(session).user) == (302, member.user)


def test_crew_page_of_another_provider_is_not_found(client, session):
    client.force_login(make_member(make_organisation("provider"), "manager").user)

    assert client.get(f"/sessions/{session.pk}/crew/").status_code == 404


def test_assign_fills_an_empty_crew_and_leads_it(session):
    CrewAssignment.objects.update(removed_at=NOW)
    member = make_crew_member(session.provider)

    new = crew.assign(session, member, by=acting(member), now=NOW)

    assert (on_duty(session), new.is_lead) == (new, True)
    assert SessionHistory.objects.filter(session=session, verb="assign", at=NOW).count() == 1
    assert Message.objects.filter(kind="crew_changed", recipient=member.user).count() == 1


def test_assign_adds_one_more_who_does_not_lead(session):
    member = make_crew_member(session.provider)

    assert not crew.assign(session, member, by=acting(member), now=NOW).is_lead


def test_assign_passes_the_same_gate_as_substituting(session):
    uncleared = make_member(session.provider, "coordinator").user.memberships.get()
    stranger = make_crew_member(make_organisation("provider"))
    by = acting(on_duty(session).membership)

    for member, refusal in [(uncleared, NotCleared), (stranger, scheduling.NotOfProvider)]:
        with pytest.raises(refusal):
            crew.assign(session, member, by=by, now=NOW)
    with pytest.raises(crew.AlreadyInCrew):
        crew.assign(session, on_duty(session).membership, by=by, now=NOW)
    with pytest.raises(crew.SessionEnded):
        crew.assign(session, make_crew_member(session.provider), by=by, now=session.ends_at)
