"""Text messages cost money: the whole site sends so many at most, to numbers of here, and who gets none reads why."""

import logging
import re
from datetime import timedelta

import pytest
from django.core.cache import caches

from notifications import limits, services
from notifications.models import Text
from tests.conftest import NOW
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
PHONE, OTHER, ABROAD, LANDLINE = "+8613800000001", "+8613800000002", "+85291234567", "+862226390000"
ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
CHANGE, PROVE = "/accounts/phone/change/", "/accounts/reauthenticate/code/"
USED_UP, ONLY_HERE = "We cannot send text messages right now", "We text mobile numbers of mainland China only"


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW)
    caches["shared"].clear()


@pytest.fixture
def client(client):
    """A browser that asks for English."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def used_up(settings):
    """A site that has sent its most already."""
    settings.SMS_MOST_AN_HOUR = 1
    write(OTHER)


def write(to=PHONE, *, now=NOW, **more):
    services.write_text(to, body="123456", now=now, lives=timedelta(minutes=10), **more)


@pytest.mark.parametrize(
    ("setting", "span"), [("SMS_MOST_AN_HOUR", timedelta(hours=1)), ("SMS_MOST_A_DAY", timedelta(days=1))]
)
def test_the_whole_site_sends_so_many_in_an_hour_and_a_day(settings, caplog, setting, span):
    setattr(settings, setting, 2)
    write(PHONE, now=NOW - span)
    write(PHONE, now=NOW - timedelta(minutes=1))
    write(OTHER)
    assert caplog.messages == []

    for _turn in range(2):
        with pytest.raises(limits.TextsUsedUp), caplog.at_level(logging.ERROR):
            write(PHONE)

    assert Text.objects.count() == 3
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert re.match(r"No more text messages: 2 in a (hour|day)", caplog.messages[0])
    write(PHONE, past_the_limit=True)
    write(PHONE, now=NOW + span)


@pytest.mark.parametrize("number", [ABROAD, LANDLINE, "+8612345678901", "+861380000000"])
def test_only_mobile_numbers_of_here_get_texts(client, number):
    with pytest.raises(limits.NotTexted):
        write(number)
    page = client.post(ASK, {"phone": number})

    assert ONLY_HERE in page.text
    assert not Text.objects.exists()


def test_a_city_may_add_countries(client, settings):
    settings.SMS_OTHER_COUNTRIES = ["852", "853"]

    assert client.post(ASK, {"phone": "+852 9123 4567"}).url == CONFIRM
    assert "begin with +852, +853 only" in client.post(ASK, {"phone": "+1 415 555 0100"}).text
    assert "mainland" in client.post(ASK, {"phone": LANDLINE}).text
    assert Text.objects.get().to == ABROAD


@pytest.mark.usefixtures("used_up")
def test_who_asks_for_a_code_to_come_in_is_led_to_another_way(client):
    refused = client.post(ASK, {"phone": PHONE, "next": "/catalog/"})

    assert refused.url == f"{ASK}?next=%2Fcatalog%2F"
    assert USED_UP in client.get(refused.url).text
    assert not Text.objects.filter(to=PHONE).exists()
    assert client.post(ASK, {"email": "own@example.test"}).url == CONFIRM


def test_a_second_code_that_cannot_be_sent_leaves_the_first_one_good(client, settings):
    client.post(ASK, {"phone": PHONE})
    settings.SMS_MOST_AN_HOUR = 1

    page = client.post(CONFIRM, {"action": "resend"}, follow=True)

    assert USED_UP in page.text
    client.post(CONFIRM, {"code": re.search(r"\b\d{6}\b", Text.objects.get().body)[0]})
    assert User.objects.get().pk == int(client.session["_auth_user_id"])


@pytest.mark.usefixtures("used_up")
def test_who_changes_a_number_or_shows_who_they_are_reads_it_on_that_page(client):
    client.force_login(User.objects.create_user(phone=PHONE))
    assert USED_UP in client.post(PROVE, {"action": "send"}, follow=True).text

    user = make_user("own@example.test")
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": "demo-city-2026"})
    page = client.post(CHANGE, {"phone": "138 0000 0003"}, follow=True)

    assert page.request["PATH_INFO"] == CHANGE
    assert USED_UP in page.text
    assert Text.objects.count() == 1


def test_a_new_number_that_gets_no_texts_is_refused_and_an_old_one_loses_no_login(client):
    user = make_user("own@example.test", phone=ABROAD)
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": "demo-city-2026"})
    assert ONLY_HERE in client.post(CHANGE, {"phone": LANDLINE}).text

    client.post(CHANGE, {"phone": PHONE})
    client.post("/accounts/phone/verify/", {"code": re.search(r"\b\d{6}\b", Text.objects.get().body)[0]})

    user.refresh_from_db()
    assert user.phone == PHONE
    assert list(Text.objects.values_list("to", flat=True)) == [PHONE]
