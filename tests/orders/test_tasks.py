"""What the clock does with orders."""

from datetime import timedelta

import pytest

from activities import lifecycle as sessions
from core.errors import StaleState
from notifications.models import Message
from orders import lifecycle, tasks
from orders.lifecycle.clock import NotYet
from orders.models import Order
from orders.statuses import Status
from organisations.acting import clock
from tests.factories.orders import (
    after,
    close_sessions,
    make_accepted,
    make_approved,
    make_countered,
    make_delivered,
    make_order,
    make_stage,
    make_submitted,
    rows_for,
)

pytestmark = pytest.mark.django_db
NOTHING = {"expired": 0, "reported": 0, "confirmed": 0, "escalated": 0, "reminded": 0}


@pytest.fixture
def stage():
    return make_stage()


def _moved(**steps: int) -> dict[str, int]:
    return {**NOTHING, **steps}


@pytest.mark.parametrize(
    ("make", "days"), [(make_order, 90), (make_submitted, 7), (make_countered, 7), (make_accepted, 7)]
)
def test_sweep_expires_what_nobody_answered(stage, now, make, days):
    order = make(stage, rows=rows_for(stage, days_ahead=14))

    assert tasks.run(now + timedelta(days=days) - timedelta(days=1, hours=1)) == NOTHING
    assert tasks.run(now + timedelta(days=days))["expired"] == 1
    order.refresh_from_db()
    assert (order.status, order.waits_until, order.offers.filter(status="open").count()) == (Status.EXPIRED, None, 0)


def test_sweep_tells_office_and_league_of_an_expired_order(stage, now):
    make_submitted(stage)

    tasks.run(now + timedelta(days=7))

    told = set(Message.objects.filter(kind="order_expire").values_list("recipient", flat=True))
    assert {stage.office.user.pk, stage.officer.user.pk, stage.provider.user.pk} <= told


def test_sweep_tells_only_the_office_of_an_expired_draft(stage, now):
    make_order(stage)

    tasks.run(now + timedelta(days=90))

    told = Message.objects.filter(kind="order_expire").values_list("recipient", flat=True)
    assert list(told) == [stage.office.user.pk]


def test_sweep_run_twice_does_things_once(stage, now):
    make_submitted(stage)
    then = now + timedelta(days=6, hours=1)

    assert [tasks.run(then), tasks.run(then)] == [_moved(reminded=1), NOTHING]


def test_sweep_reminds_those_for_whom_the_order_waits(stage, now):
    order = make_submitted(stage)

    tasks.run(now + timedelta(days=6, hours=1))

    told = set(Message.objects.filter(kind="order_remind").values_list("recipient", flat=True))
    order.refresh_from_db()
    assert stage.provider.user.pk in told
    assert stage.office.user.pk not in told
    assert (order.revision, order.history.last().verb) == (1, "remind")


def test_sweep_reminds_again_after_the_order_came_back(stage, now):
    order = make_submitted(stage, rows=rows_for(stage, days_ahead=60))
    tasks.run(now + timedelta(days=6, hours=1))
    lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))
    lifecycle.return_(order, by=stage.officer, now=now, note="换人")

    assert tasks.run(now + timedelta(days=6, hours=1))["reminded"] == 1


def test_sweep_tells_the_league_a_week_after_the_last_session(stage):
    order = make_approved(stage)
    week = order.planned.last().ends_at + timedelta(days=7)

    assert tasks.run(week - timedelta(minutes=1))["escalated"] == 0
    assert [tasks.run(week)["escalated"], tasks.run(week)["escalated"]] == [1, 0]


def test_sweep_reports_two_weeks_after_the_last_session_from_the_check_ins(stage):
    order = make_approved(stage)
    close_sessions(order)
    fortnight = order.planned.last().ends_at + timedelta(days=14)

    assert tasks.run(fortnight)["reported"] == 1
    order.refresh_from_db()
    assert (order.status, order.report_text, order.report_by) == (Status.DELIVERED, "", None)


def test_sweep_leaves_an_order_whose_sessions_are_open(stage):
    order = make_approved(stage)

    assert tasks.run(order.waits_until)["reported"] == 0


def test_sweep_confirms_a_week_after_the_report(stage):
    order = make_delivered(stage)

    assert tasks.run(order.waits_until - timedelta(days=2)) == NOTHING
    assert tasks.run(order.waits_until)["confirmed"] == 1
    order.refresh_from_db()
    assert (order.status, order.history.get(verb="confirm").system) == (Status.CONFIRMED, "orders.sweep")


def test_sweep_escalates_a_dispute_after_ten_working_days(stage):
    order = make_delivered(stage)
    lifecycle.dispute(order, by=stage.office, now=after(order), note="没来")

    assert tasks.run(order.waits_until)["escalated"] == 1
    order.refresh_from_db()
    assert order.status == Status.DISPUTED


def test_sweep_goes_on_after_one_that_refuses(stage, now):
    make_submitted(stage)
    make_submitted(stage)
    stubborn = Order.objects.first()

    def step(order, *, by, now):
        if order == stubborn:
            raise NotYet("")
        return lifecycle.expire(order, by=by, now=now)

    orders = Order.objects.order_by("pk")
    assert tasks._each(orders, step, clock("orders.sweep"), now + timedelta(days=7)) == 1


def test_who_comes_after_the_clock_is_told_that_it_was_the_clock(stage, now):
    order = make_submitted(stage)
    tasks.run(now + timedelta(days=7))

    with pytest.raises(StaleState, match="the system let it expire"):
        lifecycle.decline(order, by=stage.provider, now=now, note="人手不够")


@pytest.mark.parametrize("step", [lifecycle.expire, lifecycle.remind, lifecycle.escalate])
def test_the_clock_does_nothing_early_or_twice(stage, now, step):
    order = make_approved(stage) if step is lifecycle.escalate else make_submitted(stage)
    Order.objects.filter(pk=order.pk).update(reminded_at=now, escalated_at=now)

    with pytest.raises(NotYet):
        step(order, by=clock("orders.sweep"), now=now)


def test_sweep_is_what_the_schedule_calls():
    tasks.sweep()

    assert Order.objects.count() == 0


def test_a_cancelled_session_leaves_the_order_to_its_report(stage, now):
    order = make_approved(stage)
    for planned in order.planned.select_related("session"):
        sessions.cancel(planned.session, by=stage.provider, now=now, reason="下雪")

    assert tasks.run(order.waits_until)["reported"] == 1
