"""Until sign-up opens: the page counts down by the server's clock on a phone whose own clock is wrong."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from activities.models import SignUp
from core.formats import daytime_text
from tests.factories.activities import make_family, make_session

WRONG = [timedelta(hours=-26), timedelta(hours=5)]


@pytest.fixture
def family(live_site):
    return make_family()


def session_opening_in(wait: timedelta):
    now = timezone.now()
    return make_session(opens_at=now + wait, starts_at=now + timedelta(days=10), now=now)


def seconds_shown(page) -> int:
    """What the countdown says, in seconds."""
    page.locator(".countdown").wait_for(state="visible")
    parts = page.locator(".countdown [data-part=days], .countdown-clock span[data-part]:not([data-part=days-shown])")
    days, hours, minutes, seconds = (int(text) for text in parts.all_text_contents())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def look(page, sign_in, guardian, session, name, *, wrong: timedelta) -> None:
    """Open a page on a phone that believes it is some other time; its hands still move."""
    page.clock.set_fixed_time(datetime.now().astimezone() + wrong)
    sign_in(page, guardian.user.email)
    page.goto(reverse(f"activities:{name}", args=[session.pk]))


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["session", "sign-up"])
def test_a_phone_with_a_wrong_clock_counts_down_rightly(page, sign_in, family, name, wrong):
    guardian, _children = family
    session = session_opening_in(timedelta(days=1, hours=2))

    look(page, sign_in, guardian, session, name, wrong=wrong)

    left = (session.opens_at - timezone.now()).total_seconds()
    assert abs(seconds_shown(page) - left) <= 5
    first = seconds_shown(page)
    page.wait_for_timeout(2200)
    assert 1 <= first - seconds_shown(page) <= 4


@pytest.mark.parametrize("wrong", WRONG)
def test_the_form_opens_by_itself_when_the_server_says_so_and_not_before(page, sign_in, family, wrong, axe):
    guardian, [child] = family
    sign_in(page, guardian.user.email)
    session = session_opening_in(timedelta(seconds=8))
    page.clock.set_fixed_time(datetime.now().astimezone() + wrong)

    page.goto(reverse("activities:sign-up", args=[session.pk]))
    assert page.locator("main .btn-primary").count() == 0
    assert axe(page) == []
    page.locator("main .btn-primary").wait_for(timeout=20_000)
    assert timezone.now() >= session.opens_at
    assert page.locator(".countdown").count() == 0

    page.locator("main .btn-primary").click()
    page.wait_for_url("**/ticket/**")
    assert SignUp.objects.confirmed().get(session=session).child == child


def test_without_scripts_the_page_says_when(new_person, sign_in, family):
    guardian, _children = family
    page = new_person(java_script_enabled=False)
    session = session_opening_in(timedelta(days=1, hours=2))

    sign_in(page, guardian.user.email)
    page.goto(reverse("activities:sign-up", args=[session.pk]))

    with translation.override("zh-hans"):
        assert daytime_text(session.opens_at) in page.locator("main").inner_text()
    assert not page.locator(".countdown").is_visible()
    assert page.locator("main .btn-primary").count() == 0
