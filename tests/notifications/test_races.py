"""Workers and callers that race, each with its own connection."""

import pytest
from django.core import mail

from notifications import delivery, services
from notifications.models import Delivery, Message
from tests.conftest import NOW
from tests.factories.threads import run_together
from tests.factories.users import make_user

pytestmark = pytest.mark.race


def tell(user=None, *, cause="cause"):
    services.notify([user or make_user()], kind="any", cause=cause, context={}, path="/my/", now=NOW)


def test_deliver_due_in_four_threads_sends_each_mail_once(fresh_db):
    for n in range(20):
        tell(cause=f"cause {n}")

    outcomes = run_together(lambda: delivery.deliver_due(NOW), times=4)

    assert sum(outcomes) == 20
    assert len(mail.outbox) == 20
    assert len({m.to[0] for m in mail.outbox}) == 20


def test_deliver_due_in_four_threads_sends_each_letter_once(fresh_db):
    """Twice, the second of two links to reset a password would look like somebody else's attack."""
    for n in range(20):
        services.write_letter(f"new{n}@example.test", subject="Come in", body="link", now=NOW)

    outcomes = run_together(lambda: delivery.deliver_due(NOW), times=4)

    assert sum(outcomes) == 20
    assert len(mail.outbox) == len({m.to[0] for m in mail.outbox}) == 20


def test_deliver_due_without_the_claim_would_send_twice(fresh_db, monkeypatch):
    """The negative control: with a claim that only looks, the same race doubles mails."""
    for n in range(20):
        tell(cause=f"cause {n}")

    def look_only(pk, now):
        return Delivery.objects.select_related("message__recipient").filter(pk=pk, status="queued").first()

    monkeypatch.setattr(delivery, "claim", look_only)
    run_together(lambda: delivery.deliver_due(NOW), times=4)

    assert len(mail.outbox) > 20


def test_notify_from_two_threads_about_one_cause_tells_once(fresh_db):
    user = make_user()
    outcomes = run_together(lambda: tell(user), times=4)

    assert [o for o in outcomes if isinstance(o, Exception)] == []
    assert Message.objects.count() == Delivery.objects.count() == 1
