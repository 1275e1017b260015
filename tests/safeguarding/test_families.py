"""A League suspends a guardian's sign-ups: they read why, keep what they have, and every way to a new place is shut."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from core.errors import SentByAnother
from core.time import today
from notifications.models import Message
from notifications.rendering import render
from organisations.acting import Acting, clock
from people.models import Guardian, ToTell
from safeguarding import families, invariants
from safeguarding.models import FamilySuspension, FamilySuspensionHistory
from safeguarding.services import BadDate, OwnRecord
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_guardian

pytestmark = pytest.mark.django_db
TODAY = today(NOW)
WHY = "在门口推搡工作人员"


@pytest.fixture
def officer() -> Acting:
    league = make_organisation(
        "league", region=make_region("北辰区"), contact_phone="02226391234", contact_email="tuanwei@example.test"
    )
    return make_member(league, "safeguarding")


@pytest.fixture
def guardian() -> Guardian:
    row = make_guardian()
    make_child(row, home=make_region("翡翠城社区"))
    return row


def suspend(guardian, by, *, days: int | None = 30, start: int = 0, now=NOW, **more) -> FamilySuspension:
    from_on = TODAY + timedelta(days=start)
    until_on = None if days is None else from_on + timedelta(days=days)
    return families.suspend(guardian, from_on=from_on, until_on=until_on, reason=WHY, by=by, now=now, **more)


def held(guardian) -> bool:
    guardian.refresh_from_db()
    return guardian.is_suspended(TODAY)


def broken() -> list[str]:
    return [breach for one in invariants.INVARIANTS if one.key == "H5" for breach in one.check().breaches]


def test_the_guardian_is_told_why_and_to_whom_to_write(guardian, officer):
    suspend(guardian, officer)

    message = Message.objects.get(recipient=guardian.user)
    text = render(message, "zh-hans").body
    assert WHY in text
    assert "写信给团委" in text
    assert message.path == "/safeguarding/suspended/"
    page = client_of(guardian.user).get(message.path).text
    assert WHY in page
    assert "tuanwei@example.test" in page


def test_an_office_tells_a_guardian_without_a_login(officer):
    office = make_organisation("office", region=make_region("瑞景街道"))
    guardian = make_guardian(registered_by=office)

    suspend(guardian, officer)

    assert WHY in render(ToTell.objects.get(guardian=guardian), "zh-hans").body


@pytest.mark.parametrize(
    ("start", "days", "held_on"), [(0, 0, [0]), (0, 30, [0, 1, 30]), (1, 29, [1, 30]), (0, None, [0, 1, 30, 31])]
)
def test_it_holds_from_its_first_to_its_last_day(guardian, officer, start, days, held_on):
    suspend(guardian, officer, start=start, days=days)

    guardian.refresh_from_db()
    assert [day for day in (0, 1, 30, 31) if guardian.is_suspended(TODAY + timedelta(days=day))] == held_on
    assert broken() == []


def test_lifting_it_ends_it_at_once_once_and_is_told(guardian, officer):
    row = suspend(guardian, officer)

    families.lift(row, by=officer, now=NOW)
    families.lift(row, by=officer, now=NOW)

    assert not held(guardian)
    assert list(FamilySuspensionHistory.objects.order_by("pk").values_list("verb", flat=True)) == ["suspend", "lift"]
    assert Message.objects.filter(kind="sign_ups_allowed").count() == 1
    assert broken() == []
    suspend(guardian, officer)
    assert held(guardian)


def test_what_ended_by_its_date_is_not_lifted_and_another_may_follow(guardian, officer):
    row = suspend(guardian, officer, days=0)
    later = NOW + timedelta(days=1)

    with pytest.raises(families.OverAlready):
        families.lift(row, by=officer, now=later)
    families.suspend(guardian, from_on=today(later), until_on=None, reason=WHY, by=officer, now=later)

    assert FamilySuspension.objects.count() == 2


@pytest.mark.parametrize("days", [30, None])
def test_a_second_one_is_refused_while_one_holds_or_will(guardian, officer, days):
    suspend(guardian, officer, start=5, days=days)

    with pytest.raises(families.SuspendedAlready, match="Lift that first"):
        suspend(guardian, officer)

    assert FamilySuspension.objects.count() == 1


def test_the_same_form_twice_suspends_once(guardian, officer):
    number = uuid.uuid4()

    assert suspend(guardian, officer, submission_id=number) == suspend(guardian, officer, submission_id=number)
    with pytest.raises(SentByAnother):
        suspend(make_guardian(), officer, submission_id=number)

    assert Message.objects.count() == 1


def test_dates_that_cannot_be_are_refused(guardian, officer):
    for wrong in ({"start": -1}, {"days": -1}):
        with pytest.raises(BadDate):
            suspend(guardian, officer, **wrong)
    assert not held(guardian)


def test_nobody_decides_about_themself_and_no_machine_does(officer):
    own = make_guardian(user=officer.user)

    with pytest.raises(OwnRecord):
        suspend(own, officer)
    with pytest.raises(families.NotDecidedHere):
        suspend(own, clock("test"))
    row = suspend(own, make_member(officer.organisation, "safeguarding"))
    with pytest.raises(OwnRecord):
        families.lift(row, by=officer, now=NOW)


@pytest.mark.parametrize("wrong", ["unmarked", "marked"])
def test_verify_finds_a_guardian_who_does_not_read_as_decided(guardian, officer, wrong):
    if wrong == "unmarked":
        suspend(guardian, officer)
        Guardian.objects.filter(pk=guardian.pk).update(suspended_from=None, suspended_until=None)
    else:
        Guardian.objects.filter(pk=guardian.pk).update(suspended_from=TODAY)

    assert len(broken()) == 1


def client_of(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


class TestPages:
    def test_find_suspend_and_lift(self, guardian, officer):
        client, address = client_of(officer.user), f"/safeguarding/families/{guardian.pk}/"

        listed = client.post("/safeguarding/families/", {"q": guardian.name})
        sent = {"from_on": today_now(), "reason": WHY, "submission_id": uuid.uuid4()}
        done = client.post(f"{address}suspend/", sent, follow=True)
        shown = client.get("/safeguarding/families/")
        lifted = client.post(f"{address}lift/", follow=True)

        assert address in listed.text
        assert "Suspended. The guardian is told why" in done.text
        assert guardian.name in shown.text
        assert "Lifted." in lifted.text
        assert "Your sign-ups are not suspended." in client_of(guardian.user).get("/safeguarding/suspended/").text

    def test_a_mistake_keeps_what_was_written(self, guardian, officer):
        sent = {"from_on": "2020-01-01", "reason": WHY, "submission_id": uuid.uuid4()}

        answer = client_of(officer.user).post(f"/safeguarding/families/{guardian.pk}/suspend/", sent)

        assert answer.status_code == 422
        assert WHY in answer.text
        assert not held(guardian)

    def test_only_families_of_the_area_are_found_and_by_a_whole_number(self, guardian, officer):
        elsewhere = make_guardian(name=guardian.name)
        other = make_member(make_organisation("league", region=make_region("天穆镇")), "safeguarding")

        assert families.found(officer, guardian.name) == [guardian]
        assert families.found(officer, guardian.phone) == [guardian]
        assert families.found(officer, guardian.phone[:-2]) == []
        assert families.found(officer, "") == []
        assert families.found(other, guardian.name) == []
        assert client_of(officer.user).get(f"/safeguarding/families/{elsewhere.pk}/").status_code == 404

    def test_lifting_what_is_over_changes_nothing(self, guardian, officer):
        answer = client_of(officer.user).post(f"/safeguarding/families/{guardian.pk}/lift/")

        assert answer.status_code == 302
        assert not FamilySuspensionHistory.objects.exists()


def today_now() -> str:
    from django.utils import timezone

    return str(today(timezone.now()))
