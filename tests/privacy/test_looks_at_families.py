"""Whoever sees a child's name outside the list of a session is written down too, and the family reads it."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from activities.models import RosterAccess
from activities.queries import looks_at
from people.models import Child
from privacy import affected
from tests.conftest import NOW
from tests.factories.activities import make_session, sign_up
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian
from tests.factories.safeguarding import make_consent
from tests.factories.sheets import make_xlsx, row
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def clerk():
    return make_member(make_family_office(), "clerk")


@pytest.fixture
def family(clerk):
    guardian = make_guardian(registered_by=clerk.organisation, name="王奶奶", user=make_user())
    make_child(guardian, name="小满")
    return guardian


@pytest.fixture
def child(family):
    return family.guardianships.get().child


def looks(child) -> list[tuple]:
    return [(look.purpose, look.viewer, look.on_behalf_of, look.shown) for look in looks_at(child)]


@pytest.mark.parametrize(
    ("page", "purpose"),
    [
        ("/people/families/", "families"),
        ("/people/families/{family}/", "families"),
        ("/people/families/{family}/children/{child}/", "families"),
        ("/my/children/{child}/", "families"),
        ("/my/children/{child}/login/", "families"),
        ("/my/children/{child}/guardians/", "families"),
        ("/safeguarding/consents/{child}/", "families"),
        ("/sessions/{session}/sign-up/", "on_behalf"),
        ("/sessions/{session}/sign-up/?guardian={family}", "on_behalf"),
        ("/sessions/{session}/sign-up/families/", "on_behalf"),
    ],
)
def test_an_offices_look_at_a_family_is_written_down_and_the_family_reads_it(clerk, family, child, page, purpose):
    other = make_child(make_guardian(registered_by=make_family_office()))
    address = page.format(family=family.pk, child=child.pk, session=make_session().pk)

    answer = signed_in(clerk.user).get(address)

    assert answer.status_code == 200
    assert child.name in answer.text
    assert looks(child) == [(purpose, clerk.user, clerk.organisation, [child.pk])]
    assert looks(other) == []
    told = signed_in(family.user).get(f"/my/children/{child.pk}/looks/").text
    assert str(clerk.user) in told
    assert RosterAccess.objects.get().get_purpose_display() in told


@pytest.mark.parametrize(
    "page", ["/my/children/{}/", "/my/children/{}/login/", "/my/children/{}/guardians/", "/safeguarding/consents/{}/"]
)
def test_a_clerk_who_is_the_guardian_leaves_no_look(clerk, page):
    child = make_child(make_guardian(user=clerk.user), registered_by=clerk.organisation)

    assert signed_in(clerk.user).get(page.format(child.pk)).status_code == 200

    assert not RosterAccess.objects.exists()


def test_a_list_that_adds_children_or_finds_known_ones_is_a_look_at_them(clerk, family):
    make_organisation("league", region=make_region("北辰区"))
    client = signed_in(clerk.user)
    start = {"submission_id": str(uuid.uuid4()), "file": make_xlsx(row())}
    client.get(address := client.post("/people/families/import/", start)["Location"])
    assert not RosterAccess.objects.exists()
    client.post(address)
    added = Child.objects.get(name="谷雨")

    assert added.name in client.get(address).text
    assert looks(added) == [("families", clerk.user, clerk.organisation, [added.pk])]

    again = {"submission_id": str(uuid.uuid4()), "file": make_xlsx(row())}
    assert "Open the family" in client.get(client.post("/people/families/import/", again)["Location"]).text
    assert looks(added) == [("families", clerk.user, clerk.organisation, [added.pk])] * 2


def test_looks_at_others_are_not_read_and_none_from_before_the_child_was_here(clerk, child):
    later = make_child(make_guardian(registered_by=clerk.organisation))
    for at in (NOW - timedelta(days=1), NOW):
        for one in (child, later):
            about = {"purpose": "families", "viewer": clerk.user, "on_behalf_of": clerk.organisation}
            RosterAccess.objects.create(count=1, shown=[one.pk], at=at, **about)
    Child.objects.filter(pk=later.pk).update(created_at=NOW)
    Child.objects.filter(pk=child.pk).update(created_at=NOW - timedelta(days=2))

    assert [look.at for look in looks_at(Child.objects.get(pk=later.pk))] == [NOW]
    assert [look.at for look in looks_at(Child.objects.get(pk=child.pk))] == [NOW, NOW - timedelta(days=1)]


def test_a_page_of_looks_reads_no_more_of_them_than_it_shows(child, family, clerk):
    about = {"purpose": "families", "viewer": clerk.user, "on_behalf_of": clerk.organisation, "count": 1}
    for n in range(60):
        RosterAccess.objects.create(shown=[child.pk], at=NOW + timedelta(minutes=n), **about)

    with CaptureQueriesContext(connection) as queries:
        page = looks_at(child)[:30]
        assert len(page) == 30

    assert len(queries) == 4
    assert "LIMIT 30" in queries[-1]["sql"]


def test_a_search_is_a_look_at_those_who_were_found_only(clerk, family, child):
    other = make_child(make_guardian(registered_by=clerk.organisation, name="李奶奶"), name="谷雨")

    signed_in(clerk.user).post("/people/families/", {"q": "小满"})
    signed_in(clerk.user).post("/people/families/", {"q": "nobody"})

    assert len(looks(child)) == RosterAccess.objects.count() == 1
    assert looks(other) == []


def test_the_page_of_a_sign_up_on_behalf_is_a_look_of_the_office_and_none_of_the_family(clerk, family, child):
    make_consent(child, family)
    party = sign_up(make_session(), family, [child])
    ticket = f"/sessions/{party.session_id}/ticket/{party.pk}/"
    cancelling = f"/sign-ups/{party.sign_ups.get().pk}/cancel/"

    assert [signed_in(family.user).get(page).status_code for page in (ticket, cancelling)] == [200, 200]
    assert looks(child) == []
    assert [signed_in(clerk.user).get(page).status_code for page in (ticket, cancelling)] == [200, 200]
    assert [purpose for purpose, *_rest in looks(child)] == ["on_behalf"] * 2


def test_a_clerk_who_looks_at_their_own_childs_ticket_leaves_no_look(clerk):
    guardian = make_guardian(user=clerk.user)
    child = make_child(guardian)
    make_consent(child, guardian)
    party = sign_up(make_session(), guardian, [child])

    assert signed_in(clerk.user).get(f"/sessions/{party.session_id}/ticket/{party.pk}/").status_code == 200

    assert not RosterAccess.objects.exists()


def test_a_leagues_look_at_a_guardian_stands_with_their_children(child, family):
    officer = make_member(make_organisation("league", region=make_region("北辰区")), "safeguarding")
    client = signed_in(officer.user)

    assert family.name in client.post("/safeguarding/families/", {"q": family.name}).text
    assert family.name in client.get(f"/safeguarding/families/{family.pk}/").text

    assert looks(child) == [("suspend", officer.user, officer.organisation, [child.pk])] * 2
    assert client.post("/safeguarding/families/", {"q": "nobody"}).status_code == 200
    assert len(looks(child)) == 2


def test_a_family_that_signs_up_by_itself_leaves_no_look(family, child):
    assert signed_in(family.user).get(f"/sessions/{make_session().pk}/sign-up/").status_code == 200

    assert not RosterAccess.objects.exists()


def test_an_incident_at_an_office_finds_whom_its_staff_were_shown(clerk, family, child):
    signed_in(clerk.user).get("/people/families/")
    officer = make_member(make_organisation("league", region=make_region("北辰区")), "safeguarding")

    assert affected.by_looks_of(clerk.organisation, None, None, officer).children == {child.pk}
    assert affected.by_looks_by(clerk.user.email, None, None, officer).children == {child.pk}
    assert affected.by_looks_of(make_family_office(), None, None, officer).children == set()


def test_a_look_at_a_list_has_its_session_and_none_is_changed(clerk, family):
    same = {"viewer": clerk.user, "count": 0, "at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterAccess.objects.create(purpose="print", **same)

    signed_in(clerk.user).get("/people/families/")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RosterAccess.objects.update(count=7)
