"""One parent hands a link over on a phone, in Chinese; another adult takes it up with one tap."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from tests.browser.conftest import PHONE
from tests.browser.test_touch import SMALLEST, TOO_SMALL
from tests.factories.people import make_child, make_guardian
from tests.factories.users import make_user


@pytest.fixture
def phone_of(new_person, live_site):
    """A function that opens a phone on which the person is signed in."""

    def open_phone(user):
        client = Client()
        client.force_login(user)
        page = new_person()
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_site}])
        return page

    return open_phone


def sound(page, axe) -> None:
    """Nothing scrolls sideways, nothing is too small to touch, axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(TOO_SMALL, SMALLEST) == []
    assert axe(page) == []


def test_a_link_is_handed_over_and_taken_up(phone_of, page, axe):
    guardian, other = make_guardian(name="窦天章"), make_user(name="蔡婆婆")
    child = make_child(guardian, name="窦娥")
    first, second = phone_of(guardian.user), phone_of(other)

    first.goto("/my/children/")
    first.get_by_role("link", name="还有谁负责").click()
    sound(first, axe)
    first.get_by_label("父母", exact=True).check()
    first.get_by_role("button", name="生成链接").click()
    sound(first, axe)
    path = urlsplit(first.locator("#link").input_value()).path

    page.goto(path)
    sound(page, axe)
    second.goto(path)
    sound(second, axe)
    second.locator("#id_own_phone").fill("13800009999")
    second.get_by_role("button", name="是的，我为这个孩子负责").click()
    second.wait_for_url("**/my/children/")
    sound(second, axe)
    assert child.name in second.content()

    second.goto(f"/my/children/{child.pk}/guardians/")
    second.locator("summary", has_text="不再为这个孩子负责").click()
    sound(second, axe)
    assert page.goto(path).status == 410
    sound(page, axe)
