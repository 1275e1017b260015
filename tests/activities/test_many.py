"""A clerk signs many families up at once: each gets its own answer, and nothing happens twice."""

import re
import uuid
from datetime import date

import pytest
import time_machine
from django.test import Client

from activities.models import Party, SignUp
from core.time import today
from people.models import FamilyImport
from safeguarding import consents
from safeguarding.models import Consent
from tests.conftest import NOW
from tests.factories.activities import make_party, make_session
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship
from tests.factories.safeguarding import make_consent, make_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clerk():
    return make_member(make_family_office(), "clerk")


@pytest.fixture
def client(clerk):
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(clerk.user)
    return browser


def family(clerk, name, *ages, agreed=True):
    """A family of the office, and its children."""
    guardian = make_guardian(registered_by=clerk.organisation, name=name)
    children = [make_child(guardian, age=age) for age in ages]
    for child in children:
        if agreed:
            make_consent(child, guardian)
    return guardian, children


def chosen(*children, **fields):
    shown = {"submission_id": str(uuid.uuid4()), "agrees_to": consents.to_ask("sign_up", today(NOW)).pk}
    return {**shown, "children": [child.pk for child in children], **fields}


def test_each_family_is_a_party_and_gets_its_own_answer(client, clerk):
    session = make_session(capacity=2)
    address = f"/sessions/{session.pk}/sign-up/families/"
    _a, late = family(clerk, "后来的", 10)
    _b, young = family(clerk, "小的", 10, 3)
    _c, pair = family(clerk, "一对", 9, 10)
    assert address in client.get(f"/sessions/{session.pk}/sign-up/").content.decode()
    assert "一对" in client.get(address).content.decode()

    page = client.post(address, chosen(*late, *young, *pair)).content.decode()

    assert [(one.size, one.on_behalf_of) for one in Party.objects.order_by("pk")] == [
        (2, clerk.organisation),
        (1, clerk.organisation),
    ]
    assert dict(SignUp.objects.values_list("child", "status")) == {
        **{child.pk: "confirmed" for child in pair},
        late[0].pk: "waiting",
    }
    assert f"<b>{young[1].name}</b> Too young" in page
    assert f"?guardian={_b.pk}" in page


def test_a_child_with_two_guardians_of_the_office_is_signed_up_once_and_keeps_nobody_out(client, clerk):
    session = make_session(capacity=5)
    _first, [shared] = family(clerk, "甲", 10)
    second, [other] = family(clerk, "乙", 9)
    make_guardianship(second, shared)

    client.post(f"/sessions/{session.pk}/sign-up/families/", chosen(shared, other))

    held = SignUp.objects.filter(session=session, status="confirmed").values_list("child", flat=True)
    assert sorted(held) == sorted([shared.pk, other.pk])


def test_sending_the_same_form_twice_is_the_same_parties(client, clerk):
    session = make_session(capacity=5)
    _a, one = family(clerk, "一", 10)
    form = chosen(*one)

    pages = [client.post(f"/sessions/{session.pk}/sign-up/families/", form).content.decode() for _ in range(2)]

    assert Party.objects.count() == 1
    assert all("Confirmed" in page for page in pages)


def test_the_same_form_with_other_children_is_another_act(client, clerk):
    """Nobody is told of a place that only a brother has."""
    session = make_session(capacity=5)
    address = f"/sessions/{session.pk}/sign-up/families/"
    _a, (one, two) = family(clerk, "一", 9, 10)
    form = chosen(one)
    client.post(address, form)

    both = client.post(address, {**form, "children": [one.pk, two.pk]}).content.decode()
    assert ("Already signed up" in both, "Confirmed" in both) == (True, False)
    assert "Confirmed" in client.post(address, {**form, "children": [two.pk]}).content.decode()
    assert SignUp.objects.confirmed().count() == 2


def test_paper_consent_names_the_clerk_and_the_date(client, clerk):
    session = make_session(capacity=5)
    address = f"/sessions/{session.pk}/sign-up/families/"
    _a, one = family(clerk, "一", 10, agreed=False)
    _b, two = family(clerk, "二", 10)
    assert "consent on paper needed" in client.get(address).content.decode()

    refused = client.post(address, chosen(*one)).content.decode()
    assert "consent is missing" in refused
    assert not Party.objects.exists()

    assert client.post(address, chosen(*one, *two, has_papers="on")).status_code == 422
    page = client.post(address, chosen(*one, *two, has_papers="on", paper_on="2026-11-20")).content.decode()

    consent = Consent.objects.get(child=one[0])
    assert (consent.paper_on, consent.recorded_by) == (date(2026, 11, 20), clerk.user)
    assert Consent.objects.filter(child=two[0]).count() == 1
    assert page.count("Confirmed") == 2


def test_papers_to_a_text_that_was_replaced_meanwhile_are_asked_for_again(client, clerk):
    """The clerk keeps the choice; the box about the papers is to be ticked beside the present words."""
    address = f"/sessions/{make_session(capacity=5).pk}/sign-up/families/"
    _a, one = family(clerk, "一", 10, agreed=False)
    sent = chosen(*one, has_papers="on", paper_on="2026-11-20")
    newer = make_text(required_from=today(NOW))

    response = client.post(address, sent)

    assert response.status_code == 422
    assert "The text has changed since you opened the page." in response.text
    assert f'name="agrees_to" value="{newer.pk}"' in response.text
    assert f'value="{one[0].pk}" checked' in response.text
    assert not re.search(r'name="has_papers"[^>]*checked', response.text)
    assert not Consent.objects.exists()


def test_a_date_in_the_future_is_refused_family_by_family(client, clerk):
    session = make_session(capacity=5)
    _a, one = family(clerk, "一", 10, agreed=False)
    _b, two = family(clerk, "二", 10)
    form = chosen(*one, *two, has_papers="on", paper_on="2026-12-20")

    page = client.post(f"/sessions/{session.pk}/sign-up/families/", form).content.decode()

    assert "The date on the paper lies in the future." in page
    assert [party.guardian for party in Party.objects.all()] == [_b]


def test_the_clerks_last_list_can_be_taken_at_once(client, clerk):
    session = make_session(capacity=5)
    address = f"/sessions/{session.pk}/sign-up/families/"
    _a, one = family(clerk, "旧家庭", 10)
    _b, two = family(clerk, "新家庭", 10)
    assert "From your last list" not in client.get(address).content.decode()
    FamilyImport.objects.create(
        office=clerk.organisation, clerk=clerk.user, children=[two[0].pk], created_at=NOW, confirmed_at=NOW
    )

    page = client.get(f"{address}?from=list").content.decode()
    assert ("新家庭" in page, "旧家庭" in page) == (True, False)
    assert client.post(f"{address}?from=list", chosen(*one)).status_code == 422
    client.post(f"{address}?from=list", chosen(*two))
    assert [party.guardian for party in Party.objects.all()] == [_b]
    assert "旧家庭" in client.get(address).content.decode()


def test_a_list_that_the_clerk_has_not_said_yes_to_is_not_the_last_list(client, clerk):
    session = make_session(capacity=5)
    address = f"/sessions/{session.pk}/sign-up/families/"
    _a, added = family(clerk, "已经加入", 10)
    office, user = clerk.organisation, clerk.user
    FamilyImport.objects.create(office=office, clerk=user, children=[added[0].pk], created_at=NOW, confirmed_at=NOW)
    FamilyImport.objects.create(office=office, clerk=user, created_at=NOW)

    assert "已经加入" in client.get(f"{address}?from=list").content.decode()


def test_strangers_children_cannot_be_chosen_and_nobody_chosen_is_explained(client, clerk):
    session = make_session()
    address = f"/sessions/{session.pk}/sign-up/families/"
    _guardian, other = family(make_member(make_family_office("天穆镇"), "clerk"), "别处", 10)
    family(clerk, "一", 10)

    assert client.post(address, chosen(*other)).status_code == 422
    page = client.post(address, {"submission_id": str(uuid.uuid4()), "children": [], "paper_on": "x"})
    assert (page.status_code, "Choose who takes part." in page.content.decode()) == (422, True)
    assert not Party.objects.exists()


def test_a_closed_session_and_an_office_without_families_say_so(client, clerk):
    session = make_session()
    assert "No family found." in client.get(f"/sessions/{session.pk}/sign-up/families/").content.decode()
    _a, one = family(clerk, "一", 10)
    with time_machine.travel(session.starts_at, tick=False):
        assert "has begun" in client.get(f"/sessions/{session.pk}/sign-up/families/").content.decode()
        page = client.post(f"/sessions/{session.pk}/sign-up/families/", chosen(*one)).content.decode()
    assert "This session has begun." in page
    assert client.get("/sessions/999/sign-up/families/").status_code == 404


def test_it_is_for_clerks():
    session = make_session()
    browser = Client()
    for user in (make_guardian().user, make_member(make_organisation("provider"), "manager").user):
        browser.force_login(user)
        assert browser.get(f"/sessions/{session.pk}/sign-up/families/").status_code == 403


@pytest.mark.parametrize("count", [1, 4])
def test_choosing_costs_the_same_with_more_families(client, clerk, count, django_assert_num_queries):
    session = make_session()
    make_party(session)
    for n in range(count):
        family(clerk, f"家{n}", 9, 10)
    address = f"/sessions/{session.pk}/sign-up/families/"
    client.get(address)

    with django_assert_num_queries(11):
        client.get(address)
