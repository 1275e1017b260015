"""When sign-up opens, and how long places are kept for the area: the office sets it, each session has it."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from activities.models import Session
from activities.models.session import CLOSES_BEFORE_START, OPENS_TO_ALL_BEFORE_CLOSING
from core import triggers
from orders import checks, drafting, lifecycle
from orders.lifecycle.asking import NotReady, OtherDate
from orders.models import Order
from tests.conftest import NOW
from tests.factories.orders import (
    at_day,
    make_accepted,
    make_approved,
    make_order,
    make_stage,
    make_submitted,
)

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
OPENS = datetime.fromisoformat("2026-12-01T19:00+08:00")
DAY = timedelta(days=1)


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def office(stage, client):
    client.force_login(stage.office.user)
    with time_machine.travel(NOW, tick=False):
        yield client


def opening(**fields) -> list[str]:
    """What stands against an order that opens like that; its first session is on 8 December at 09:30."""
    order = Order(**fields)
    planned = list(make_order().planned.all())
    return [str(problem) for problem in checks.opening_problems(order, planned, now=NOW)]


def test_approved_sessions_open_when_the_office_said(stage):
    make_approved(stage, opens_at=OPENS, kept_days=5)

    for session in Session.objects.all():
        assert session.opens_at == OPENS
        assert session.closes_at == session.starts_at - CLOSES_BEFORE_START
        assert session.opens_to_all_at == session.closes_at - 5 * DAY
        assert not session.is_open(OPENS - DAY)
        assert session.is_open(OPENS)


def test_approved_sessions_of_an_order_that_says_nothing_open_at_once(stage, now):
    make_approved(stage)

    for session in Session.objects.all():
        assert session.opens_at == now
        assert session.opens_to_all_at == session.closes_at - OPENS_TO_ALL_BEFORE_CLOSING


def test_opening_that_passed_before_the_approval_is_the_approval(stage):
    order = make_accepted(stage, opens_at=NOW + DAY)

    lifecycle.approve(order, by=stage.officer, now=NOW + 2 * DAY)

    assert set(Session.objects.values_list("opens_at", flat=True)) == {NOW + 2 * DAY}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"opens_at": NOW - DAY}, "Sign-up cannot open before today."),
        ({"opens_at": at_day(14)}, "for the first session it closes Tue 8 Dec 2026, 07:30."),
        ({"opens_at": at_day(12)}, "the kept places open to everybody Sat 5 Dec 2026, 07:30."),
        ({"opens_at": at_day(9), "kept_days": 5}, "the kept places open to everybody Thu 3 Dec 2026, 07:30."),
    ],
)
def test_opening_out_of_bounds_says_which(fields, sentence):
    (problem,) = opening(reserve_places=True, **fields)

    assert sentence in problem


@pytest.mark.parametrize(
    "fields",
    [
        {"opens_at": None},
        {"opens_at": NOW - timedelta(hours=1)},
        {"opens_at": at_day(9)},
        {"opens_at": at_day(13), "kept_days": 1, "reserve_places": False},
    ],
)
def test_opening_within_bounds_is_welcome(fields):
    assert opening(**fields) == []


def test_opening_without_dates_waits_for_them():
    assert checks.opening_problems(Order(opens_at=NOW - DAY), [], now=NOW) == []


def test_submitting_an_opening_that_passed_meanwhile_is_refused(stage):
    order = make_order(stage, opens_at=NOW + DAY)

    with pytest.raises(NotReady, match="before today"):
        lifecycle.submit(order, by=stage.office, now=NOW + 3 * DAY)


def test_counter_with_a_date_before_the_opening_is_refused(stage, now):
    order = make_submitted(stage, opens_at=at_day(10))
    first = order.planned.order_by("position").first()
    starts_at = at_day(9)
    soon = OtherDate(first.position, starts_at, starts_at + timedelta(hours=1), first.venue_id)

    with pytest.raises(NotReady, match="Sign-up would open Fri 4 Dec 2026, 09:30"):
        lifecycle.counter(order, by=stage.provider, now=now, crew=stage.crew_for(order), dates=[soon])


def test_copy_moves_the_opening_on_with_the_dates(stage):
    order = make_submitted(stage, opens_at=OPENS, kept_days=5)
    later = NOW + timedelta(weeks=4)

    copied = drafting.copy(order, by=stage.office, now=later, submission_id=uuid4())

    moved = copied.planned.order_by("position")[0].starts_at - order.planned.order_by("position")[0].starts_at
    assert (copied.opens_at - OPENS, copied.kept_days) == (moved, 5)
    assert moved > timedelta(0)


def test_edit_of_the_dates_alone_keeps_the_opening(stage, office):
    order = make_order(stage, sessions=1, opens_at=OPENS, kept_days=7)
    data = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-starts_on": "2026-12-20",
        "form-0-starts": "14:00",
        "form-0-venue": stage.venue.pk,
        "form-0-address": "",
        "seen": order.revision,
        "save": "1",
    }

    office.post(f"/orders/{order.number}/dates/", data)

    order.refresh_from_db()
    assert (order.opens_at, order.kept_days) == (OPENS, 7)
    assert order.planned.get().starts_at != at_day(14)


def _details(order: Order, **fields) -> dict:
    return {"group_size": 20, "reserve_places": "on", "kept_days": "2", "reason": "", "seen": order.revision, **fields}


def test_details_set_the_opening_and_the_check_shows_it(stage, office):
    order = make_order(stage)
    address = f"/orders/{order.number}"

    office.post(f"{address}/details/", _details(order, opens_on="2026-12-01", opens_from="19:00"))
    page = office.get(f"{address}/submit/", headers=ENGLISH).text
    form = office.get(f"{address}/details/").text

    order.refresh_from_db()
    assert (order.opens_at, order.kept_days) == (OPENS, 2)
    assert "Sign-up opens Tue 1 Dec 2026, 19:00" in page
    assert "they open to everybody 2 days before sign-up closes" in page
    assert ('value="2026-12-01"' in form, 'value="19:00"' in form) == (True, True)


def test_details_with_a_day_alone_open_at_nine(stage, office):
    order = make_order(stage)

    office.post(f"/orders/{order.number}/details/", _details(order, opens_on="2026-12-01", opens_from=""))

    order.refresh_from_db()
    assert order.opens_at == OPENS - timedelta(hours=10)


def test_details_without_a_day_open_at_the_approval(stage, office):
    order = make_order(stage, opens_at=OPENS)

    office.post(f"/orders/{order.number}/details/", _details(order, opens_on="", opens_from="19:00"))
    page = office.get(f"/orders/{order.number}/submit/", headers=ENGLISH).text

    order.refresh_from_db()
    assert order.opens_at is None
    assert "Sign-up opens as soon as the League has approved the order." in page


def test_details_with_an_impossible_opening_say_so_at_its_field(stage, office):
    order = make_order(stage)

    answer = office.post(f"/orders/{order.number}/details/", _details(order, opens_on="2026-11-20"), headers=ENGLISH)

    assert answer.status_code == 422
    assert answer.context["form"].errors["opens_on"] == ["Sign-up cannot open before today."]


def test_problem_of_the_opening_leads_to_its_field(stage, office):
    order = make_order(stage, opens_at=NOW - DAY)

    page = office.get(f"/orders/{order.number}/submit/", headers=ENGLISH).text

    assert f'href="/orders/{order.number}/details/#id_opens_on"' in page


def test_order_page_says_when_sign_up_opens(stage, office):
    order = make_submitted(stage, opens_at=OPENS)

    assert "Sign-up opens <time" in office.get(f"/orders/{order.number}/", headers=ENGLISH).text


def test_new_columns_left_the_orders_guarded():
    """SQLite drops a table's triggers when a migration builds it anew."""
    assert "orders_order_no_delete" in triggers.present()
