"""Delivery: each mail once, however many workers, and later when mail is down."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from notifications import delivery, services, tasks
from notifications.models import Delivery
from tests.conftest import NOW
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


class BrokenBackend(EmailBackend):
    """A mail server that refuses."""

    times_closed = 0

    def close(self):
        type(self).times_closed += 1

    def send_messages(self, messages):
        raise OSError("mail is down")


class EndlessBackend(EmailBackend):
    """A mail server at which the job's time runs out."""

    def send_messages(self, messages):
        raise SoftTimeLimitExceeded


@pytest.fixture
def broken_mail(settings):
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"


def tell(user=None, *, cause="cause", now=NOW, **fields):
    fields = {"kind": "no_such_kind", "context": {}, "path": "/my/", **fields}
    services.notify([user or make_user()], cause=cause, now=now, **fields)
    return Delivery.objects.latest("pk")


def test_deliver_due_sends_a_plain_mail_once():
    user = make_user("reader@example.test", language="en")
    tell(user)

    assert delivery.deliver_due(NOW) == 1
    assert delivery.deliver_due(NOW + timedelta(days=1)) == 0

    (sent,) = mail.outbox
    assert sent.to == ["reader@example.test"]
    assert sent.subject == "News for you"
    assert "http://127.0.0.1:8000/my/" in sent.body
    assert sent.extra_headers["Message-ID"] == f"<delivery-{Delivery.objects.get().pk}@127.0.0.1>"
    assert Delivery.objects.get().sent_at == NOW


def test_deliver_due_writes_in_the_readers_language():
    tell(make_user(language="zh-hans"))

    delivery.deliver_due(NOW)

    assert mail.outbox[0].subject == "你有新的消息"


def test_deliver_due_leaves_what_is_not_due():
    tell(now=NOW + timedelta(hours=1))

    assert delivery.deliver_due(NOW) == 0
    assert mail.outbox == []


def test_deliver_due_to_nobody_opens_no_connection(monkeypatch):
    monkeypatch.setattr(delivery, "get_connection", lambda: pytest.fail("opened"))

    assert delivery.deliver_due(NOW) == 0


def test_deliver_due_goes_on_after_one_mail_failed(monkeypatch):
    tell(make_user("bad@example.test"), cause="a")
    tell(make_user("good@example.test"), cause="b")
    compose = delivery._compose

    def fail_for_bad(row, connection):
        if row.message.recipient.email == "bad@example.test":
            raise OSError
        return compose(row, connection)

    monkeypatch.setattr(delivery, "_compose", fail_for_bad)

    assert delivery.deliver_due(NOW) == 1
    assert [m.to for m in mail.outbox] == [["good@example.test"]]


def test_deliver_due_backs_off_and_gives_up_in_the_end(broken_mail):
    row, now = tell(), NOW
    waits = []
    for _ in delivery.BACK_OFF:
        delivery.deliver_due(now)
        row.refresh_from_db()
        waits.append(row.next_try_at - now)
        now = row.next_try_at

    assert waits == delivery.BACK_OFF
    assert (row.status, row.error) == ("queued", "OSError")
    delivery.deliver_due(now)
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("failed", len(delivery.BACK_OFF) + 1)
    assert delivery.deliver_due(now + timedelta(days=30)) == 0


def test_deliver_due_after_mail_came_back_sends(settings, broken_mail):
    tell()
    delivery.deliver_due(NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert delivery.deliver_due(NOW + delivery.BACK_OFF[0]) == 1
    assert Delivery.objects.get().error == ""


def test_deliver_due_ends_when_its_time_is_over_and_goes_on_later(settings):
    """Taken for a failure of mail, the warning would be lost and the job killed in the middle of another mail."""
    settings.EMAIL_BACKEND = f"{__name__}.EndlessBackend"
    rows = [tell(cause="one"), tell(cause="two")]

    with pytest.raises(SoftTimeLimitExceeded):
        delivery.deliver_due(NOW)

    assert sorted(row.attempts for row in Delivery.objects.all()) == [0, 1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert delivery.deliver_due(NOW + delivery.CLAIM) == len(rows)


def test_deliver_due_opens_a_new_connection_after_one_that_failed(settings, monkeypatch):
    """A server that hung up in the middle of a batch takes the next mail on the same connection no more."""
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    monkeypatch.setattr(BrokenBackend, "times_closed", 0)
    tell(cause="one")
    tell(cause="two")

    delivery.deliver_due(NOW)

    assert BrokenBackend.times_closed == 3


@pytest.mark.parametrize("change", [{"email": None, "phone": "+8613800000001"}, {"is_active": False}])
def test_deliver_due_to_a_person_who_left_gives_up_at_once(change):
    user = make_user()
    row = tell(user)
    type(user).objects.filter(pk=user.pk).update(**change)

    assert delivery.deliver_due(NOW) == 0

    row.refresh_from_db()
    assert (row.status, row.error) == ("failed", "no address")
    assert mail.outbox == []


def test_claim_by_a_worker_that_was_killed_runs_out():
    row = tell()
    assert delivery.claim(row.pk, NOW) is not None

    assert delivery.claim(row.pk, NOW + timedelta(minutes=1)) is None
    assert delivery.deliver_due(NOW + delivery.CLAIM - timedelta(seconds=1)) == 0
    assert delivery.deliver_due(NOW + delivery.CLAIM) == 1
    assert len(mail.outbox) == 1


def test_claim_outlives_the_longest_task(settings):
    assert delivery.CLAIM.total_seconds() > settings.CELERY_TASK_TIME_LIMIT


def test_finish_after_the_claim_was_lost_changes_nothing():
    row = tell()
    mine = delivery.claim(row.pk, NOW)
    theirs = delivery.claim(row.pk, NOW + delivery.CLAIM)
    assert mine is not None
    assert theirs is not None

    delivery._finish(mine, status="failed", error="late")

    row.refresh_from_db()
    assert row.status == "queued"


def test_task_delivers_what_is_due():
    tell(now=NOW - timedelta(days=400))

    tasks.deliver_due()

    assert len(mail.outbox) == 1


def test_schedule_names_the_task(settings):
    assert tasks.deliver_due.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
