"""Asking society for a review, in the browser."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import reviews
from activities.models import ReviewInvitation
from notifications.models import Message
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, acting, make_crew_member, make_session
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def office():
    return make_organisation("office", region=make_region())


@pytest.fixture
def session(office):
    return make_session(office=office)


@pytest.fixture
def manager(office):
    return make_member(office, "manager")


def address_of(session) -> str:
    return reverse("activities:invite", args=[session.pk])


def officer():
    return make_member(make_organisation("league", region=make_region("北辰区")), "officer")


@pytest.mark.parametrize("written", ["Guest@example.test", "138 0000 1234"])
def test_who_is_asked_finds_the_page_in_their_inbox(session, manager, written):
    guest = make_user("guest@example.test", phone="+8613800001234")

    response = signed_in(manager.user).post(address_of(session), {"address": written}, follow=True)

    invitation = ReviewInvitation.objects.get()
    assert (invitation.user, invitation.invited_by) == (guest, manager.user)
    assert Message.objects.get(recipient=guest).path == reverse("activities:invited", args=[invitation.pk])
    assert "in their inbox now" in response.text


def test_being_asked_twice_is_one_message(session, manager):
    make_user("guest@example.test")
    client = signed_in(manager.user)

    client.post(address_of(session), {"address": "guest@example.test"})
    client.post(address_of(session), {"address": "guest@example.test"})

    assert ReviewInvitation.objects.count() == 1
    assert Message.objects.filter(kind="review_invited").count() == 1


def test_the_page_never_tells_who_has_an_account_or_works_for_the_provider(session, manager):
    make_user("guest@example.test")
    make_member(session.provider, "coordinator", user=make_user("worker@example.test"))
    client = signed_in(manager.user)

    def said(address: str) -> list[str]:
        response = client.post(address_of(session), {"address": address}, follow=True)
        return [str(message) for message in response.context["messages"]]

    assert said("guest@example.test") == said("nobody@example.test") == said("worker@example.test")
    assert ReviewInvitation.objects.count() == 1


def test_an_address_that_is_none_is_said_at_the_field(session, manager):
    response = signed_in(manager.user).post(address_of(session), {"address": "the teacher"})

    assert response.status_code == 422
    assert "Write an e-mail address or a phone number." in response.text


def test_only_the_league_and_the_ordering_office_choose_who_rates(session, manager, office):
    assert signed_in(officer().user).get(address_of(session)).status_code == 200
    assert signed_in(make_member(session.provider, "manager").user).get(address_of(session)).status_code == 403
    assert signed_in(make_member(office, "clerk").user).get(address_of(session)).status_code == 403
    make_member(session.provider, "coordinator", user=manager.user)
    assert signed_in(manager.user).get(address_of(session)).status_code == 403


def test_the_sessions_page_leads_there(session, manager):
    page = reverse("activities:session", args=[session.pk])

    assert address_of(session) in signed_in(manager.user).get(page).text
    assert address_of(session) not in signed_in(make_user()).get(page).text


def test_nobody_is_asked_about_a_session_that_was_called_off(session, manager):
    make_user("guest@example.test")
    session.status = session.Status.CANCELLED
    session.save()

    response = signed_in(manager.user).post(address_of(session), {"address": "guest@example.test"})

    assert response.status_code == 422
    assert "called off" in response.text
    with pytest.raises(reviews.SessionCancelled):
        reviews.invite(session, make_user(), by=manager, now=NOW)


def test_before_the_end_the_page_says_from_when_on_it_can_be_rated(session, manager):
    guest = make_user()
    invitation = reviews.invite(session, guest, by=manager, now=NOW)
    page = reverse("activities:invited", args=[invitation.pk])

    early = signed_in(guest).get(page)
    with time_machine.travel(session.ends_at, tick=False):
        late = signed_in(guest).get(page)

    assert "once it has ended" in early.text
    assert "Send the review" not in early.text
    assert "Send the review" in late.text


def test_the_page_counts_what_society_said(session, manager):
    guest = make_user()
    invitation = reviews.invite(session, guest, by=manager, now=NOW)
    with time_machine.travel(session.ends_at, tick=False):
        signed_in(guest).post(reverse("activities:invited", args=[invitation.pk]), {"mark": 5})

    assert "1 review from society has come in." in signed_in(manager.user).get(address_of(session)).text


def test_the_crew_is_not_offered_to_invite():
    crew = make_crew_member(make_organisation("provider"))
    session = make_session(provider=crew.organisation, crew=[(crew.pk, True)], starts_at=STARTS_AT)

    assert "Invite somebody from society" not in signed_in(acting(crew).user).get(f"/sessions/{session.pk}/").text
