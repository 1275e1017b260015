"""Who has a phone and no mail is texted what cannot wait for the next visit: nothing else, no name, and no link."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail

from notifications import delivery, limits, rendering, services, texts
from notifications.models import Delivery, Message, Text
from organisations import memberships
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
PHONE = "+8613800000001"
CALLED_OFF = {
    "kind": "session_cancelled",
    "context": {"title": "足球", "title_en": "Football", "starts_at": NOW, "ends_at": NOW, "reason": "雨"},
    "path": "/sessions/1/",
}


@pytest.fixture
def sent(monkeypatch):
    """What the provider was given."""
    found: list[tuple[str, str, str]] = []

    class Provider:
        def send(self, phone: str, body: str, *, key: str) -> None:
            found.append((phone, body, key))

    monkeypatch.setattr(texts, "backend", Provider)
    return found


def with_phone(phone: str) -> User:
    """Somebody who signs in with a phone alone."""
    return User.objects.create_user(phone=phone, name="Lin", language="en")


@pytest.fixture
def phone_only():
    return with_phone(PHONE)


def tell(*people, now=NOW, **more):
    services.notify(people, cause="cause", now=now, **{**CALLED_OFF, "urgent": True, **more})


def test_who_has_no_mail_is_texted_once_and_who_has_is_mailed(phone_only, sent):
    reader = make_user("reader@example.test", phone="+8613800000002")
    for _twice in range(2):
        tell(phone_only, reader)
    for _twice in range(2):
        delivery.deliver_due(NOW)

    [(to, words, key)] = sent
    assert to == PHONE
    assert "Called off: Football" in words
    assert key == f"notice-{Delivery.objects.get(channel='text').pk}"
    assert [message.to for message in mail.outbox] == [["reader@example.test"]]


def test_what_can_wait_is_not_texted(phone_only, sent):
    tell(phone_only, kind="signed_up", context={})

    assert not Delivery.objects.exists()
    assert Message.objects.get().recipient == phone_only


def test_a_text_waits_for_the_morning_unless_it_is_urgent(phone_only, sent):
    night = NOW.replace(hour=15, minute=0)  # 23:00 here
    tell(phone_only, now=night, urgent=False)

    assert delivery.deliver_due(night) == 0
    assert delivery.deliver_due(night + timedelta(hours=9)) == 1


def test_a_text_that_could_not_go_for_half_a_day_is_given_up(phone_only, sent):
    tell(phone_only)

    assert delivery.deliver_due(NOW + delivery.TEXT_LIVES) == 0

    row = Delivery.objects.get()
    assert (row.status, row.error, sent) == (Delivery.Status.FAILED, "too late", [])


@pytest.mark.parametrize("change", [{"is_active": False}, {"phone": "+862226390000"}])
def test_who_left_or_has_a_landline_gets_none(phone_only, sent, change):
    tell(phone_only)
    for name, value in change.items():
        setattr(phone_only, name, value)
    phone_only.save()

    assert delivery.deliver_due(NOW) == 0
    assert (Delivery.objects.get().error, sent) == ("no number", [])


def test_messages_wait_once_the_site_has_texted_its_most_and_codes_still_go(phone_only, sent, settings):
    settings.SMS_MOST_AN_HOUR = 1
    other = with_phone("+8613800000003")
    tell(phone_only, other)

    assert delivery.deliver_due(NOW) == 1
    services.write_text("+8613800000004", body="123456", now=NOW, lives=timedelta(minutes=5))
    assert delivery.deliver_due(NOW) == 1
    assert [to for to, _words, _key in sent] == [PHONE, "+8613800000004"]
    waits = Delivery.objects.get(status=Delivery.Status.QUEUED)
    assert (waits.attempts, waits.error) == (0, "")  # nothing of it was used up

    later = NOW + limits.HOUR + timedelta(minutes=1)
    assert delivery.deliver_due(later) == 1
    assert sent[-1][0] == other.phone
    assert Text.objects.count() == 1


FOLDERS = [Path(settings.BASE_DIR, app, "templates/notifications") for app in settings.OUR_APPS]
TEXTS = sorted(file for folder in FOLDERS for file in folder.glob("texts/*"))
ABOUT_PEOPLE = re.compile(r"{{\s*(\w*(?:child|guardian|family|youth|participant|parent|name)\w*)[\s|}]")


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_every_text_is_one_short_line_that_names_nobody_and_holds_no_link(file):
    source = file.read_text("utf-8")
    assert any((folder / "messages" / file.name).exists() for folder in FOLDERS), "there is no such message"
    assert ABOUT_PEOPLE.findall(source) == []

    long = "https://evil.example/x and www.evil.example: " + "x" * 200
    moments = {"starts_at", "deadline"}
    values = {key: NOW if key in moments else long for key in ("title", "title_en", "shift", *moments)}
    message = Message(kind=file.stem, context=rendering.encode(values), path="/my/")
    lines = {language: rendering.render_text(message, language) for language in ("en", "zh-hans")}

    assert lines["en"] != lines["zh-hans"]
    for line in lines.values():
        assert len(line) <= 160, line
        assert not re.search(r"://|[a-z]\.[a-z]", line), line
        assert ("evil" in line) == bool(re.search(r"title|shift", source)), "the values are not filled in"


def test_what_a_provider_wrote_stays_readable_in_a_text():
    message = Message(kind="announced", context={"title": "Node.js 编程", "title_en": ""}, path="/my/")

    assert "Node·js 编程" in rendering.render_text(message, "zh-hans")


def test_mails_are_not_kept_back_by_texts_that_wait_for_room(sent, settings, monkeypatch):
    settings.SMS_MOST_AN_HOUR = 0
    monkeypatch.setattr(delivery, "BATCH", 2)
    tell(*(with_phone(f"+861380000001{n}") for n in range(3)))
    tell(make_user("reader@example.test"), now=NOW + timedelta(seconds=1))

    assert delivery.deliver_due(NOW + timedelta(minutes=1)) == 1
    assert [message.to for message in mail.outbox] == [["reader@example.test"]]
    assert sent == []


def test_the_room_is_counted_once_for_all_that_are_due(sent, django_assert_num_queries):
    tell(*(with_phone(f"+861380000001{n}") for n in range(3)))
    with django_assert_num_queries(4 + 4 + 3 * 3):  # what is due, the room, and for each: take, read, finish
        assert delivery.deliver_due(NOW) == 3


def test_a_gateway_that_does_not_answer_is_left_after_the_first_and_mails_go_before(settings, monkeypatch):
    tried = []

    class Dead:
        def send(self, phone: str, body: str, *, key: str) -> None:
            tried.append((phone, len(mail.outbox)))
            raise OSError("no answer")

    monkeypatch.setattr(texts, "backend", Dead)
    tell(*(with_phone(f"+861380000001{n}") for n in range(3)), make_user("reader@example.test"))

    assert delivery.deliver_due(NOW) == 1
    assert tried == [("+8613800000010", 1)]
    assert Delivery.objects.filter(channel="text", attempts=0).count() == 2


def test_many_with_a_phone_alone_cost_no_query_each(django_assert_num_queries):
    league = make_organisation("league", region=make_region())
    for n in range(4):
        make_member(league, "officer", user=with_phone(f"+861380000001{n}"))

    with django_assert_num_queries(2):  # who they are, and the messages; what can wait is not texted
        people = memberships.holders_of([(league.pk, ["officer"])], on=NOW.date())
        services.notify(people, kind="order_approve", cause="x", context={}, path="/orders/", now=NOW)
