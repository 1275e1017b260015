"""The outbox: once per person and cause, in the caller's transaction, and never at the cost of the request."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils.translation import gettext_lazy

from core import jobs
from notifications import services
from notifications.models import Delivery, Message
from tests.conftest import NOW
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 22:00 in Tianjin
MORNING = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # 08:00 in Tianjin


@pytest.fixture(autouse=True)
def _rested_broker(monkeypatch):
    monkeypatch.setitem(jobs._broker, "leave_alone_until", 0.0)


@pytest.fixture
def sent_tasks(monkeypatch) -> list[str]:
    """The names of the tasks asked for."""
    names: list[str] = []
    monkeypatch.setattr(jobs.current_app, "send_task", lambda name, **_: names.append(name))
    return names


def tell(*users, cause="order:1:approve", now=NOW, **fields):
    fields = {"kind": "order_approved", "context": {"order": "BC-2026-0001"}, "path": "/orders/BC-2026-0001/", **fields}
    services.notify(users, cause=cause, now=now, **fields)


def test_notify_writes_a_message_and_a_delivery_for_each_person():
    users = [make_user(), make_user()]

    tell(*users)

    assert set(Message.objects.values_list("recipient_id", "kind")) == {(u.pk, "order_approved") for u in users}
    assert Delivery.objects.filter(status="queued", next_try_at=NOW).count() == 2


def test_notify_twice_about_one_cause_tells_once():
    user = make_user()

    tell(user, user)
    tell(user, context={"order": "other"})

    assert Message.objects.get().context == {"order": "BC-2026-0001"}
    assert Delivery.objects.count() == 1


def test_notify_about_another_cause_tells_again():
    user = make_user()

    tell(user)
    tell(user, cause="order:1:cancel")

    assert Message.objects.count() == Delivery.objects.count() == 2


def test_notify_a_person_without_mail_writes_to_the_inbox_only():
    tell(_without_mail())

    assert Message.objects.count() == 1
    assert Delivery.objects.count() == 0


def _without_mail():
    user = make_user(phone="+8613800000000")
    user.email = None
    user.save()
    return user


def test_notify_nobody_writes_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        tell()


@pytest.mark.parametrize("people", [1, 3])
def test_notify_costs_the_same_for_one_and_three(django_assert_num_queries, people):
    users = [make_user() for _ in range(people)]

    with django_assert_num_queries(2):
        tell(*users)


def test_notify_in_a_transaction_that_rolls_back_leaves_nothing():
    user = make_user()

    with transaction.atomic():
        tell(user)
        transaction.set_rollback(True)

    assert Message.objects.count() == 0


@pytest.mark.parametrize(("urgent", "not_before"), [(False, MORNING), (True, NIGHT)])
def test_notify_at_night_waits_for_the_morning_unless_urgent(urgent, not_before):
    tell(make_user(), now=NIGHT, urgent=urgent)

    assert Message.objects.get().not_before == not_before
    assert Delivery.objects.get().next_try_at == not_before


def test_notify_wakes_the_worker_once_a_transaction(django_capture_on_commit_callbacks, sent_tasks):
    with django_capture_on_commit_callbacks(execute=True):
        tell(make_user())
        tell(make_user())

    assert sent_tasks == ["notifications.deliver_due"]


def test_notify_at_night_lets_the_worker_sleep(django_capture_on_commit_callbacks, sent_tasks):
    with django_capture_on_commit_callbacks(execute=True):
        tell(make_user(), now=NIGHT)

    assert sent_tasks == []


def test_notify_with_a_dead_broker_succeeds_and_leaves_it_alone(
    monkeypatch, django_capture_on_commit_callbacks, caplog
):
    calls: list[str] = []

    def refuse(name, **options):
        calls.append(name)
        raise ConnectionError("no broker")

    monkeypatch.setattr(jobs.current_app, "send_task", refuse)
    for cause in ["a", "b"]:
        with django_capture_on_commit_callbacks(execute=True):
            tell(make_user(), cause=cause)

    assert Message.objects.count() == 2
    assert len(calls) == 1
    assert "broker does not answer" in caplog.text


@pytest.mark.slow
def test_notify_with_a_broker_that_refuses_connections_succeeds(monkeypatch, django_capture_on_commit_callbacks):
    from celery import Celery

    dead = Celery("dead", broker="redis://127.0.0.1:1/0", set_as_current=False)
    dead.conf.update(broker_connection_timeout=1, broker_transport_options={"socket_connect_timeout": 1})
    monkeypatch.setattr(jobs, "current_app", dead)

    with django_capture_on_commit_callbacks(execute=True):
        tell(make_user())

    assert Message.objects.count() == 1
    assert jobs._broker["leave_alone_until"] > 0


@pytest.mark.parametrize("kind", ["", "Order", "a/b", "../x", "a.txt"])
def test_notify_of_a_kind_that_is_no_file_name_is_refused(kind):
    with pytest.raises(ValueError, match="kind"):
        tell(make_user(), kind=kind)


@pytest.mark.parametrize("path", ["orders/", "https://example.test/", "//example.test/", "javascript:x"])
def test_notify_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ValueError, match="page of our own"):
        tell(make_user(), path=path)


@pytest.mark.parametrize(
    "context",
    [
        {"child": "王小明"},
        {"guardian_name": "王"},
        {"people": object()},
        {"names": ["a"]},
        {"title": gettext_lazy("Order")},
        {"rate": 1.5},
    ],
)
def test_notify_with_a_person_or_an_object_in_the_values_is_refused(context):
    with pytest.raises(ValueError, match=r"never words|no plain value"):
        tell(make_user(), context=context)


def test_notify_keeps_moments_dates_and_numbers_of_children():
    tell(make_user(), context={"at": NOW, "on": date(2026, 11, 28), "children": 2, "note": None})

    context = Message.objects.get().context
    assert context["at"] == {"$at": NOW.isoformat()}
    assert context["on"] == {"$on": "2026-11-28"}
    assert context["children"] == 2


def test_mark_delivered_empties_the_outbox_of_the_past_only():
    tell(make_user(), now=NOW - timedelta(days=1))
    tell(make_user(), cause="new")

    assert services.mark_delivered(NOW) == 1

    assert Delivery.objects.filter(status="sent", sent_at=NOW).count() == 1
    assert Delivery.objects.filter(status="queued").count() == 1


def test_mark_delivered_says_nothing_of_a_mail_that_was_given_up():
    tell(make_user(), now=NOW - timedelta(days=1))
    Delivery.objects.update(status="failed")

    assert services.mark_delivered(NOW) == 0
    assert Delivery.objects.get().status == "failed"


def test_open_message_remembers_the_first_time_only():
    tell(make_user())
    message = Message.objects.get()

    services.open_message(message, now=NOW)
    services.open_message(message, now=NOW + timedelta(hours=1))

    message.refresh_from_db()
    assert message.read_at == NOW


def test_open_all_marks_only_the_persons_own():
    me, other = make_user(), make_user()
    tell(me, other)
    tell(me, cause="two")

    assert services.open_all(me, now=NOW) == 2

    assert Message.objects.unread().get().recipient == other
