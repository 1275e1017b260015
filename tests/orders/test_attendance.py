"""Who came: the figure by which the office confirms and the League pays, on each page where they decide."""

import pytest

from funding.models import Settlement
from orders import attendance, lifecycle
from orders.attendance import Turnout
from orders.lifecycle.delivering import OfficeReview
from orders.models import Order
from tests.conftest import NOW
from tests.factories.activities import make_sign_up
from tests.factories.funding import make_fund, make_line
from tests.factories.orders import (
    after,
    close_sessions,
    make_approved,
    make_confirmed,
    make_delivered,
    make_present,
    make_stage,
)
from tests.factories.organisations import make_member, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def see(client):
    """Open a page as somebody, in English."""

    def get(by, path: str) -> str:
        client.force_login(by.user)
        response = client.get(path, headers={"accept-language": "en"})
        assert response.status_code == 200
        return response.content.decode()

    return get


def delivered(stage, *, came: int, away: int) -> Order:
    """A delivered order of one session, in which so many came and so many stayed away."""
    order = make_approved(stage, sessions=1)
    session = order.planned.get().session
    for _ in range(came):
        make_present(session)
    for _ in range(away):
        make_sign_up(session)
    close_sessions(order, present=False)
    return lifecycle.report(order, by=stage.coordinator, now=after(order), text="都办完了。")


@pytest.mark.parametrize("page", ["", "confirm/"])
def test_the_office_reads_who_came_and_not_only_who_signed_up(stage, see, page):
    order = delivered(stage, came=6, away=2)

    assert "6 of 8 came" in see(stage.office, f"/orders/{order.number}/{page}")


def test_finance_reads_who_came_beside_the_amount(stage, see):
    order = delivered(stage, came=6, away=2)
    lifecycle.confirm(order, by=stage.office, now=after(order), review=OfficeReview(mark=5))
    settlement = Settlement.objects.get(commitment__order=order)

    shown = see(stage.finance, f"/funding/settlements/{settlement.pk}/")

    assert "6 of 8 came" in shown
    session = order.planned.get().session
    for link in (f"/orders/{order.number}/", f"/orders/{order.number}/#report", f"/sessions/{session.pk}/"):
        assert f'href="{link}"' in shown


def test_the_league_decides_a_dispute_with_the_figures_before_it(stage, see):
    order = delivered(stage, came=6, away=2)
    lifecycle.dispute(order, by=stage.office, now=after(order), note="人数不对。")

    assert "6 of 8 came" in see(stage.officer, f"/orders/{order.number}/resolve/")


def test_fewer_than_five_children_are_counted_for_the_providers_people_only(stage, see):
    order = delivered(stage, came=3, away=5)

    for_office, for_provider = (see(by, f"/orders/{order.number}/") for by in (stage.office, stage.provider))

    assert "fewer than 5 came" in for_office
    assert "3 of 8 came" not in for_office
    assert "3 of 8 came" in for_provider


def test_the_sum_does_not_give_a_small_figure_away():
    hidden, shown = Turnout(8, 3, is_exact=False), Turnout(8, 7, is_exact=False)

    assert attendance.total([hidden, shown]) is None
    assert attendance.total([shown, shown]) == Turnout(16, 14, is_exact=False)


@pytest.mark.parametrize(
    ("turnout", "sentence"),
    [
        (Turnout(0, 0), "nobody had signed up"),
        (Turnout(8, 0, is_exact=False), "none of 8 came"),
        (Turnout(8, 8), "8 of 8 came"),
    ],
)
def test_a_turnout_says_what_happened(turnout, sentence):
    assert turnout.sentence == sentence


def test_a_session_to_come_has_no_turnout_yet(stage, see):
    order = make_approved(stage)

    assert "came</b>" not in see(stage.office, f"/orders/{order.number}/")


@pytest.mark.parametrize("sessions", [1, 3])
def test_the_confirm_page_costs_the_same_for_one_session_and_three(stage, client, django_assert_num_queries, sessions):
    order = make_delivered(stage, sessions=sessions)
    client.force_login(stage.office.user)

    with django_assert_num_queries(8):
        client.get(f"/orders/{order.number}/confirm/")


@pytest.mark.parametrize("sessions", [1, 3])
def test_the_settlement_page_costs_the_same_for_one_session_and_three(
    stage, client, django_assert_num_queries, sessions
):
    order = make_confirmed(stage, sessions=sessions)
    settlement = Settlement.objects.get(commitment__order=order)
    client.force_login(stage.finance.user)

    with django_assert_num_queries(14):
        client.get(f"/funding/settlements/{settlement.pk}/")


def test_who_may_not_see_the_order_opens_no_settlement_of_it(stage, client):
    order = make_confirmed(stage)
    settlement = Settlement.objects.get(commitment__order=order)
    client.force_login(make_member(order.office, "child_officer").user)

    assert client.get(f"/funding/settlements/{settlement.pk}/").status_code == 403


def test_an_office_paid_for_by_a_line_above_it_is_led_to_no_closed_page(client, see):
    stage = make_stage(budget=1_000)
    make_line(4_000_000, fund=make_fund(4_000_000, league=stage.officer.organisation), region=make_region("北辰区"))
    settlement = Settlement.objects.get(commitment__order=make_confirmed(stage))
    line = f"/funding/lines/{settlement.commitment.line_id}/"

    shown = see(stage.office, f"/funding/settlements/{settlement.pk}/")

    assert "In the ledger" in shown
    assert line not in shown
    assert client.get(line).status_code == 404
    assert line in see(stage.finance, f"/funding/settlements/{settlement.pk}/")
