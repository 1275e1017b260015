"""The office keeps places of each session for children who come for the first time."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from activities.models import Session
from orders import drafting, lifecycle
from orders.models import Order
from tests.conftest import NOW
from tests.factories.orders import make_approved, make_countered, make_order, make_stage, make_submitted

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def office(stage, client):
    client.force_login(stage.office.user)
    with time_machine.travel(NOW, tick=False):
        yield client


def details(order: Order, **fields) -> dict:
    return {"group_size": 20, "kept_days": "2", "reason": "", "seen": order.revision, **fields}


def test_approved_sessions_keep_the_places_that_the_office_said(stage):
    make_approved(stage, first_timers=6, kept_days=5)

    rows = Session.objects.values_list("capacity", "reserved", "first_timers")
    assert list(rows) == [(20, 20, 6)] * 2
    session = Session.objects.first()
    assert session.opens_to_all_at == session.closes_at - timedelta(days=5)


def test_approved_sessions_of_an_order_that_says_nothing_keep_none(stage):
    make_approved(stage)

    assert set(Session.objects.values_list("first_timers", flat=True)) == {0}


def test_details_set_the_number_and_every_side_reads_it(stage, office, client):
    order = make_order(stage)
    address = f"/orders/{order.number}"

    office.post(f"{address}/details/", details(order, reserve_places="on", first_timers=6))
    form, check = office.get(f"{address}/details/", headers=ENGLISH), office.get(f"{address}/submit/", headers=ENGLISH)

    order.refresh_from_db()
    assert order.first_timers == 6
    assert 'name="first_timers" value="6"' in form.text
    assert "never checked in at a session of this programme" in form.text
    sentence = "In each session 6 places are kept for children who come to this programme for the first time."
    assert f"{sentence} These open to everybody on the same day." in check.text
    lifecycle.submit(order, by=stage.office, now=NOW)
    client.force_login(stage.provider.user)
    assert sentence in client.get(f"{address}/", headers=ENGLISH).text


def test_places_for_first_timers_alone_say_when_they_open(stage, office):
    order = make_order(stage, reserve_places=False, first_timers=1, kept_days=1)

    text = office.get(f"/orders/{order.number}/submit/", headers=ENGLISH).text

    assert "In each session 1 place is kept for a child who comes to this programme for the first time." in text
    assert "These open to everybody 1 day before sign-up closes." in text
    assert "Places are open to everybody from the start." not in text


def test_details_left_empty_keep_none(stage, office):
    order = make_order(stage, first_timers=6)

    office.post(f"/orders/{order.number}/details/", details(order, first_timers=""))

    order.refresh_from_db()
    assert order.first_timers == 0


@pytest.mark.parametrize(
    ("typed", "sentence"), [("21", "Not more than the places of a session."), ("-1", "greater than or equal to 0")]
)
def test_details_with_an_impossible_number_say_so_at_its_field(stage, office, typed, sentence):
    order = make_order(stage)

    answer = office.post(f"/orders/{order.number}/details/", details(order, first_timers=typed), headers=ENGLISH)

    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors["first_timers"][0]
    order.refresh_from_db()
    assert order.first_timers == 0


def test_details_that_open_after_the_kept_places_do_say_so(stage, office):
    order = make_order(stage)
    late = {"first_timers": 6, "opens_on": "2026-12-07", "opens_from": "09:00"}

    answer = office.post(f"/orders/{order.number}/details/", details(order, **late), headers=ENGLISH)

    assert "but the kept places open to everybody" in answer.context["form"].errors["opens_on"][0]


def test_edit_of_the_dates_alone_keeps_the_number(stage, office):
    order = make_order(stage, sessions=1, first_timers=6)
    row = {"starts_on": "2026-12-20", "starts": "14:00", "venue": stage.venue.pk, "address": ""}
    data = {f"form-0-{name}": value for name, value in row.items()}
    counts = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1}

    office.post(f"/orders/{order.number}/dates/", {**data, **counts, "seen": order.revision, "save": "1"})

    order.refresh_from_db()
    assert (order.first_timers, order.revision) == (6, 1)


def test_copy_keeps_the_number(stage):
    order = make_submitted(stage, first_timers=6)

    assert drafting.copy(order, by=stage.office, now=NOW, submission_id=uuid4()).first_timers == 6


def test_smaller_group_that_is_agreed_keeps_no_more_than_it_has(stage):
    """Else the approval could open no session."""
    order = make_countered(stage, first_timers=18)

    agreed = lifecycle.agree(order, by=stage.office, now=NOW)

    assert (agreed.group_size, agreed.first_timers) == (16, 16)


def test_database_itself_refuses_more_than_the_group(stage):
    order = make_order(stage)

    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(first_timers=21)
