"""Pages: applying, and the League's list and decisions."""

import re
import uuid

import pytest
from django.urls import reverse

from organisations import policies
from organisations.models import Organisation
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
CODE = "91110000600037341L"


@pytest.fixture
def officer(client):
    by = make_member(make_organisation("league", region=make_region("北辰区")), "officer")
    client.force_login(by.user)
    return by


def answers(**fields):
    return {
        "submission_id": str(uuid.uuid4()),
        "kind": "provider",
        "name": "晨光社工𠮷",
        "credit_code": CODE,
        "township": make_region("瑞景街道").pk,
        "address": "瑞景道1号",
        "contact_name": "王芳",
        "contact_phone": "138 0000 1111",
        "contact_email": "head@example.test",
        **fields,
    }


def test_application_page_is_open_to_everybody(client):
    assert client.get("/organisations/apply/").status_code == 200
    assert client.get("/organisations/apply/sent/").status_code == 200


def test_apply_by_form_makes_an_application(client, officer):
    client.logout()

    response = client.post("/organisations/apply/", answers(credit_code="91110000 6000 37341l"))

    assert response["Location"] == "/organisations/apply/sent/"
    made = Organisation.objects.get(kind="provider")
    assert (made.name, made.credit_code, made.contact_phone) == ("晨光社工𠮷", CODE, "+8613800001111")
    assert (made.status, made.region.name) == ("applied", "瑞景街道")


def test_apply_by_form_twice_makes_one(client, officer):
    given = answers()

    for _ in range(2):
        assert client.post("/organisations/apply/", given).status_code == 302

    assert Organisation.objects.filter(kind="provider").count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"credit_code": "911100006000373419"}, "no unified social credit code"),
        ({"credit_code": ""}, "Write the unified social credit code."),
        ({"name": ""}, "Fill in “Full name, as registered”."),
        ({"contact_phone": "12"}, "no phone number"),
        ({"township": "120000000000"}, "Select a valid choice"),
        ({"kind": "league"}, "Select a valid choice"),
        ({"submission_id": "x"}, "valid UUID"),
    ],
)
def test_apply_with_a_wrong_answer_says_so_and_keeps_the_rest(client, officer, fields, said):
    response = client.post("/organisations/apply/", answers(**fields))

    assert response.status_code == 422
    assert said in response.content.decode()
    assert "王芳" in response.content.decode()
    assert not Organisation.objects.filter(kind="provider").exists()


def test_apply_of_a_known_code_says_so(client, officer):
    make_organisation(credit_code=CODE)

    response = client.post("/organisations/apply/", answers())

    assert (response.status_code, "takes part already" in response.content.decode()) == (422, True)


@pytest.mark.parametrize(
    ("kind", "needed"), [("provider", True), ("enterprise", True), ("office", False), ("school", False)]
)
def test_who_needs_a_credit_code_is_said_before_it_is_asked_for(client, officer, kind, needed):
    page = client.get("/organisations/apply/").text
    label = re.search(r'<label for="id_credit_code">(.*?)</label>', page)

    assert label
    assert label[1].strip() == "Unified social credit code"
    assert "Social organisations and enterprises need it; offices and schools may leave it empty." in page
    answer = client.post("/organisations/apply/", answers(kind=kind, credit_code="")).status_code
    assert answer == (422 if needed else 302)


def test_an_office_may_apply_without_a_credit_code_for_a_community(client, officer):
    community = make_region("翡翠城社区")

    client.post("/organisations/apply/", answers(kind="office", credit_code="", community=community.pk))

    assert Organisation.objects.get(kind="office").region == community


def test_communities_are_shown_without_script_and_without_losing_a_word(client, officer):
    page = client.post("/organisations/apply/", answers(show="communities", name="写到一半"))

    text = page.content.decode()
    assert (page.status_code, "翡翠城社区" in text, "写到一半" in text, "error-summary" in text) == (
        200,
        True,
        True,
        False,
    )
    assert not Organisation.objects.filter(kind="provider").exists()


def test_list_shows_the_leagues_area_with_filters(client, officer):
    make_organisation("provider", name="辰光", status="applied", region=make_region("天穆镇"))
    make_organisation("office", name="瑞景街道办", region=make_region("瑞景街道"))
    make_organisation("provider", name="别处", region=make_region("市辖区"))

    def names(query=""):
        return [row.name for row in client.get(f"/organisations/{query}").context["page"].object_list]

    assert names() == ["瑞景街道办", "辰光"]
    assert names("?status=applied") == ["辰光"]
    assert names("?kind=office") == ["瑞景街道办"]
    assert names("?q=辰光") == ["辰光"]
    assert names("?status=odd&kind=odd&q=无") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_one_and_three(client, officer, rows, django_assert_num_queries):
    for _ in range(rows):
        make_organisation("provider")

    with django_assert_num_queries(5):
        assert client.get("/organisations/").status_code == 200


@pytest.mark.parametrize("kind", ["provider", "office", None])
def test_list_is_for_the_league(client, kind):
    client.force_login(make_member(make_organisation(kind), "manager").user if kind else make_user())

    assert client.get("/organisations/").status_code == 403


def test_detail_of_another_area_is_not_there(client, officer):
    elsewhere = make_organisation("provider", region=make_region("市辖区"))

    assert client.get(reverse("organisations:detail", args=[elsewhere.pk])).status_code == 404


@pytest.mark.parametrize(
    ("verb", "status", "after"),
    [
        ("admit", "applied", "admitted"),
        ("refuse", "applied", "refused"),
        ("suspend", "admitted", "suspended"),
        ("resume", "suspended", "admitted"),
        ("end-trial", "admitted", "admitted"),
        ("invite-again", "admitted", "admitted"),
    ],
)
def test_officer_decides_by_button_and_reads_what_happened(client, officer, verb, status, after):
    organisation = make_organisation("provider", status=status, is_on_trial=True, contact_email="x@example.test")

    response = client.post(f"/organisations/{organisation.pk}/{verb}/", {"reason": "材料齐全"}, follow=True)

    organisation.refresh_from_db()
    assert organisation.status == after
    assert len(response.context["messages"]) == 1
    assert response.status_code == 200


def test_decision_that_somebody_else_took_is_told(client, officer):
    organisation = make_organisation("provider", status="admitted")

    response = client.post(f"/organisations/{organisation.pk}/admit/", follow=True)

    assert "decided in the meantime" in response.content.decode()


def test_refusal_without_a_reason_is_asked_for(client, officer):
    organisation = make_organisation("provider", status="applied")

    response = client.post(f"/organisations/{organisation.pk}/refuse/", {"reason": ""})

    assert response.status_code == 422
    assert Organisation.objects.get(pk=organisation.pk).status == "applied"


@pytest.mark.parametrize(("role", "answer"), [("officer", 302), ("auditor", 403), ("finance", 403)])
def test_decision_is_the_officers(client, role, answer):
    client.force_login(make_member(make_organisation("league"), role).user)
    organisation = make_organisation("provider", status="applied")

    assert client.get(f"/organisations/{organisation.pk}/").status_code == 200
    assert client.post(f"/organisations/{organisation.pk}/admit/").status_code == answer


def test_nobody_decides_about_their_own_league_and_an_unknown_verb_is_not_there(client, officer):
    own, other = officer.organisation, make_organisation("provider")

    assert client.post(f"/organisations/{own.pk}/suspend/", {"reason": "x"}).status_code == 403
    assert client.post(f"/organisations/{other.pk}/delete/").status_code == 404
    assert client.get(f"/organisations/{other.pk}/admit/").status_code == 405


def test_an_officer_decides_in_the_own_area_only(client, officer):
    here, elsewhere = (make_organisation("provider", region=make_region(name)) for name in ("天穆镇", "市辖区"))

    assert policies.may_decide(officer, here)
    assert not policies.may_decide(officer, elsewhere)
    assert client.post(f"/organisations/{elsewhere.pk}/suspend/", {"reason": "x"}).status_code in {403, 404}


@pytest.mark.parametrize("status", Organisation.Status.values)
def test_detail_shows_each_status_in_both_languages(client, officer, status):
    organisation = make_organisation("provider", status=status, about="五年社区服务", credit_code=CODE)

    for language in ("zh-hans", "en"):
        assert client.get(f"/organisations/{organisation.pk}/?lang={language}").status_code == 200


def test_officer_is_told_whom_to_ask_about_an_organisation_of_their_own(client):
    officer = make_member(make_organisation("league", region=make_region("北辰区")), "officer")
    applicant = make_organisation("provider", status="applied")
    make_member(applicant, "manager", user=officer.user)
    client.force_login(officer.user)
    client.post(reverse("organisations:act"), {"organisation": officer.organisation.pk})
    address = reverse("organisations:detail", args=[applicant.pk])

    page = client.get(address, headers={"accept-language": "en"}).content.decode()

    assert "Ask a colleague of the League" in page
    assert f"{address}admit/" not in page
    answer = client.post(f"{address}admit/", follow=True, headers={"accept-language": "en"})
    assert "Ask somebody else of" in answer.content.decode()
    applicant.refresh_from_db()
    assert applicant.status == "applied"
