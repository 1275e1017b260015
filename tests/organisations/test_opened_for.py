"""A form acts for the organisation for which it was opened, or not at all."""

import re

import pytest
from django.urls import reverse

from organisations.models import Invitation, Membership
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
MEMBERS = reverse("organisations:members")
INVITED = {"email": "new@example.test", "role": "manager", "submission_id": "7d0a2f64-7f5c-4bd2-9d5e-0a5a1a7d1f10"}


def hidden(response):
    """The organisation that the page's forms carry."""
    found = set(re.findall(r'name="opened_for" value="(\d*)"', response.content.decode()))
    return found.pop() if len(found) == 1 else found


@pytest.fixture
def two(client):
    """A person who manages two providers, and acts for the first."""
    first, second = make_organisation(name="青禾"), make_organisation(name="蓝天")
    user = make_member(first, "manager").user
    make_member(second, "manager", user=user)
    client.force_login(user)
    return first, second


def switch(client, organisation):
    assert client.post(reverse("organisations:act"), {"organisation": organisation.pk}).status_code == 302


def test_every_form_carries_the_organisation_for_which_it_was_opened(client, two):
    first, second = two
    assert hidden(client.get(MEMBERS)) == str(first.pk)

    switch(client, second)
    assert hidden(client.get(MEMBERS)) == str(second.pk)


def test_form_opened_before_the_switch_is_refused_with_a_sentence(client, two):
    _first, second = two
    form = {**INVITED, "opened_for": hidden(client.get(MEMBERS))}
    switch(client, second)

    page = client.post(MEMBERS, form, headers={"accept-language": "en"})

    assert page.status_code == 409
    assert "You opened it for 青禾, but act for 蓝天 now. Nothing was changed." in page.content.decode()
    assert not Invitation.objects.exists()


def test_form_is_taken_once_the_person_has_switched_back(client, two):
    first, second = two
    form = {**INVITED, "opened_for": hidden(client.get(MEMBERS))}
    switch(client, second)
    switch(client, first)

    assert client.post(MEMBERS, form).status_code == 302
    assert Invitation.objects.get().organisation == first


def test_old_form_still_switches_the_organisation(client, two):
    first, second = two
    old = str(first.pk)
    switch(client, second)

    assert client.post(reverse("organisations:act"), {"organisation": old, "opened_for": old}).status_code == 302
    assert hidden(client.get(MEMBERS)) == old


def test_form_of_an_organisation_that_one_has_left_does_not_fall_to_the_next(client, two):
    first, _second = two
    form = {**INVITED, "opened_for": hidden(client.get(MEMBERS))}
    Membership.objects.filter(organisation=first).delete()

    page = client.post(MEMBERS, form, headers={"accept-language": "en"})

    assert page.status_code == 409
    assert first.name not in page.content.decode()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("opened", ["abc", "99999999999999999999", "-1", "", "１"])
def test_nonsense_is_a_form_of_somebody_else(client, two, opened):
    assert client.post(MEMBERS, {"opened_for": opened}).status_code == 409


def test_who_acts_for_themselves_sends_forms_for_themselves(client):
    client.force_login(make_user())
    page = client.get(reverse("people:children"))

    assert hidden(client.get(reverse("users:details"))) == ""
    assert page.status_code == 200
    assert client.post(reverse("users:details"), {"opened_for": ""}).status_code != 409


def test_who_is_signed_out_meanwhile_logs_in_first(client, two):
    client.logout()

    assert client.post(MEMBERS, {"opened_for": "1"})["Location"].startswith("/accounts/login/")
    assert 'name="opened_for"' not in client.get("/accounts/login/").content.decode()
