"""The demo city is whole, true to every promise, and the same for the same seed and hour."""

from datetime import time, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import F

from activities.models import Review, Session, SignUp
from core.time import at, today
from funding.models import BudgetLine, Donation, LineState, Payout, PayoutBatch, Period, Settlement
from marketplace.demo.build import seed
from marketplace.demo.orders import stories
from marketplace.verify import run
from notifications.models import Delivery, Letter, Message
from orders.models import Order
from orders.statuses import Status
from people.models import Child
from tests.conftest import NOW
from users.models import User

pytestmark = pytest.mark.slow
DEMO_LOGINS = {
    f"{key}@demo.test"
    for key in [
        *["league", "finance", "finance2", "auditor", "safeguarding", "editor", "ngo", "ngo2", "office", "clerk"],
        *["office2", "child-officer", "school", "guardian", "guardian2", "youth", "volunteer", "reviewer", "donor"],
    ]
}


@pytest.fixture(scope="module")
def city(in_demo_city):
    """What the small demo city holds."""
    return _snapshot()


@pytest.fixture
def another_database(city, fresh_db):
    """An empty database beside the one that holds the city."""
    return fresh_db


def _snapshot():
    orders = Order.objects.order_by("number").values_list(
        "number", "status", "office__name", "programme__title", "reason"
    )
    return [
        list(orders),
        list(Session.objects.order_by("starts_at", "version__title").values_list("starts_at", "taken", "status")),
        list(Child.objects.order_by("pk").values_list("name", "birth_date", "home_community")),
        list(Review.objects.order_by("pk").values_list("mark", "text")),
        list(
            BudgetLine.objects.order_by("region").values_list("allocated", "available", "committed", "payable", "paid")
        ),
        list(SignUp.objects.order_by("pk").values_list("child__name", "status", "created_at")),
    ]


def _build(number):
    seed(seed=number, scale=0.03, now=NOW)
    return _snapshot()


def test_seed_for_one_seed_and_date_builds_the_same_city_twice(city, another_database):
    assert _build(7) == city


@pytest.mark.prove
def test_seed_for_another_seed_builds_another_city(city, another_database):
    assert _build(8) != city


def test_seed_keeps_every_promise(city):
    with time_machine.travel(NOW, tick=False):
        assert {key: verdict.breaches for key, verdict in run().items() if verdict.breaches} == {}
    assert not Delivery.objects.exclude(status=Delivery.Status.SENT).exists()
    assert not Letter.objects.exclude(status=Letter.Status.SENT).exists()


@pytest.mark.parametrize(
    "hour", [pytest.param(0, marks=pytest.mark.prove), 5, pytest.param(23, marks=pytest.mark.prove)]
)
def test_seed_at_any_hour_has_a_session_under_way_and_nothing_of_tomorrow(another_database, hour):
    """Who tries the demo before breakfast finds a list to check in, and no message from the future."""
    now = at(today(NOW), time(hour, 20))
    seed(seed=7, scale=0.03, now=now)

    ngo = User.objects.get(email="ngo@demo.test")
    assert Session.objects.filter(crew__user=ngo, starts_at__lte=now, ends_at__gt=now).exists()
    assert not SignUp.objects.filter(created_at__gt=now).exists()
    assert not Message.objects.filter(created_at__gt=now).exists()
    with time_machine.travel(now, tick=False):
        assert {key: verdict.breaches for key, verdict in run().items() if verdict.breaches} == {}


def test_seed_makes_every_demo_login_and_a_session_of_today(city):
    present = User.objects.filter(email__in=DEMO_LOGINS).values_list("email", flat=True)
    ngo = User.objects.get(email="ngo@demo.test")

    assert set(present) == DEMO_LOGINS
    assert ngo.check_password("demo-city-2026")
    assert any(today(one.starts_at) == today(NOW) for one in Session.objects.filter(crew__user=ngo))


@pytest.mark.parametrize("who", ["guardian", "guardian2", "youth"])
def test_seed_gives_families_a_place_in_the_coming_days(city, who):
    coming = SignUp.objects.confirmed().filter(starts_at__gt=NOW)

    assert coming.filter(party__submitted_by__email=f"{who}@demo.test").exists()


def test_seed_shows_the_books_alive(city):
    """Whoever looks at the demo's money finds each thing that happens to it, and the donor its receipt."""
    assert PayoutBatch.objects.filter(status="sent").exclude(file_digest="").exists()
    assert set(LineState.objects.values_list("state", flat=True)) == {"matched", "open"}
    back = Payout.objects.get(status="returned")
    assert back.replaced_by.status == "queued"
    assert Donation.objects.filter(status="received", donor__memberships__user__email="donor@demo.test").exists()
    assert Donation.objects.filter(status="announced").exists()
    assert Period.objects.filter(ends_on__lt=today(NOW)).exists()
    assert Order.objects.filter(status="settled").count() >= 2
    advances = Settlement.objects.filter(kind="advance")
    assert set(advances.values_list("status", flat=True)) == {"paid", "proposed"}


def test_seed_keeps_places_of_some_session_for_first_timers(city):
    """Who tries the demo finds what an office can ask for, and a child that leaves those places alone."""
    sessions = Session.objects.scheduled().filter(first_timers__gt=0, opens_to_all_at__gt=NOW)

    assert Order.objects.filter(first_timers__gt=0, office__name__startswith="瑞景").exists()
    assert sessions.filter(taken__lt=F("capacity")).exists()
    assert SignUp.objects.holding().filter(session__in=sessions, is_returning=True).exists()


def test_seed_sets_no_deadline_within_a_day(city):
    soon = (NOW, NOW + timedelta(days=1))

    assert not Order.objects.filter(waits_until__range=soon).exists()
    assert not Session.objects.filter(closes_at__range=soon).exists()
    assert not SignUp.objects.filter(offered_until__range=soon).exists()
    opens = Session.objects.filter(opens_to_all_at__range=soon)
    assert not opens.filter(waiting_parties__gt=0).exists()


@pytest.mark.parametrize("hours", [6, 23])
def test_seed_keeps_every_promise_until_the_first_sweep_of_a_later_start(city, hours):
    with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
        assert {key: verdict.breaches for key, verdict in run().items() if verdict.breaches} == {}


def test_seed_demo_refuses_a_database_with_a_city(city):
    with pytest.raises(CommandError, match="not empty"):
        call_command("seed_demo")


def test_stories_hold_each_status_twice_and_two_hundred_sessions():
    told = [story.ends for story in stories(1)]
    opened = {"approved", "delivered", "disputed", "confirmed", "settled"}

    assert {status for status in Status if told.count(status) < 2} == set()
    assert len(told) >= 40
    assert sum(story.sessions for story in stories(1) if story.ends in opened) >= 200
