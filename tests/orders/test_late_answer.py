"""An order whose first date comes before the provider has to answer: the clerk is told while it can be changed."""

import pytest

from tests.conftest import NOW
from tests.factories.orders import make_order, make_stage, make_submitted, rows_for

pytestmark = pytest.mark.django_db
WARNING = "after that the order lapses"


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def stage():
    return make_stage(lead_days=3)


def see(client, by, path: str) -> str:
    client.force_login(by.user)
    return client.get(path, headers={"accept-language": "en"}).content.decode()


@pytest.mark.parametrize("step", ["dates", "submit"])
@pytest.mark.parametrize(("days", "warns"), [(5, True), (9, True), (11, False)])
def test_the_draft_warns_of_dates_that_come_before_an_answer(stage, client, step, days, warns):
    order = make_order(stage, rows=rows_for(stage, 1, days_ahead=days))

    assert (WARNING in see(client, stage.office, f"/orders/{order.number}/{step}/")) is warns


@pytest.mark.parametrize("side", ["office", "provider"])
def test_who_waits_for_the_answer_and_who_gives_it_are_warned(stage, client, side):
    order = make_submitted(stage, rows=rows_for(stage, 1, days_ahead=5))

    assert WARNING in see(client, getattr(stage, side), f"/orders/{order.number}/")


def test_an_order_with_time_enough_warns_of_nothing(stage, client):
    order = make_submitted(stage)

    assert WARNING not in see(client, stage.office, f"/orders/{order.number}/")
