"""The style guide, the pages of refusal and the pages about the login, as browsers show them."""

import re

import pytest
from django.test import RequestFactory
from django.utils import translation

from core import views
from tests.browser.conftest import DESK, PHONE
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

PAGES = ["/style-guide/", "/nothing-here/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN_PAGES = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/logout/",
]


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["375", "1280"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_axe_violation_and_does_not_scroll_sideways(new_person, axe, path, lang, viewport):
    page = new_person(lang=lang, viewport=viewport)
    elsewhere, complaints = [], []
    page.on("request", lambda request: "127.0.0.1" in request.url or elsewhere.append(request.url))
    page.on("console", lambda message: "Content Security Policy" in message.text and complaints.append(message.text))

    page.goto(path)

    assert page.locator("html").get_attribute("lang") == ("zh-Hans" if lang == "zh" else "en")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert elsewhere == []
    assert complaints == []


@pytest.mark.parametrize("path", ["/style-guide/", "/accounts/login/"])
def test_page_has_no_axe_violation_in_the_dark(new_person, axe, path):
    page = new_person(lang="en", viewport=DESK, color_scheme="dark")

    page.goto(path)

    assert axe(page) == []


@pytest.mark.parametrize("width", [320, 375])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/style-guide/", "/accounts/login/"])
def test_large_text_fits_the_phone_and_is_remembered(new_person, axe, path, lang, width):
    page = new_person(lang=lang, viewport={"width": width, "height": 700})

    page.goto(f"{path}?text=large")
    page.goto(path)

    assert page.locator("html").get_attribute("data-text") == "large"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "view", [views.bad_request, views.forbidden, views.csrf_failure, views.server_error], ids=lambda view: view.__name__
)
def test_page_of_refusal_has_no_axe_violation(page, axe, view, lang):
    with translation.override(lang):
        answer = view(RequestFactory().get("/probe/"))
    told = {"status": answer.status_code, "body": answer.content, "content_type": "text/html"}
    page.route("**/probe/", lambda route: route.fulfill(**told))

    page.goto("/probe/")

    assert page.locator("h1").count() == 1
    assert page.locator("main .btn-primary").get_attribute("href")
    assert axe(page) == []


def test_icons_and_covers_are_drawn_in_the_pages_colours(page):
    page.goto("/style-guide/")

    boxes = page.eval_on_selector_all("svg.icon use", "all => all.map(one => one.getBBox().width)")
    covers = page.eval_on_selector_all("img.cover", "all => all.map(one => one.complete && one.naturalWidth > 0)")

    assert boxes
    assert min(boxes) > 0
    assert covers
    assert all(covers)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_wrong_password_leads_to_the_summary_and_from_there_into_the_field(new_person, javascript):
    page = new_person(lang="en", java_script_enabled=javascript)
    page.goto("/accounts/login/")
    page.fill("#id_login", "nobody@demo.test")
    page.fill("#id_password", "wrong")

    page.get_by_role("button", name="Log in with the password").click()

    summary = page.locator(".error-summary")
    summary.wait_for()
    assert page.title().startswith("Error: ")
    assert page.input_value("#id_login") == "nobody@demo.test"
    assert page.locator(".error-summary:focus").count() == 1


def test_second_submit_of_a_form_is_stopped(page):
    page.goto("/accounts/password/reset/")

    stopped = page.evaluate(
        """() => {
            const form = document.querySelector("main form"), stopped = [];
            window.addEventListener("submit", (event) => {
                stopped.push(event.defaultPrevented);
                event.preventDefault();
            });
            form.requestSubmit();
            form.requestSubmit();
            return stopped;
        }"""
    )

    assert stopped == [False, True]


def test_switching_the_language_keeps_page_and_question(page):
    page.goto("/style-guide/?q=a")

    page.get_by_role("link", name="EN", exact=True).click()

    assert re.search(r"/style-guide/\?q=a&lang=en$", page.url)
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/style-guide/")
    assert page.locator("html").get_attribute("lang") == "en"


def test_skip_link_is_the_first_stop_and_leads_to_the_content(page):
    page.goto("/style-guide/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["375", "1280"])
def test_pages_about_the_own_login_have_no_axe_violation(new_person, sign_in, axe, viewport):
    user = make_user("own@demo.test", name="李明")
    make_member(make_organisation("provider", name="青禾青少年发展中心"), "manager", "finance", user=user)
    make_member(make_organisation("office", name="瑞景街道办事处"), "clerk", user=user)
    page = new_person(viewport=viewport)
    page.goto("/accounts/login/")
    sign_in(page, "own@demo.test")

    for path in OWN_PAGES:
        page.goto(path)
        page.locator("details.acting summary").click()
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


def test_menu_under_the_name_closes_with_escape(page, sign_in):
    make_user("menu@demo.test", name="李明")
    sign_in(page, "menu@demo.test")
    page.goto("/style-guide/")
    menu = page.locator("details.acting")

    menu.locator("summary").click()
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")

    assert menu.get_attribute("open") is None


def test_the_frame_of_a_page_costs_little(page):
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body())))

    page.goto("/style-guide/")
    page.wait_for_load_state("networkidle")

    assert len(sizes) <= 8
