"""Pages: the League's rule, what a child missed, objections; nobody else ever sees them."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from activities import lifecycle
from activities.models import NoShowRule, Objection
from core.memory import forget
from people.models import Child
from tests.conftest import NOW
from tests.factories.activities import make_family, make_session, sign_up
from tests.factories.noshows import make_miss, make_objection, make_rule
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_guardian
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def missed():
    """A child of six characters' worth of name that missed two sessions under a rule; the later of them."""
    guardian, [child] = make_family(name="林小禾")
    make_rule()
    make_miss(guardian, child, days_ago=20)
    return make_miss(guardian, child, days_ago=10)


@pytest.fixture
def parent(missed):
    return signed_in(missed.party.guardian.user)


def answers(**fields):
    return {"submission_id": str(uuid.uuid4()), **fields}


def test_a_family_reads_the_rule_before_it_signs_up():
    guardian, _children = make_family()
    session = make_session()
    client = signed_in(guardian.user)
    for address in (f"/sessions/{session.pk}/", f"/sessions/{session.pk}/sign-up/"):
        assert "does not come" not in client.get(address).content.decode()

    make_rule(misses=3, within_days=90, bar_days=30)

    for address in (f"/sessions/{session.pk}/", f"/sessions/{session.pk}/sign-up/"):
        assert (
            "does not come 3 times within 90 days cannot be signed up for 30 days"
            in client.get(address).content.decode()
        )


def test_a_barred_family_is_led_to_what_was_missed_and_objects(parent, missed):
    session = make_session()
    page = parent.get(f"/sessions/{session.pk}/sign-up/").content.decode()
    address = f"/my/children/{missed.child_id}/missed/"
    assert ("Signed up and did not come 2 times" in page, address in page) == (True, True)

    assert f"/sign-ups/{missed.pk}/object/" in parent.get(address).content.decode()
    assert "You may object until" in parent.get(f"/sign-ups/{missed.pk}/object/").content.decode()
    assert parent.post(f"/sign-ups/{missed.pk}/object/", answers(reason="")).status_code == 422
    assert parent.post(f"/sign-ups/{missed.pk}/object/", answers(reason="She was ill.")).status_code == 302

    page = parent.get(f"/sign-ups/{missed.pk}/object/").content.decode()
    assert ("She was ill." in page, "waits for an answer" in page) == (True, True)
    assert "waits for an answer" in parent.get(address).content.decode()


def test_the_ticket_of_a_missed_session_leads_to_the_objection(parent, missed):
    ticket = f"/sessions/{missed.session_id}/ticket/{missed.party_id}/"
    page = parent.get(ticket).content.decode()
    assert ("小禾 is marked as absent." in page, f"/sign-ups/{missed.pk}/object/" in page) == (True, True)

    make_objection(missed)
    assert "How the objection stands" in parent.get(ticket).content.decode()


def test_the_ticket_of_what_does_not_count_says_nothing(parent, missed):
    session = make_session()
    party = sign_up(session, *make_pair(missed))

    assert "is marked as absent" not in parent.get(f"/sessions/{session.pk}/ticket/{party.pk}/").content.decode()


def make_pair(missed):
    """The same guardian, with another child."""
    guardian = missed.party.guardian
    return guardian, make_family(guardian=guardian)[1]


def test_a_child_that_missed_nothing_has_an_empty_page(parent, missed):
    _guardian, [brother] = make_pair(missed)

    assert "Nothing that counts" in parent.get(f"/my/children/{brother.pk}/missed/").content.decode()


def test_late_objections_and_those_to_nothing_are_explained(parent, missed):
    address = f"/sign-ups/{missed.pk}/object/"
    with time_machine.travel(NOW + timedelta(days=15), tick=False):
        assert "within 14 days" in parent.get(address).content.decode()
        assert parent.post(address, answers(reason="Ill.")).status_code == 422
    make_rule(NoShowRule.objects.get().league, valid_from=NOW.date(), misses=0, within_days=0, bar_days=0)
    assert "nothing to object to" in parent.get(address).content.decode()
    assert parent.post(address, answers(reason="Ill.")).status_code == 422
    assert not Objection.objects.exists()


def test_strangers_meet_nothing(missed):
    stranger = signed_in(make_guardian().user)
    made = make_objection(missed)

    assert stranger.get(f"/my/children/{missed.child_id}/missed/").status_code == 404
    assert stranger.get(f"/sign-ups/{missed.pk}/object/").status_code == 404
    assert stranger.get(f"/missed/objections/{made.pk}/").status_code == 403
    other = signed_in(make_member(make_organisation("provider"), "coordinator").user)
    assert other.get(f"/missed/objections/{made.pk}/").status_code == 404
    elsewhere = signed_in(make_member(make_organisation("league", region=make_region("天穆镇")), "officer").user)
    assert elsewhere.get(f"/missed/objections/{made.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["coordinator", "officer"])
def test_who_answers_sees_no_name_and_decides(missed, who):
    made = make_objection(missed)
    league = NoShowRule.objects.get().league
    by = make_member(missed.session.provider, who) if who == "coordinator" else make_member(league, who)
    client, address = signed_in(by.user), f"/missed/objections/{made.pk}/"

    assert address in client.get("/missed/objections/").content.decode()
    page = client.get(address).content.decode()
    assert ("Ill that day." in page, "林**" in page, "小禾" in page) == (True, True, False)
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"status": "refused", "answer": ""}).status_code == 422
    assert client.post(address, {"status": "refused", "answer": "We phoned."})["Location"] == "/missed/objections/"

    page = client.get(address).content.decode()
    assert ("The absence counts. We phoned." in page, "Send the decision" in page) == (True, False)
    assert client.post(address, {"status": "accepted"}).status_code == 403
    assert "No objection waits" in client.get("/missed/objections/").content.decode()


def test_the_page_says_why_nothing_is_decided_while_the_session_is_open_again(missed):
    made = make_objection(missed)
    coordinator = make_member(missed.session.provider, "coordinator")
    client, address = signed_in(coordinator.user), f"/missed/objections/{made.pk}/"
    lifecycle.reopen(missed.session, by=coordinator, now=NOW, reason="She came.")

    page = client.get(address).content.decode()

    assert ("attendance is being corrected" in page, "Send the decision" in page) == (True, False)
    assert "attendance is being corrected" in client.post(address, {"status": "accepted"}).content.decode()
    assert f"/objections/{made.pk}/" not in client.get("/missed/objections/").content.decode()


def test_a_child_under_fourteen_with_a_login_objects_to_nothing(missed):
    login = make_user()
    Child.objects.filter(pk=missed.child_id).update(user=login)
    client, address = signed_in(login), f"/sign-ups/{missed.pk}/object/"

    assert client.post(address, answers(reason="I was ill.")).status_code == 403
    assert not Objection.objects.exists()


def test_the_league_accepts_what_the_provider_refused(missed, parent):
    made = make_objection(missed, status="refused", answer="We phoned.")
    coordinator = signed_in(make_member(missed.session.provider, "coordinator").user)
    officer = signed_in(make_member(NoShowRule.objects.get().league, "officer").user)
    address = f"/missed/objections/{made.pk}/"

    assert coordinator.post(address, {"status": "accepted"}).status_code == 403
    assert officer.post(address, {"status": "accepted"}).status_code == 302
    assert "The absence does not count." in parent.get(f"/sign-ups/{missed.pk}/object/").content.decode()
    assert "does not count" in officer.get(address).content.decode()


def test_the_list_shows_nothing_of_others(missed):
    make_objection(missed)
    other = signed_in(make_member(make_organisation("provider"), "coordinator").user)

    assert "No objection waits" in other.get("/missed/objections/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_more_objections(missed, count, django_assert_num_queries):
    make_objection(missed)
    by = make_member(NoShowRule.objects.get().league, "officer")
    for _ in range(count - 1):
        guardian, [child] = make_family()
        make_objection(make_miss(guardian, child))
    client = signed_in(by.user)
    client.get("/missed/objections/")

    with django_assert_num_queries(5):
        client.get("/missed/objections/")


@pytest.mark.parametrize("count", [1, 3])
def test_what_was_missed_costs_the_same_for_one_and_three(missed, parent, count, django_assert_num_queries):
    for n in range(count - 1):
        make_miss(missed.party.guardian, missed.child, days_ago=50 + n)
    forget()
    parent.get(f"/my/children/{missed.child_id}/missed/")

    with django_assert_num_queries(3):
        parent.get(f"/my/children/{missed.child_id}/missed/")


def rule(**fields):
    return answers(**{"valid_from": "2026-12-01", "misses": 3, "within_days": 90, "bar_days": 30, **fields})


def test_an_officer_sets_a_rule_and_its_history_stays():
    by = make_member(make_organisation("league", region=make_region("北辰区")), "officer")
    client = signed_in(by.user)
    assert "Nobody is kept from signing up." in client.get("/missed/rule/").content.decode()

    assert client.post("/missed/rule/", rule())["Location"] == "/missed/rule/"
    assert client.post("/missed/rule/", rule(ends="on", misses="", within_days="x", bar_days="")).status_code == 302

    assert list(NoShowRule.objects.order_by("pk").values_list("misses", "within_days", "bar_days")) == [
        (3, 90, 30),
        (0, 0, 0),
    ]
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        page = client.get("/missed/rule/").content.decode()
    assert "3 sessions missed within 90 days: no sign-up for 30 days." in page
    assert str(by.user) in page


@pytest.mark.parametrize(
    "fields", [{"misses": ""}, {"misses": 1}, {"within_days": 400}, {"bar_days": 91}, {"valid_from": "2026-11-24"}]
)
def test_a_rule_that_makes_no_sense_is_explained(fields):
    by = make_member(make_organisation("league", region=make_region("北辰区")), "officer")

    assert signed_in(by.user).post("/missed/rule/", rule(**fields)).status_code == 422
    assert not NoShowRule.objects.exists()


def test_an_empty_number_is_asked_for_by_its_name():
    by = make_member(make_organisation("league", region=make_region("北辰区")), "officer")

    page = signed_in(by.user).post("/missed/rule/", rule(misses=""), headers={"accept-language": "en"}).text

    assert "Fill in “Sessions missed”" in page
    assert "(optional)" not in page


@pytest.mark.parametrize(("kind", "role"), [("league", "auditor"), ("provider", "manager"), ("office", "manager")])
def test_only_officers_set_rules(kind, role):
    by = make_member(make_organisation(kind, region=make_region("北辰区")), role)

    assert signed_in(by.user).get("/missed/rule/").status_code == 403
    assert signed_in(make_user()).get("/missed/objections/").status_code == 403
