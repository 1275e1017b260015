"""The ticket on a family's phone and the scan on the staff's."""

from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Page, expect

from activities import door
from activities.models import Party
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_crew_member, make_family, make_session, sign_up
from tests.factories.organisations import make_organisation
from users.models import User

PASSWORD = "correct-horse-9"
DOOR = STARTS_AT - timedelta(minutes=5)
DRAWN = "document.querySelector('.qr img').complete && document.querySelector('.qr img').naturalWidth > 0"


@pytest.fixture
def crew(live_site):
    with time_machine.travel(NOW, tick=False):
        return make_crew_member(make_organisation("provider"))


@pytest.fixture
def party(crew) -> Party:
    with time_machine.travel(NOW, tick=False):
        guardian, children = make_family()
        return sign_up(make_session(provider=crew.organisation, crew=[(crew.pk, True)]), guardian, children)


@pytest.fixture(autouse=True)
def _clock(party):
    with time_machine.travel(DOOR, tick=True):
        yield


def enter(page: Page, user: User, sign_in) -> None:
    user.set_password(PASSWORD)
    user.save()
    sign_in(page, user.email, PASSWORD)
    page.wait_for_url("**/my/" if not user.memberships.exists() else "**/workbench/")


def test_the_code_is_drawn_anew_while_the_family_holds_it_out(page, sign_in, party):
    page.clock.install()
    enter(page, party.guardian.user, sign_in)
    page.goto(f"/sessions/{party.session_id}/ticket/{party.pk}/")
    page.wait_for_function(DRAWN)
    first = page.locator(".qr img").get_attribute("src")

    page.clock.fast_forward(21_000)

    expect(page.locator(".qr img")).not_to_have_attribute("src", first)
    assert page.evaluate(DRAWN)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_one_scan_and_one_tap_check_the_child_in(new_person, sign_in, crew, party, javascript):
    page = new_person(java_script_enabled=javascript)
    enter(page, crew.user, sign_in)

    page.goto(f"/door/{door.code_of(party, DOOR)}/")
    page.get_by_role("button", name="签到").click()
    page.wait_for_url("**/check-in/**")

    assert party.sign_ups.get().attendance.status == "present"
