"""Pages: a clerk uploads a list of families, looks, and says yes; nobody else ever sees it."""

import uuid

import pytest
import time_machine

from people.models import Child, FamilyImport
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_family_office, make_guardian
from tests.factories.sheets import as_upload, make_xlsx, row
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
ADDRESS = "/people/families/import/"


@pytest.fixture(autouse=True)
def _world():
    make_organisation("league", region=make_region("北辰区"))
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clerk(client):
    by = make_member(make_family_office(), "clerk")
    client.force_login(by.user)
    return by


def upload(client, *rows, **more):
    return client.post(ADDRESS, {"submission_id": str(uuid.uuid4()), "file": make_xlsx(*rows, **more)})


def test_a_clerk_uploads_looks_and_says_yes(client, clerk):
    assert ADDRESS in client.get("/people/families/").content.decode()
    assert f"{ADDRESS}template.xlsx" in client.get(ADDRESS).content.decode()

    address = upload(client, row(), row(a="白露", b="soon"), row())["Location"]
    page = client.get(address).content.decode()

    assert "Add 1 child" in page
    assert "This is no date. Write it like 2016-05-04." in page
    assert "The same child as in row 2." in page
    assert not Child.objects.exists()

    assert client.post(address)["Location"] == address
    page = client.get(address).content.decode()
    assert ("1 child added." in page, "谷雨" in page, "白露" in page) == (True, True, False)
    assert "/sessions/week/" in page


def test_a_list_of_known_children_leads_to_their_families_and_adds_nobody(client, clerk):
    client.post(upload(client, row())["Location"])
    address = upload(client, row())["Location"]
    page = client.get(address).content.decode()

    assert ("The list adds nobody" in page, "Open the family" in page) == (True, True)
    client.post(address)
    assert "Nobody was added" in client.get(address).content.decode()


def test_the_template_is_an_excel_file_in_the_pages_language(client, clerk):
    response = client.get(f"{ADDRESS}template.xlsx", headers={"accept-language": "zh-hans"})

    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    again = client.post(ADDRESS, {"submission_id": str(uuid.uuid4()), "file": as_upload(response.content)})
    assert "The list is empty" in again.content.decode()


@pytest.mark.parametrize("files", [{}, {"file": as_upload(b"")}, {"file": as_upload(b"x")}])
def test_a_file_that_is_none_is_explained(client, clerk, files):
    page = client.post(ADDRESS, {"submission_id": str(uuid.uuid4()), **files})

    assert (page.status_code, "error" in page.content.decode()) == (422, True)
    assert not FamilyImport.objects.exists()


def test_a_list_is_thrown_away(client, clerk):
    address = upload(client, row())["Location"]

    assert client.post(f"{address}discard/")["Location"] == ADDRESS
    assert client.get(address).status_code == 404
    assert not FamilyImport.objects.exists()


def test_a_list_is_gone_after_an_hour(client, clerk):
    address = upload(client, row())["Location"]

    with time_machine.travel(NOW.replace(hour=NOW.hour + 1), tick=False):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404


def test_a_list_that_goes_while_it_is_confirmed_is_explained(client, clerk, monkeypatch):
    from people import imports

    address = upload(client, row())["Location"]

    def gone(*_args, **_kwargs):
        raise imports.ListGone("This list is gone.")

    monkeypatch.setattr(imports, "confirm", gone)
    assert client.post(address)["Location"] == ADDRESS


def test_rows_left_out_are_said(client, clerk):
    address = upload(client, row(), row(a="白露", e="13900000002"))["Location"]
    make_guardian(registered_by=clerk.organisation, phone="+8613900000001")

    assert "has changed since the upload" in client.get(address).content.decode()
    page = client.post(address, follow=True).content.decode()

    assert "1 child added." in page
    assert "1 row was left out, because what it would do had changed." in page


@pytest.mark.parametrize("other", ["colleague", "stranger"])
def test_a_list_is_its_clerks_alone(client, clerk, other):
    address = upload(client, row())["Location"]
    office = clerk.organisation if other == "colleague" else make_family_office("天穆镇")
    client.force_login(make_member(office, "clerk", "manager").user)

    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404
    assert client.post(f"{address}discard/").status_code == 404


def test_lists_are_for_clerks(client):
    client.force_login(make_user())

    for address in (ADDRESS, f"{ADDRESS}template.xlsx", f"{ADDRESS}1/"):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("count", [1, 5])
def test_looking_costs_the_same_for_one_row_and_five(client, clerk, count, django_assert_num_queries):
    address = upload(client, *[row(a=f"孩子{chr(0x4E00 + n)}") for n in range(count)])["Location"]

    with django_assert_num_queries(7):
        client.get(address)
