"""Who has a phone and no mail is texted what cannot wait for the next visit: nothing else, no name, and no link."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail

from notifications import delivery, limits, rendering, services, texts
from notifications.models import Delivery, Message, Text
from tests.conftest import NOW
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


def test_every_text_is_one_short_line_in_both_languages_that_names_nobody_and_holds_no_link():
    files = [
        file
        for app in settings.OUR_APPS
        for file in Path(settings.BASE_DIR, app).glob("templates/notifications/texts/*")
    ]
    assert files
    for file in files:
        assert any(
            Path(settings.BASE_DIR, app, "templates/notifications/messages", file.name).exists()
            for app in settings.OUR_APPS
        ), f"{file}: there is no such message"
        named = re.findall(
            r"{{\s*(\w*(?:child|guardian|family|youth|participant|parent|name)\w*)[\s|}]", file.read_text("utf-8")
        )
        assert named == [], file
        words = {
            language: rendering.render_text(Message(kind=file.stem, context={}, path="/my/"), language)
            for language in ("en", "zh-hans")
        }
        assert words["en"] != words["zh-hans"], file
        assert all(len(line) <= 160 and "/" not in line for line in words.values()), file


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
