"""Whom a family lets fetch a child: five at most, seen by its guardians alone, deleted when taken back."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core.errors import SentByAnother
from organisations.acting import Acting
from people import pick_up
from people.models import Child, ChildHistory, PickUpPerson
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def guardian(client):
    guardian = make_guardian()
    client.force_login(guardian.user)
    return guardian


@pytest.fixture
def child(guardian):
    return make_child(guardian, age=7, name="小满")


def name(child, who="钱姥姥", *, number=None, by=None):
    number = number or uuid.uuid4()
    return pick_up.name_person(child, name=who, phone="", by=by or Acting(), submission_id=number, now=NOW)


def page(child) -> str:
    return f"/my/children/{child.pk}/pick-up/"


def answers(**fields):
    return {"submission_id": str(uuid.uuid4()), "name": " 钱姥姥 ", "phone": "138 0000 1234", **fields}


def test_a_guardian_names_somebody_and_takes_the_name_back(client, child):
    assert f'href="{page(child)}"' in client.get("/my/children/").text
    assert client.post(page(child), answers())["Location"] == page(child)

    person = PickUpPerson.objects.get()
    assert (person.name, person.phone, person.slot) == ("钱姥姥", "+8613800001234", 1)
    shown = client.get(page(child))
    assert "钱姥姥" in shown.text
    assert "138 0000 1234" in shown.text
    assert "no-store" in shown["cache-control"]

    assert client.post(f"/my/pick-up/{person.pk}/take-back/")["Location"] == page(child)
    assert not PickUpPerson.objects.exists()


def test_history_says_that_somebody_was_named_and_never_who(client, child):
    client.post(page(child), answers())
    client.post(f"/my/pick-up/{PickUpPerson.objects.get().pk}/take-back/")

    rows = list(ChildHistory.objects.order_by("pk").values_list("verb", "note"))
    assert rows == [("name_pick_up", ""), ("take_back_pick_up", "")]


def test_who_answers_for_the_child_no_more_sees_nobody(guardian, child):
    person = name(child)
    assert list(PickUpPerson.objects.visible_to(Acting(user=guardian.user))) == [person]

    child.guardianships.update(ends_on=NOW.date() - timedelta(days=1))

    assert not PickUpPerson.objects.visible_to(Acting(user=guardian.user)).exists()


def test_the_persons_of_a_record_that_was_merged_are_gone_with_it(guardian, child):
    name(child)
    Child.objects.filter(pk=child.pk).update(merged_into=make_child(guardian))

    assert not PickUpPerson.objects.visible_to(Acting(user=guardian.user)).exists()


def test_a_name_is_needed_and_an_odd_phone_is_said(client, child):
    response = client.post(page(child), answers(name="", phone="12"))

    assert response.status_code == 422
    assert "Write the name of who fetches the child." in response.text
    assert not PickUpPerson.objects.exists()


def test_the_same_form_sent_twice_names_one(client, child):
    sent = answers()
    client.post(page(child), sent)
    client.post(page(child), sent)

    assert PickUpPerson.objects.count() == 1


def test_a_forms_number_serves_for_one_child(guardian, child):
    number = uuid.uuid4()
    name(child, number=number)

    with pytest.raises(SentByAnother):
        name(make_child(guardian), number=number)


def test_five_are_enough_and_a_freed_place_is_used_again(client, child):
    persons = [name(child) for _ in range(5)]

    full = client.post(page(child), answers())
    assert full.status_code == 422
    assert "Five people are named already" in full.text
    assert "Five people are named already" in client.get(page(child)).text
    pick_up.take_back(persons[1], by=Acting(), now=NOW)
    pick_up.take_back(persons[1], by=Acting(), now=NOW)

    assert name(child).slot == 2
    assert ChildHistory.objects.filter(verb="take_back_pick_up").count() == 1


def test_the_database_itself_refuses_a_sixth(child):
    for slot in (6, 1, 0):
        facts = {"child": child, "name": "x", "submission_id": uuid.uuid4(), "slot": slot}
        if slot == 1:
            name(child)
        with pytest.raises(IntegrityError), transaction.atomic():
            PickUpPerson.objects.create(**facts)


def test_both_guardians_see_the_names_and_nobody_else(client, child):
    person = name(child)
    other, stranger, clerk = make_guardian(), make_guardian(), make_member(make_family_office(), "clerk")
    make_guardianship(other, child)

    client.force_login(other.user)
    assert "钱姥姥" in client.get(page(child)).text
    for user in (stranger.user, clerk.user):
        client.force_login(user)
        assert client.get(page(child)).status_code == 404
        assert client.post(f"/my/pick-up/{person.pk}/take-back/").status_code == 404
    assert not PickUpPerson.objects.visible_to(Acting()).exists()


def test_the_office_that_registered_the_family_sees_the_child_but_not_these_names(client):
    office = make_family_office()
    child = make_child(make_guardian(registered_by=office), age=7)
    name(child)
    client.force_login(make_member(office, "clerk").user)

    assert client.get(page(child)).status_code == 403


def test_a_youth_names_nobody(client):
    youth = make_youth()
    client.force_login(youth.user)

    assert client.get(page(youth)).status_code == 403


def test_from_ten_on_nobody_is_asked(client, guardian):
    child = make_child(guardian, age=10)

    assert page(child) not in client.get("/my/children/").text
