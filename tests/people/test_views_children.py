"""Pages: a guardian's own children, and a youth's own login."""

import re
import uuid
from datetime import date

import pytest
from django.utils import timezone

from organisations.acting import Acting
from people import services
from people.models import Child, Guardian
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def league():
    return make_organisation("league", region=make_region("北辰区"))


@pytest.fixture
def guardian(client):
    guardian = make_guardian()
    client.force_login(guardian.user)
    return guardian


def answers(**fields):
    return {
        "submission_id": str(uuid.uuid4()),
        "name": "小满",
        "birth_date": "2017-05-04",
        "relation": "parent",
        "township": make_region("瑞景街道").pk,
        "community": make_region("翡翠城社区").pk,
        **fields,
    }


def test_adding_a_first_child_makes_the_guardian(client):
    user = make_user(name="王芳")
    client.force_login(user)

    assert "No child yet" in client.get("/my/children/").content.decode()
    assert client.get("/my/children/add/").status_code == 200
    assert client.post("/my/children/add/", answers(own_phone="13800001234"))["Location"] == "/my/children/"

    child = Child.objects.get()
    assert (child.birth_date, child.home_community.name) == (date(2017, 5, 4), "翡翠城社区")
    assert Guardian.objects.get().user == user
    assert "小满" in client.get("/my/children/").content.decode()


def test_who_adds_the_first_child_says_who_they_are_and_where_to_call(client):
    user = make_user()
    user.name = ""
    user.save()
    client.force_login(user)

    lacking = client.post("/my/children/add/", answers())
    wrong = client.post("/my/children/add/", answers(own_name="王芳", own_phone="12"))
    assert (lacking.status_code, wrong.status_code, Child.objects.count()) == (422, 422, 0)
    assert "Write your own name." in lacking.text
    assert "Write the phone number on which you can be reached." in lacking.text
    assert "This is no phone number." in wrong.text

    client.post("/my/children/add/", answers(own_name="王芳", own_phone="138 0000 1234"))

    guardian = Guardian.objects.get(user=user)
    assert (guardian.name, guardian.phone) == ("王芳", "+8613800001234")
    assert "own_phone" not in client.get("/my/children/add/").text
    assert client.post("/my/children/add/", answers(name="谷雨", own_phone="139 0000 1234")).status_code == 302
    guardian.refresh_from_db()
    assert guardian.phone == "+8613800001234"


def test_what_was_typed_about_oneself_survives_the_second_list(client):
    user = make_user()
    client.force_login(user)

    page = client.post("/my/children/add/", answers(show="communities", own_phone="138 0000 1234")).text

    assert 'value="138 0000 1234"' in page


def test_a_guardian_changes_where_they_are_reached(client, guardian):
    make_child(guardian)
    assert guardian.phone_shown in client.get("/my/children/").text
    assert "/my/children/contact/" in client.get("/my/children/").text

    wrong = client.post("/my/children/contact/", {"own_name": "", "own_phone": "12"})
    saved = client.post(
        "/my/children/contact/?next=/sessions/1/sign-up/", {"own_name": "王芳", "own_phone": "13900001234"}
    )

    guardian.refresh_from_db()
    assert (wrong.status_code, saved["Location"]) == (422, "/sessions/1/sign-up/")
    assert (guardian.name, guardian.phone) == ("王芳", "+8613900001234")


def test_who_is_no_guardian_has_nothing_to_change(client):
    client.force_login(make_user())

    assert client.get("/my/children/contact/").status_code == 404


def test_a_guardian_without_a_phone_is_asked_for_one(client, guardian):
    make_child(guardian)
    guardian.phone = ""
    guardian.save()

    assert "We do not know your phone yet." in client.get("/my/children/").text


def test_adding_leads_back_to_the_page_that_asked_and_only_to_ours(client, guardian):
    assert client.post("/my/children/add/?next=/sessions/1/sign-up/", answers())["Location"] == "/sessions/1/sign-up/"
    other = client.post("/my/children/add/?next=https://example.test/", answers(name="谷雨"))
    assert other["Location"] == "/my/children/"


def test_communities_are_shown_without_script_and_without_losing_a_word(client, guardian):
    page = client.post("/my/children/add/", answers(show="communities", community="")).content.decode()

    assert ("翡翠城社区" in page, "小满" in page, "2017-05-04" in page, "error-summary" in page) == (
        True,
        True,
        True,
        False,
    )
    assert not Child.objects.exists()


def test_a_double_click_adds_one(client, guardian):
    given = answers()

    for _ in range(2):
        assert client.post("/my/children/add/", given).status_code == 302

    assert Child.objects.count() == 1


def test_a_likely_same_child_is_offered_first(client, guardian):
    client.post("/my/children/add/", answers())

    page = client.post("/my/children/add/", answers())
    assert (page.status_code, "No, this is another child" in page.content.decode()) == (422, True)

    assert client.post("/my/children/add/", answers(is_another="on")).status_code == 302
    assert Child.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"birth_date": "2099-01-01"}, "lies in the future"),
        ({"birth_date": "1990-01-01"}, "under 18"),
        ({"birth_date": "x"}, "Enter a valid date."),
        ({"community": ""}, "Choose the village or community."),
        ({"township": ""}, "Choose the town or street."),
        ({"community": "120113101001"}, "Choose a community of this town or street."),
        ({"name": ""}, "Write the child&#x27;s name."),
        ({"name": "长" * 51}, "at most 50 characters"),
    ],
)
def test_a_wrong_answer_is_explained(client, guardian, fields, said):
    make_region("天穆村")

    page = client.post("/my/children/add/", answers(**fields))

    assert (page.status_code, said in page.content.decode()) == (422, True)
    assert not Child.objects.exists()


def test_a_guardian_changes_their_own_child(client, guardian):
    child = make_child(guardian)
    page = f"/my/children/{child.pk}/"

    assert child.name in client.get(page).content.decode()
    assert (
        "天穆村" in client.post(page, answers(show="communities", township=make_region("天穆镇").pk)).content.decode()
    )
    assert client.post(page, answers(name="谷雨𠮷")).status_code == 302
    assert client.post(page, answers(birth_date="2099-01-01")).status_code == 422

    child.refresh_from_db()
    assert child.name == "谷雨𠮷"


@pytest.mark.parametrize("page", ["", "login/"])
def test_anybody_elses_child_is_not_there(client, guardian, page):
    address = f"/my/children/{make_child(age=15).pk}/{page}"

    assert (client.get(address).status_code, client.post(address, answers()).status_code) == (404, 404)


def test_a_youth_sees_themself_and_changes_nothing(client):
    youth = make_youth()
    client.force_login(youth.user)

    page = client.get("/my/children/").content.decode()
    assert youth.name in page
    assert "<h1>About me</h1>" in page
    mine = client.get("/my/").content.decode()
    assert "About me" in mine
    assert "add a child" not in mine.lower()
    assert client.get(f"/my/children/{youth.pk}/").status_code == 403
    assert client.post(f"/my/children/{youth.pk}/login/").status_code == 403


def test_a_youth_connects_a_login_by_the_guardians_link(client, guardian):
    child = make_child(guardian, age=15)
    make_child(guardian, age=9)
    assert client.get(f"/my/children/{child.pk}/login/").status_code == 200
    link = re.search(r"/my/youth/[\w-]+/", client.post(f"/my/children/{child.pk}/login/").content.decode())[0]

    client.logout()
    page = client.get(link).content.decode()
    assert (f"?next={link}" in page, child.name in page) == (True, False)
    client.post(link)
    assert not Child.objects.exclude(user=None).exists()

    user = make_user()
    client.force_login(user)
    assert client.get(link).status_code == 200
    assert client.post(link)["Location"] == "/my/children/"
    assert Child.objects.get(user=user) == child
    assert client.get(link).status_code == 410


def test_a_guardian_cannot_take_the_youths_link(client, guardian):
    child = make_child(guardian, age=15)
    link = re.search(r"/my/youth/[\w-]+/", client.post(f"/my/children/{child.pk}/login/").content.decode())[0]

    page = client.post(link)

    assert (page.status_code, "own account" in page.content.decode()) == (409, True)


def test_no_link_is_made_under_fourteen(client, guardian):
    page = client.post(f"/my/children/{make_child(guardian, age=12).pk}/login/")

    assert (page.status_code, "from 14 on" in page.content.decode()) == (409, True)


def test_a_clerk_makes_a_link_for_a_family_of_the_office(client):
    office = make_family_office()
    child = make_child(make_guardian(registered_by=office), age=15)
    client.force_login(make_member(office, "clerk").user)

    assert "/my/youth/" in client.post(f"/my/children/{child.pk}/login/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_one_and_three(client, guardian, rows, django_assert_num_queries):
    for _ in range(rows):
        make_child(guardian)

    with django_assert_num_queries(4):
        assert client.get("/my/children/").status_code == 200


def test_signed_out_people_are_sent_to_the_login(client):
    assert client.get("/my/children/")["Location"].startswith("/accounts/login/")


def test_an_older_child_form_overwrites_nothing_unseen_and_then_goes_through(client, guardian):
    """Without it one parent's correction of the birth date is gone when the other saves a form opened before."""
    child, other = make_child(guardian, name="小满"), make_guardian()
    services.edit_child(
        child,
        name="小满满",
        birth_date=date(2016, 5, 4),
        home_community=make_region("天穆村"),
        by=Acting(user=other.user),
        now=timezone.now(),
    )
    save = services.saves_of(child).get()
    url, mine = f"/my/children/{child.pk}/", answers(name="小满儿")

    first = client.post(url, {**mine, "seen": "0"})

    page = first.content.decode()
    rows = {row.label: (row.theirs, row.yours) for row in first.context["form"].meanwhile}
    child.refresh_from_db()
    assert (first.status_code, child.name) == (422, "小满满")
    assert f"{other.user.name} saved a change on" in page
    assert rows == {
        "Child's name": ("小满满", "小满儿"),
        "Birth date": ("Wed 4 May 2016", "Thu 4 May 2017"),
        "Village or community": ("天穆村", "翡翠城社区"),
    }
    assert f'name="seen" value="{save.pk}"' in page

    second = client.post(url, {**mine, "seen": save.pk})

    child.refresh_from_db()
    assert (second.status_code, child.name, child.birth_date) == (302, "小满儿", date(2017, 5, 4))
    assert not [row for row in child.history.all() if "小满" in row.note]


def test_a_guardian_reads_the_offices_name_and_a_fold_out_list_keeps_the_state(client, guardian):
    child, clerk = make_child(guardian), make_member(make_family_office(), "clerk")
    services.edit_child(
        child, name="改", birth_date=child.birth_date, home_community=child.home_community, by=clerk, now=timezone.now()
    )
    url = f"/my/children/{child.pk}/"

    assert 'name="seen" value="0"' in client.post(url, answers(seen="0", show="communities")).content.decode()

    page = client.post(url, answers(seen="0")).content.decode()
    assert f"{clerk.organisation} saved a change on" in page
    assert clerk.user.name not in page
