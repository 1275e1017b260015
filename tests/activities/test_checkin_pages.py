"""The list at the door in the browser."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import checkin, lifecycle, signups
from activities.models import Attendance, RosterAccess, SignUp
from core.time import today
from organisations.acting import Acting
from organisations.models import Membership
from safeguarding import consents
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    acting,
    make_crew_member,
    make_family,
    make_party,
    make_session,
    make_sign_up,
)
from tests.factories.organisations import make_organisation
from tests.factories.people import make_child, make_guardian
from tests.factories.safeguarding import make_text
from users.models import User

pytestmark = pytest.mark.django_db
BEFORE = STARTS_AT - timedelta(minutes=5)
AFTER = STARTS_AT + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    """A stranger who reads English."""
    return Client(headers={"accept-language": "en"})


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(name: str, *args) -> str:
    return reverse(f"activities:{name}", args=args)


@pytest.fixture
def crew():
    provider = make_organisation("provider")
    return make_crew_member(provider)


@pytest.fixture
def session(crew):
    return make_session(capacity=3, provider=crew.organisation, crew=[(crew.pk, True)])


def test_roll_shows_names_to_staff_on_duty_and_logs_it(crew, session):
    make_party(session, name="林小满")

    with time_machine.travel(BEFORE, tick=False):
        text = signed_in(crew.user).get(page("check-in", session.pk)).content.decode()

    assert "林小满" in text
    row = RosterAccess.objects.get()
    assert (row.viewer, row.count, row.purpose) == (crew.user, 1, "check_in")


def test_roll_outside_its_window_shows_no_name_and_logs_nothing(crew, session):
    make_party(session, name="林小满")

    text = signed_in(crew.user).get(page("check-in", session.pk)).content.decode()

    assert "林小满" not in text
    assert "48 hours before" in text
    assert not RosterAccess.objects.exists()


def test_roll_of_another_provider_is_404(session):
    stranger = make_crew_member(make_organisation("provider"))

    assert signed_in(stranger.user).get(page("check-in", session.pk)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_roll_costs_the_same_with_more_children(crew, session, django_assert_num_queries, count):
    make_party(session, count)
    client = signed_in(crew.user)

    with time_machine.travel(BEFORE, tick=False), django_assert_num_queries(8):
        client.get(page("check-in", session.pk))


@pytest.mark.parametrize("kind", ["name", "phone", "code", "code in groups"])
def test_roll_finds_by_name_last_digits_and_ticket_code(crew, session, kind):
    party = make_party(session, name="林小满")
    make_party(session, name="何白露")
    code = party.sign_ups.get().code
    known = {"name": "小满", "phone": party.guardian.phone[-4:], "code": code}
    asked = known.get(kind, f"{code[:4]} {code[4:]}".lower())

    with time_machine.travel(BEFORE, tick=False):
        text = signed_in(crew.user).post(page("check-in", session.pk), {"q": asked}).content.decode()

    assert "林小满" in text
    assert "何白露" not in text


def test_roll_of_a_closed_session_says_who_was_absent(crew, session):
    make_party(session, name="林小满")
    with time_machine.travel(AFTER, tick=False):
        lifecycle.close(session, by=acting(crew), now=AFTER)
        client = signed_in(crew.user)
        whole, away = (client.get(page("check-in", session.pk), {"tab": tab}) for tab in ("", "away"))

    assert "Excused or absent" in whole.content.decode()
    assert "Not here yet" not in whole.content.decode()
    assert all("林小满" in response.content.decode() for response in (whole, away))


def test_mark_and_undo_from_the_list(crew, session):
    row = make_sign_up(session)
    client = signed_in(crew.user)

    with time_machine.travel(BEFORE, tick=False):
        done = client.post(page("mark", session.pk, row.pk, "present"), {"tab": "open"}, follow=True)
        present = Attendance.objects.get().status
        client.post(page("mark", session.pk, row.pk, "undo"))

    assert "just" in done.content.decode()
    assert (present, Attendance.objects.get().status) == ("present", "voided")


def test_mark_of_who_holds_no_place_says_so(crew, session):
    row = make_sign_up(session)
    signups.cancel(row, by=Acting(), now=NOW)

    with time_machine.travel(BEFORE, tick=False):
        response = signed_in(crew.user).post(page("mark", session.pk, row.pk, "present"), follow=True)

    assert "holds no place" in response.content.decode()


def test_mark_outside_the_window_is_forbidden(crew, session):
    row = make_sign_up(session)

    assert signed_in(crew.user).post(page("mark", session.pk, row.pk, "present")).status_code == 403


def walk_in(client, session, guardian, name, **more):
    data = {"phone": guardian.phone, "name": name, "submission_id": uuid.uuid4(), **more}
    return client.post(page("walk-in", session.pk), data)


def test_walk_in_finds_the_family_and_checks_the_child_in(crew, session):
    guardian, (child,) = make_family()

    with time_machine.travel(BEFORE, tick=False):
        response = walk_in(signed_in(crew.user), session, guardian, child.name)

    assert response.status_code == 302
    attendance = Attendance.objects.get()
    assert (attendance.status, attendance.walk_in, attendance.sign_up.child) == ("present", True, child)


def test_walk_in_with_consent_on_paper(crew, session):
    guardian = make_guardian()
    child = make_child(guardian)

    with time_machine.travel(BEFORE, tick=False):
        refused = walk_in(signed_in(crew.user), session, guardian, child.name)
        signed = {"agreed": "on", "agrees_to": consents.to_ask("sign_up", today(NOW)).pk}
        walk_in(signed_in(crew.user), session, guardian, child.name, **signed)

    assert "consent is missing" in refused.content.decode()
    assert Attendance.objects.get().sign_up.child == child


def test_walk_in_with_a_text_that_was_replaced_meanwhile_is_asked_again(crew, session):
    guardian = make_guardian()
    child = make_child(guardian)
    browser = signed_in(crew.user)

    with time_machine.travel(BEFORE, tick=False):
        shown = re.search(r'name="agrees_to" value="(\d+)"', browser.get(page("walk-in", session.pk)).text)
        assert shown
        newer = make_text(required_from=today(BEFORE))
        response = walk_in(browser, session, guardian, child.name, agreed="on", agrees_to=shown[1])

    assert response.status_code == 422
    assert "The text has changed since you opened the page." in response.text
    assert (f'name="agrees_to" value="{newer.pk}"' in response.text, newer.text_en in response.text) == (True, True)
    assert child.name in response.text
    assert not re.search(r'name="agreed"[^>]*checked', response.text)
    assert not child.consents.exists()


@pytest.mark.parametrize("phone", ["nonsense", "+8613999999999"])
def test_walk_in_of_nobody_known_tells_no_more(crew, session, phone):
    with time_machine.travel(BEFORE, tick=False):
        client = signed_in(crew.user)
        data = {"phone": phone, "name": "林小满", "submission_id": uuid.uuid4()}
        shown = client.get(page("walk-in", session.pk)).status_code
        response = client.post(page("walk-in", session.pk), data)

    assert shown == 200
    assert "No family with this phone and name" in response.content.decode()


def test_close_shows_who_is_missing_and_closes(crew, session):
    present, absent = make_sign_up(session, name="林小满"), make_sign_up(session, name="何白露")
    client = signed_in(crew.user)

    with time_machine.travel(BEFORE, tick=False):
        early = client.get(page("close", session.pk)).content.decode()
        checkin.mark(present, "present", by=acting(crew), now=BEFORE)
    with time_machine.travel(AFTER, tick=False):
        asked = client.get(page("close", session.pk)).content.decode()
        client.post(page("close", session.pk), {"checked": "on"})
        again = client.post(page("close", session.pk), {"checked": "on"}, follow=True).content.decode()

    session.refresh_from_db()
    assert "Close it afterwards" in early
    assert "何白露" in asked
    assert "林小满" not in asked
    assert session.status == "closed"
    assert absent.attendance.status == "absent"
    assert "closed already" in again


def test_who_is_missing_is_marked_absent_with_one_tap_and_can_be_taken_back(crew, session):
    present, missing, undone = (make_sign_up(session, name=name) for name in ("林小满", "何白露", "高谷雨"))
    checkin.mark(present, "present", by=acting(crew), now=BEFORE)
    checkin.mark(undone, "present", by=acting(crew), now=BEFORE)
    checkin.undo(undone, by=acting(crew), now=BEFORE)
    client = signed_in(crew.user)

    with time_machine.travel(STARTS_AT + timedelta(minutes=20), tick=False):
        way = client.get(page("check-in", session.pk)).text
        asked = client.get(page("close", session.pk)).text
        told = client.post(page("mark-missing", session.pk), follow=True).text
        listed = client.get(page("check-in", session.pk), {"tab": "away"}).text
        again = client.post(page("mark-missing", session.pk), follow=True).text
        client.post(page("mark", session.pk, missing.pk, "undo"))

    assert page("close", session.pk) in way
    assert "2 are missing" in way
    assert "何白露" in asked
    assert "林小满" not in asked
    assert "2 children are marked as absent." in told
    assert "Excused or absent" in listed
    assert "何白露" in listed
    assert "0 children are marked as absent." in again
    assert [row.attendance.status for row in SignUp.objects.order_by("pk")] == ["present", "voided", "absent"]
    assert list(undone.attendance.history.order_by("pk").values_list("before", "after")) == [
        ("", "present"),
        ("present", "voided"),
        ("voided", "absent"),
    ]


def test_nobody_is_missing_before_the_session_begins(crew, session):
    make_sign_up(session)
    client = signed_in(crew.user)

    with time_machine.travel(BEFORE, tick=False):
        assert "Who is missing" not in client.get(page("check-in", session.pk)).text
        assert "may be on the way" in client.post(page("mark-missing", session.pk), follow=True).text
    assert not Attendance.objects.exists()


def test_strangers_mark_nobody_absent(session):
    stranger = make_crew_member(make_organisation("provider"))
    make_sign_up(session)

    with time_machine.travel(AFTER, tick=False):
        assert signed_in(stranger.user).post(page("mark-missing", session.pk)).status_code == 404
    assert not Attendance.objects.exists()


def test_reopen_is_the_coordinators(crew, session):
    client = signed_in(crew.user)
    with time_machine.travel(AFTER, tick=False):
        client.post(page("close", session.pk), {"checked": "on"})
        shown = client.get(page("reopen", session.pk)).status_code
        client.post(page("reopen", session.pk), {"reason": "Wrong list"})
        again = client.post(page("reopen", session.pk), {"reason": "Wrong list"}, follow=True)

    session.refresh_from_db()
    assert shown == 200
    assert session.status == "scheduled"
    assert "scheduled already" in again.content.decode()


def test_staff_on_duty_who_coordinate_no_more_reopen_nothing(crew):
    """They close the list; to open what was closed again is the provider's to answer for."""
    helper = make_crew_member(crew.organisation)
    session = make_session(provider=crew.organisation, crew=[(crew.pk, True), (helper.pk, False)])
    Membership.objects.filter(pk=helper.pk).update(role="finance")
    with time_machine.travel(AFTER, tick=False):
        lifecycle.close(session, by=acting(crew), now=AFTER)
        client = signed_in(helper.user)
        answers = [client.get(page("reopen", session.pk)), client.post(page("reopen", session.pk), {"reason": "x"})]

    session.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert session.status == "closed"


def test_outside_the_window_nobody_is_marked_absent_or_let_in_at_the_door(crew, session):
    make_sign_up(session)
    client = signed_in(crew.user)

    assert client.post(page("mark-missing", session.pk)).status_code == 403
    assert client.get(page("walk-in", session.pk)).status_code == 403
    assert not Attendance.objects.exists()
