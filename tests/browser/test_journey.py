"""The whole loop in Chromium: nine people, each with their own browser, who find every step by clicking."""

import pytest
import time_machine

from funding.models import BudgetLine, Payout
from orders.models import Order
from orders.statuses import Status
from tests.browser.visitor import BrowserVisitor, findings
from tests.conftest import NOW
from tests.factories.cms import make_site
from tests.journeys.loop import LOOP, make_city
from tests.journeys.test_loop import breaches

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("javascript", "language"), [(True, "zh-hans"), (False, "en")], ids=["js-zh", "no-js-en"])
def test_the_loop_closes_by_clicking(new_person, live_site, javascript, language):
    def enter(user):
        page = new_person(lang=language[:2], java_script_enabled=javascript)
        return BrowserVisitor(page, user.email, live_site)

    with time_machine.travel(NOW, tick=True) as clock:
        make_site()
        city = make_city(enter, clock.move_to, NOW, language=language)
        for step in LOOP:
            step(city)

        order, line = Order.objects.get(), BudgetLine.objects.get()
        assert (order.status, Payout.objects.get().status) == (Status.SETTLED, "paid")
        assert (line.available, line.committed, line.payable, line.paid) == (1_840_000, 0, 0, 160_000)
        assert city.words("All done") in city["office"].open(f"/orders/{order.number}/")
        assert list(findings(city.visitors)) == []
        assert breaches() == []
