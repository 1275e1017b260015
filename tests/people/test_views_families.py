"""Pages: an office's families, and what is to be told to them."""

import uuid

import pytest

from people import services
from people.models import Child, Guardian, ToTell
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def league():
    return make_organisation("league", region=make_region("北辰区"))


@pytest.fixture
def clerk(client):
    by = make_member(make_family_office(), "clerk")
    client.force_login(by.user)
    return by


@pytest.fixture
def family(clerk):
    guardian = make_guardian(registered_by=clerk.organisation, name="王奶奶", phone="+8613800007777")
    make_child(guardian, name="小满")
    return guardian


def answers(**fields):
    return {
        "submission_id": str(uuid.uuid4()),
        "guardian_name": "李奶奶",
        "phone": "139 0000 0001",
        "name": "谷雨",
        "birth_date": "2017-05-04",
        "relation": "grandparent",
        "township": make_region("瑞景街道").pk,
        "community": make_region("翡翠城社区").pk,
        **fields,
    }


def tell(guardian, title="科学营", cause="1"):
    context = {"title": title, "reason": "下雨"}
    services.tell(guardian, kind="organisation_suspended", cause=cause, context=context, path="/my/", now=NOW)


def test_list_shows_the_offices_families_and_finds_them(client, clerk, family):
    make_child(make_guardian(registered_by=make_family_office("天穆镇"), name="别处"))

    assert list(client.get("/people/families/").context["page"].object_list) == [family]
    assert "138 0000 7777" in client.post("/people/families/", {"q": "小满"}).content.decode()
    assert "No family of your office matches" in client.post("/people/families/", {"q": "无"}).content.decode()
    assert client.post("/people/families/", {"q": "x" * 99}).status_code == 200


def test_empty_list_says_what_it_is_for(client, clerk):
    assert "No family yet" in client.get("/people/families/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_one_and_three(client, clerk, rows, django_assert_num_queries):
    for _ in range(rows):
        make_child(make_guardian(registered_by=clerk.organisation))

    with django_assert_num_queries(7):
        assert client.get("/people/families/").status_code == 200


def test_registering_a_family_leads_to_its_page(client, clerk):
    assert "翡翠城社区" in client.get("/people/families/register/").content.decode()

    response = client.post("/people/families/register/", answers())

    guardian = Guardian.objects.get()
    assert response["Location"] == f"/people/families/{guardian.pk}/"
    assert (guardian.name, guardian.phone, guardian.registered_by) == ("李奶奶", "+8613900000001", clerk.organisation)
    assert "谷雨" in client.get(response["Location"]).content.decode()


def test_registering_a_known_phone_leads_to_the_family(client, clerk, family):
    page = client.post("/people/families/register/", answers(phone="138-0000-7777"))

    assert (page.status_code, f"/people/families/{family.pk}/" in page.content.decode()) == (422, True)


@pytest.mark.parametrize("fields", [{"birth_date": "2099-01-01"}, {"guardian_name": ""}, {"phone": "1"}])
def test_registering_with_a_wrong_answer_is_explained(client, clerk, fields):
    assert client.post("/people/families/register/", answers(**fields)).status_code == 422
    assert not Guardian.objects.exists()


def test_communities_of_another_street_are_shown_without_losing_a_word(client, clerk):
    page = client.post("/people/families/register/", answers(show="communities", township=make_region("天穆镇").pk))

    assert ("天穆村" in page.content.decode(), "李奶奶" in page.content.decode()) == (True, True)


def test_another_child_of_a_family_is_added_once(client, clerk, family):
    address = f"/people/families/{family.pk}/children/add/"
    assert client.get(address).status_code == 200
    assert (
        "天穆村"
        in client.post(address, answers(show="communities", township=make_region("天穆镇").pk)).content.decode()
    )

    assert client.post(address, answers()).status_code == 302
    assert client.post(address, answers()).status_code == 422
    assert client.post(address, answers(is_another="on")).status_code == 302
    assert client.post(address, answers(birth_date="2099-01-01")).status_code == 422

    assert Child.objects.filter(name="谷雨", registered_by=clerk.organisation).count() == 2


def test_a_familys_child_is_changed_by_the_clerk(client, clerk, family):
    child = Child.objects.get()
    address = f"/people/families/{family.pk}/children/{child.pk}/"

    assert client.get(address).status_code == 200
    assert client.post(address, answers(name="小满𠮷"))["Location"] == f"/people/families/{family.pk}/"

    assert Child.objects.get().name == "小满𠮷"


def test_another_offices_family_is_not_there(client, clerk):
    guardian = make_guardian(registered_by=make_family_office("天穆镇"))
    child = make_child(guardian)
    tell(guardian)

    for address in ("", "children/add/", f"children/{child.pk}/"):
        assert client.get(f"/people/families/{guardian.pk}/{address}").status_code == 404
    assert client.post(f"/people/to-tell/{ToTell.objects.get().pk}/told/").status_code == 404


def test_a_clerks_own_children_are_no_family_of_the_office(client, clerk):
    own = make_guardian(user=clerk.user)

    assert client.get(f"/people/families/{own.pk}/").status_code == 404


def test_what_is_to_be_told_is_listed_in_words_and_ticked_off(client, clerk, family):
    tell(family)

    page = client.get("/people/to-tell/").content.decode()
    assert ("科学营 is suspended" in page, "138 0000 7777" in page) == (True, True)
    assert "科学营 is suspended" in client.get(f"/people/families/{family.pk}/").content.decode()

    client.post(f"/people/to-tell/{ToTell.objects.get().pk}/told/")
    assert "Everybody has been told" in client.get("/people/to-tell/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_what_is_to_be_told_costs_the_same_for_one_and_three(client, family, rows, django_assert_num_queries):
    for n in range(rows):
        tell(family, cause=str(n))

    with django_assert_num_queries(4):
        assert client.get("/people/to-tell/").status_code == 200


@pytest.mark.parametrize("role", ["child_officer", "provider", "league", "nobody"])
def test_families_are_for_clerks(client, role):
    if role == "child_officer":
        user = make_member(make_family_office(), role).user
    elif role == "nobody":
        user = make_user()
    else:
        user = make_member(make_organisation(role), "manager" if role == "provider" else "officer").user
    client.force_login(user)

    for address in ("families/", "families/register/", "to-tell/"):
        assert client.get(f"/people/{address}").status_code == 403
