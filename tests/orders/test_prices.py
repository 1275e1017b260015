"""A price that rises between the draft and the order."""

import pytest
import time_machine

from catalog import lifecycle as catalog_lifecycle
from catalog import services
from orders.statuses import Status
from tests.conftest import NOW
from tests.factories.orders import make_order, make_stage
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stage():
    return make_stage()


def raise_price(stage, price):
    programme = services.edit_draft(stage.programme, {"price": price}, by=stage.provider, now=NOW)
    programme = catalog_lifecycle.submit(programme, by=stage.provider, now=NOW)
    catalog_lifecycle.publish(programme, by=stage.officer, now=NOW)


def test_price_that_rose_while_the_draft_lay_is_shown_before_it_is_ordered(client, stage):
    """The check page said ¥1,600.00, and ¥4,000.00 were ordered."""
    order = make_order(stage)
    raise_price(stage, 200_000)
    client.force_login(stage.office.user)
    address = f"/orders/{order.number}/submit/"
    assert "¥1,600.00" in client.get(address, headers=ENGLISH).content.decode()

    page = client.post(address, {"seen": "0"}, headers=ENGLISH)

    assert page.status_code == 422
    assert "costs ¥2,000.00 by now, not ¥800.00" in page.content.decode()
    assert "¥4,000.00" in page.content.decode()
    order.refresh_from_db()
    assert order.status == Status.DRAFT
    assert client.post(address, {"seen": "0"}).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.total) == (Status.SUBMITTED, 400_000)


def test_clerk_does_not_order_beyond_the_limit_by_a_price_that_rose(client, stage, settings):
    settings.ORDER_CLERK_LIMIT = 160_000
    order = make_order(stage)
    raise_price(stage, 200_000)
    client.force_login(make_member(stage.office.organisation, "clerk").user)

    answers = [client.post(f"/orders/{order.number}/submit/", {"seen": "0"}).status_code for _ in range(2)]

    order.refresh_from_db()
    assert (answers, order.status) == ([422, 403], Status.DRAFT)
