"""``verify`` sees each broken row."""

from datetime import timedelta

from notifications import services
from notifications.invariants import INVARIANTS
from notifications.models import Delivery, Message
from tests.breaking import drop_constraint
from tests.conftest import NOW
from tests.factories.users import make_user

(M1,) = INVARIANTS


def tell():
    services.notify([make_user()], kind="any", cause="cause", context={}, path="/my/", now=NOW)
    return Message.objects.get()


def test_m1_on_sound_rows_finds_nothing(breakable_db):
    tell()
    services.mark_delivered(NOW + timedelta(hours=1))

    finding = M1.check()

    assert (finding.checked, finding.breaches) == (1, [])


def test_m1_sees_two_messages_about_one_cause(breakable_db):
    message = tell()
    drop_constraint(Message, "message_once_per_cause")
    Message.objects.create(recipient=message.recipient, cause="cause", kind="any", created_at=NOW, not_before=NOW)

    assert M1.check().breaches == [f"recipient {message.recipient_id}: 2 messages of cause cause"]


def test_m1_sees_two_deliveries_of_one_message(breakable_db):
    message = tell()
    drop_constraint(Delivery, "delivery_once_per_channel")
    Delivery.objects.create(message=message, next_try_at=NOW)

    assert M1.check().breaches == [f"message {message.pk}: 2 deliveries by email"]


def test_m1_sees_a_mail_sent_at_no_time(breakable_db):
    tell()
    drop_constraint(Delivery, "delivery_sent_has_time")
    Delivery.objects.update(status="sent")

    assert M1.check().breaches == [
        f"delivery {Delivery.objects.get().pk}: sent without a time, or a time without being sent"
    ]


def test_m1_sees_a_mail_sent_before_its_message(breakable_db):
    tell()
    Delivery.objects.update(status="sent", sent_at=NOW - timedelta(hours=1))

    assert M1.check().breaches == [f"delivery {Delivery.objects.get().pk}: sent before its message was made"]
