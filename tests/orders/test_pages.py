"""The list, the order's page and its print form: what each role sees, and at how many queries."""

from datetime import timedelta

import pytest
import time_machine

from orders import lifecycle
from orders.models import Order
from orders.statuses import Status
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.orders import (
    after,
    at_day,
    make_accepted,
    make_approved,
    make_confirmed,
    make_countered,
    make_delivered,
    make_order,
    make_stage,
    make_submitted,
)
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stage():
    return make_stage()


def moved(stage) -> Order:
    """An order whose first session was moved by 40 days."""
    order = make_approved(stage)
    start = at_day(40)
    proposal = lifecycle.propose_reschedule(
        order.planned.get(position=1),
        starts_at=start,
        ends_at=start + timedelta(minutes=90),
        venue=None,
        address="临时场地9号",
        by=stage.office,
        now=NOW,
    )
    lifecycle.agree_reschedule(proposal, by=stage.coordinator, now=NOW)
    return order


@pytest.fixture
def see(client):
    """Open a page as somebody, in English."""

    def get(by: Acting, path: str, status: int = 200) -> str:
        client.force_login(by.user)
        response = client.get(path, headers={"accept-language": "en"})
        assert response.status_code == status, response.content.decode()[:2000]
        return response.content.decode()

    return get


def test_list_shows_each_side_its_orders(stage, see):
    draft, submitted = make_order(stage), make_submitted(stage)

    assert draft.number in see(stage.office, "/orders/")
    provider = see(stage.provider, "/orders/")
    assert submitted.number in provider
    assert draft.number not in provider


def test_list_of_a_group_shows_that_group(stage, see):
    draft, submitted = make_order(stage), make_submitted(stage)

    shown = see(stage.office, "/orders/?group=asking")

    assert submitted.number in shown
    assert f"/orders/{draft.number}/" not in shown


def test_list_that_is_empty_says_what_will_be_there(stage, see):
    assert "No orders here yet" in see(stage.office, "/orders/")
    assert "No orders here yet" in see(stage.provider, "/orders/?group=nonsense")


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_with_one_order_and_with_three(stage, client, django_assert_num_queries, count):
    for _ in range(count):
        make_submitted(stage)
    client.force_login(stage.office.user)

    with django_assert_num_queries(LIST_QUERIES):
        client.get("/orders/")


LIST_QUERIES = 5


@pytest.mark.parametrize(
    ("make", "side", "button"),
    [
        (make_order, "office", "Go on writing"),
        (make_submitted, "provider", "Accept the order"),
        (make_countered, "office", "Agree to the changes"),
        (make_accepted, "officer", "Approve order"),
        (make_delivered, "office", "Confirm the delivery"),
    ],
)
def test_the_page_has_one_primary_action_for_whose_turn_it_is(stage, see, make, side, button):
    order = make(stage)

    shown = see(getattr(stage, side), f"/orders/{order.number}/")

    assert shown.count("btn-primary") == 1
    assert button in shown


@pytest.mark.parametrize("make", [make_submitted, make_accepted, make_approved, make_delivered, make_confirmed])
def test_the_page_offers_nothing_primary_to_those_who_wait(stage, see, make):
    order = make(stage)
    waiting = stage.provider if order.status != Status.SUBMITTED else stage.office

    assert "btn-primary" not in see(waiting, f"/orders/{order.number}/")


def test_the_page_shows_the_league_the_budget_and_the_points(stage, see):
    order = make_accepted(stage)

    shown = see(stage.officer, f"/orders/{order.number}/")

    assert "Please check" in shown
    assert "Crew and venues are free for all 2 sessions" in shown
    assert "2 people of the crew are cleared on the dates" in shown
    assert "¥800.00 a session, as on the menu, version 1" in shown
    assert "The order takes 4 % of what the line has available and leaves ¥38,400.00" in shown


def test_the_page_shows_the_proposal_of_the_provider(stage, see):
    order = make_countered(stage)

    assert "What the provider proposes" in see(stage.office, f"/orders/{order.number}/")


def test_the_page_shows_a_new_date_to_both(stage, see):
    order = make_approved(stage)
    start = at_day(40)
    lifecycle.propose_reschedule(
        order.planned.get(position=1),
        starts_at=start,
        ends_at=start + timedelta(minutes=90),
        venue=stage.venue,
        address="",
        by=stage.office,
        now=NOW,
    )

    assert "Withdraw the proposal" in see(stage.office, f"/orders/{order.number}/")
    assert "Agree to the new date" in see(stage.coordinator, f"/orders/{order.number}/")
    assert "Ruijing proposes" in see(stage.officer, f"/orders/{order.number}/")


def test_the_page_shows_report_dispute_and_settlement(stage, see):
    order = make_delivered(stage)
    lifecycle.dispute(order, by=stage.office, now=after(order), note="少来一位")
    lifecycle.resolve(order, by=stage.officer, now=after(order), verdicts={1: True, 2: True}, note="照付")

    shown = see(stage.office, f"/orders/{order.number}/")

    assert [text in shown for text in ("都办完了。", "少来一位", "照付", "Settlement")] == [True] * 4


@pytest.mark.parametrize("path", ["", "print/", "accept/", "files/", "files/1/"])
def test_nobody_elses_order_is_there(stage, see, path):
    order = make_submitted(stage)
    strangers = [make_member(make_organisation(kind), "manager") for kind in ("office", "provider")]

    for stranger in strangers:
        assert order.number not in see(stranger, f"/orders/{order.number}/{path}", status=404)


def test_a_person_of_no_organisation_sees_no_orders(stage, see):
    order = make_submitted(stage)

    assert order.number not in see(Acting(user=make_user()), "/orders/", status=403)


def test_the_print_form_has_a_place_for_each_seal(stage, see):
    order = make_accepted(stage)

    shown = see(stage.office, f"/orders/{order.number}/print/")

    assert shown.count('class="seal"') == 3
    assert order.number in shown


def test_page_print_and_calendar_show_the_new_date_of_a_moved_session(stage, see):
    order = moved(stage)
    session = order.planned.get(position=1).session

    page, printed = see(stage.office, f"/orders/{order.number}/"), see(stage.office, f"/orders/{order.number}/print/")

    date = see(stage.office, f"/sessions/{session.pk}/date.ics").replace("\r\n ", "")

    old, new = (at_day(days).strftime("%Y-%m-%dT") for days in (14, 40))
    for text in (page.partition('id="sessions"')[2].partition("</section>")[0], printed):
        assert new in text
        assert old not in text
        assert "临时场地9号" in text
    assert at_day(40).strftime("DTSTART;TZID=Asia/Shanghai:%Y%m%dT093000") in date
    assert "SEQUENCE:1" in date
    assert "临时场地9号" in date


@pytest.mark.parametrize(
    "case", [(make_accepted, "officer", 13), (make_approved, "office", 9), (make_submitted, "provider", 7)]
)
def test_the_page_costs_a_fixed_number_of_queries(stage, client, django_assert_num_queries, case):
    make, side, queries = case
    order = make(stage, sessions=5)
    client.force_login(getattr(stage, side).user)

    with django_assert_num_queries(queries):
        client.get(f"/orders/{order.number}/")
