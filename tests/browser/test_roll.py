"""The list at the door, as one person with a phone and a bad network uses it."""

import json
import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from activities import checkin, door, handover
from activities.models import Attendance, AttendanceHistory, UploadedMark
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_crew_member, make_party, make_session
from tests.factories.organisations import make_organisation

PASSWORD = "correct-horse-9"
DOOR = STARTS_AT - timedelta(minutes=5)
CHILDREN = 30
SENT = '.roll[data-waiting="0"]'
STORED = "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])"


@pytest.fixture
def crew(live_site):
    with time_machine.travel(NOW, tick=False):
        return make_crew_member(make_organisation("provider"))


@pytest.fixture
def session(crew):
    with time_machine.travel(NOW, tick=False):
        asked = {"checks_pickup": True, "min_age": 6}
        session = make_session(capacity=CHILDREN, provider=crew.organisation, crew=[(crew.pk, True)], programme=asked)
        for i in range(CHILDREN):
            make_party(session, name=f"金丝雀{i + 10}", age=9 if i == 0 else 10)  # the first one is fetched
    return session


@pytest.fixture(autouse=True)
def _clock(session):
    with time_machine.travel(DOOR, tick=True):
        yield


@pytest.fixture
def roll(page: Page, crew, session, sign_in) -> Page:
    """The list on the phone of the person on duty."""
    crew.user.set_password(PASSWORD)
    crew.user.save()
    sign_in(page, crew.user.email, PASSWORD)
    page.wait_for_url("**/workbench/")
    page.goto(f"/sessions/{session.pk}/check-in/")
    return page


def row_of(page: Page, place: int):
    return page.locator(".roll li").nth(place)


def tap(page: Page, place: int, words: str = "签到") -> None:
    row_of(page, place).get_by_role("button", name=words).click()


def test_thirty_children_are_checked_in_by_one_person_in_ninety_seconds(roll, axe):
    begun = time.monotonic()

    for place in range(CHILDREN):
        tap(roll, place)
    roll.locator(SENT).wait_for(state="attached")

    assert time.monotonic() - begun < 90
    assert Attendance.objects.filter(status="present").count() == CHILDREN
    assert roll.locator("[data-count=here]").inner_text() == str(CHILDREN)
    assert "0" in roll.locator("[data-count=missing]").first.inner_text()
    assert roll.locator(".seats .in").count() == CHILDREN
    assert axe(roll) == []


def test_marks_wait_for_the_network_and_arrive_once(roll, axe):
    roll.context.set_offline(True)
    for place in range(3):
        tap(roll, place)

    expect(roll.get_by_role("status")).to_have_text("3 条签到等网络恢复后上传")
    expect(row_of(roll, 0)).to_have_attribute("data-state", "present")
    expect(roll.locator(".roll .is-queued")).to_have_count(3)
    assert axe(roll) == []
    stored = roll.evaluate(STORED)
    assert not Attendance.objects.exists()

    roll.context.set_offline(False)
    roll.locator(SENT).wait_for(state="attached")

    expect(roll.locator(".roll-queue [role=status]")).to_have_text("全部签到都已上传。")
    expect(row_of(roll, 0)).to_contain_text("已到 09:25")
    assert AttendanceHistory.objects.filter(after="present").count() == UploadedMark.objects.count() == 3
    assert "金丝雀" not in stored
    ((_key, kept),) = json.loads(stored)[0]
    assert {type(value) for mark in json.loads(kept) for value in mark.values()} <= {str, int, bool}
    assert roll.evaluate("localStorage.length") == 0


def test_a_mark_whose_answer_was_lost_is_sent_again_and_counts_once(roll):
    lost: list[str] = []

    def lose(route) -> None:
        if lost:
            route.continue_()
            return
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    roll.route("**/check-in/upload/", lose)
    tap(roll, 0)

    expect(roll.get_by_role("status")).to_have_text("1 条签到等网络恢复后上传")
    roll.locator(SENT).wait_for(state="attached")

    assert len(lost) == 1
    assert AttendanceHistory.objects.count() == UploadedMark.objects.count() == 1


def test_what_waits_is_still_there_after_the_page_was_loaded_again(roll):
    roll.route("**/check-in/upload/", lambda route: route.abort())
    tap(roll, 0)
    expect(roll.get_by_role("status")).to_have_text("1 条签到等网络恢复后上传")

    roll.reload()
    expect(row_of(roll, 0)).to_have_attribute("data-state", "present")
    roll.unroute("**/check-in/upload/")
    roll.reload()
    roll.locator(SENT).wait_for(state="attached")

    assert Attendance.objects.get().status == "present"


def test_undo_takes_back_a_mark_that_waits_and_one_that_arrived(roll):
    roll.context.set_offline(True)
    tap(roll, 0)
    roll.wait_for_timeout(700)  # the second half of a double tap undoes nothing
    tap(roll, 0, "撤销")
    expect(row_of(roll, 0)).to_have_attribute("data-state", "")
    expect(roll.locator(SENT)).to_have_count(1)
    roll.context.set_offline(False)

    tap(roll, 1)
    roll.locator(SENT).wait_for(state="attached")
    roll.wait_for_timeout(700)
    tap(roll, 1, "撤销")
    roll.locator(SENT).wait_for(state="attached")
    expect(row_of(roll, 1)).to_have_attribute("data-state", "")

    assert Attendance.objects.get().status == "voided"


def test_a_double_tap_marks_and_does_not_undo(roll):
    row_of(roll, 0).get_by_role("button", name="签到").dblclick()
    roll.locator(SENT).wait_for(state="attached")

    assert Attendance.objects.get().status == "present"


def test_what_somebody_else_marked_later_stays_and_the_page_says_so(roll, session):
    roll.context.set_offline(True)
    tap(roll, 0)
    first = session.sign_ups.order_by("child__name", "pk").first()
    with time_machine.travel(DOOR + timedelta(minutes=1), tick=False):
        Attendance.objects.create(sign_up=first, status="excused", at=DOOR + timedelta(minutes=1))

    roll.context.set_offline(False)

    expect(roll.get_by_role("alert")).to_contain_text("以后来的为准")
    expect(row_of(roll, 0)).to_have_attribute("data-state", "excused")


def test_a_child_of_nine_is_handed_over_to_its_guardian_and_back(roll, axe):
    tap(roll, 0)
    roll.locator(SENT).wait_for(state="attached")
    assert row_of(roll, 1).get_by_role("link", name="交接").count() == 0
    expect(roll.get_by_role("link", name="待交接 1")).to_be_visible()
    row_of(roll, 0).get_by_role("link", name="交接").click()
    assert axe(roll) == []
    roll.get_by_label("监护人").check()
    roll.get_by_role("button", name="交接").click()

    expect(roll.locator(".roll li")).to_contain_text("交给家长")
    assert axe(roll) == []
    assert roll.evaluate("document.documentElement.scrollWidth") <= 375
    roll.get_by_role("button", name="撤回交接").click()
    expect(roll.get_by_role("link", name="交接：")).to_be_visible()
    assert Attendance.objects.get().checked_out_at is None


def test_with_whom_a_child_went_home_stays_on_the_page_when_its_undo_is_refused(roll, session):
    first = session.sign_ups.order_by("child__name", "pk").first()
    checkin.mark(first, "present", by=Acting(), now=DOOR)
    handover.hand_over(first, "钱姥姥", by=Acting(), now=DOOR)
    roll.goto(f"/sessions/{session.pk}/check-in/?tab=all")
    roll.context.set_offline(True)
    tap(roll, 0, "撤销")
    expect(row_of(roll, 0)).not_to_contain_text("钱姥姥")
    Attendance.objects.update(at=DOOR + timedelta(minutes=1))  # somebody marked the child again meanwhile

    roll.context.set_offline(False)

    expect(roll.get_by_role("alert")).to_contain_text("以后来的为准")
    expect(row_of(roll, 0)).to_contain_text("钱姥姥")


CAMERA = """
window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
  detect() { return Promise.resolve(window.shown ? [{ rawValue: window.shown }] : []); }
};
navigator.mediaDevices.getUserMedia = () => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 9, 9);
  return Promise.resolve(canvas.captureStream(5));
};
"""
MAY_USE = "document.featurePolicy.allowsFeature('camera')"


def hold_out(page: Page, party) -> None:
    """The family holds its ticket before the camera."""
    page.evaluate("address => window.shown = address", f"https://menu.test/door/{door.code_of(party, timezone.now())}/")


def test_the_camera_checks_one_family_in_after_the_other(roll, session, axe):
    with time_machine.travel(NOW, tick=False):
        session = make_session(
            capacity=9,
            provider=session.provider,
            crew=[(session.crew.get().membership_id, True)],
            version=session.version,
            starts_at=STARTS_AT + timedelta(hours=2),
        )
        one, two = make_party(session, name="何白露"), make_party(session, 2)
    roll.add_init_script(CAMERA)
    with time_machine.travel(session.starts_at, tick=True):
        roll.goto(f"/sessions/{session.pk}/check-in/")
        assert roll.evaluate(MAY_USE)
        roll.get_by_role("button", name="扫码签到").click()
        says = roll.locator(".scan [role=status]")

        hold_out(roll, one)
        expect(says).to_have_text("何白露：已签到")
        hold_out(roll, two)
        expect(says).to_have_text("来的是哪个孩子？")
        assert axe(roll) == []
        roll.locator(".scan-choices button").first.click()
        expect(roll.locator(".scan-choices button")).to_have_count(1)
        roll.evaluate("window.shown = 'https://menu.test/'")
        expect(says).to_have_text("这不是本站的凭证。")
        roll.locator(SENT).wait_for(state="attached")
        roll.get_by_role("button", name="停止扫码").click()
        expect(roll.locator(".scan video")).to_be_hidden()

    assert Attendance.objects.filter(status="present").count() == 2
    roll.goto("/workbench/")
    assert not roll.evaluate(MAY_USE)


def test_a_phone_that_reads_no_codes_shows_no_camera(roll):
    expect(roll.locator(".scan")).to_be_hidden()


def test_without_javascript_the_list_works_as_before(new_person, crew, session, sign_in):
    page = new_person(java_script_enabled=False)
    crew.user.set_password(PASSWORD)
    crew.user.save()
    sign_in(page, crew.user.email, PASSWORD)
    page.goto(f"/sessions/{session.pk}/check-in/")

    tap(page, 0)
    page.wait_for_url("**/check-in/?tab=open&just=*")

    assert Attendance.objects.get().status == "present"
