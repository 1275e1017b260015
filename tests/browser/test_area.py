"""Where a child lives, as a guardian chooses it."""

import pytest

from tests.factories.organisations import make_organisation, make_region
from tests.factories.users import make_user

ADD = "/my/children/add/"


@pytest.fixture
def guardian(live_site):
    make_organisation("league", region=make_region("北辰区"))
    return make_user("guardian@example.test", phone="+8613800001234")


def choose(page, sign_in, guardian):
    sign_in(page, guardian.email)
    page.goto(ADD)
    page.fill("[name=name]", "谷雨")
    page.select_option("[name=township]", make_region("瑞景街道").pk)


def test_choosing_a_town_brings_its_communities_and_sends_nothing_that_was_typed(page, sign_in, guardian, axe):
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.post_data or ""))

    choose(page, sign_in, guardian)
    page.select_option("[name=community]", make_region("翡翠城社区").pk)

    assert page.input_value("[name=name]") == "谷雨"
    assert "谷雨" not in sent[-1]
    assert not page.locator("button[name=show]").is_visible()
    assert axe(page) == []

    page.select_option("[name=township]", make_region("天穆镇").pk)
    page.locator("[name=community] option", has_text="天穆村").wait_for(state="attached")
    assert page.locator("[name=community]").count() == 1


def test_without_script_or_network_the_button_brings_them(new_person, sign_in, guardian):
    for page in (new_person(java_script_enabled=False), new_person()):
        page.route("**/*", lambda route: route.abort() if route.request.resource_type == "fetch" else route.fallback())

        choose(page, sign_in, guardian)
        page.click("button[name=show]")
        page.select_option("[name=community]", make_region("翡翠城社区").pk)

        assert page.input_value("[name=name]") == "谷雨"
