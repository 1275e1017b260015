"""Before sign-up opens a family reads when, and the page counts down by the server's clock."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import lifecycle
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import make_family, make_session

pytestmark = pytest.mark.django_db
LATER = timedelta(days=1, hours=2)
COUNTDOWN = re.compile(r'class="countdown".*?data-now="(\d+)" data-opens-at="(\d+)" hidden')


def text_of(name: str, session, when=NOW) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_family()[0].user)
    with time_machine.travel(when, tick=False):
        return client.get(reverse(f"activities:{name}", args=[session.pk])).text


@pytest.mark.parametrize("name", ["session", "sign-up"])
def test_page_before_the_opening_says_when_and_counts_by_our_clock(name):
    text = text_of(name, make_session(opens_at=NOW + LATER))

    now, opens_at = map(int, COUNTDOWN.search(text).groups())
    assert now == int(NOW.timestamp())
    assert opens_at - now == LATER.total_seconds()
    assert "Sign-up opens Wed 25 Nov 2026, 12:00." in text
    assert "btn-primary" not in text


@pytest.mark.parametrize("name", ["session", "sign-up"])
def test_page_from_the_opening_on_has_its_button_and_no_countdown(name):
    text = text_of(name, make_session(opens_at=NOW + LATER), NOW + LATER)

    assert "countdown" not in text
    assert "btn-primary" in text


def test_page_of_a_cancelled_session_counts_down_to_nothing():
    session = make_session(opens_at=NOW + LATER)
    lifecycle.cancel(session, by=Acting(), now=NOW, reason="rain")

    assert "countdown" not in text_of("session", session)
