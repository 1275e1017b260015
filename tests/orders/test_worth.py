"""What an order is worth when its raters were not satisfied."""

import pytest

from activities import lifecycle as sessions
from activities.models import Review
from orders import lifecycle, worth
from tests.factories.orders import PRICE, after, make_approved, make_present, make_stage, rows_for

pytestmark = pytest.mark.django_db


def _rated(raters: int, mark: int):
    """An order of one session that so many children rated with the same mark."""
    stage = make_stage()
    order = make_approved(stage, rows=rows_for(stage, 1))
    session = order.planned.get().session
    for _ in range(raters):
        sign_up = make_present(session)
        Review.objects.create(
            session=session,
            kind="attendee",
            sign_up=sign_up,
            by_child=True,
            mark=mark,
            created_at=after(order),
            changed_at=after(order),
        )
    sessions.close(session, by=stage.coordinator, now=after(order))
    return lifecycle.report(order, by=stage.coordinator, now=after(order), text="办完了")


@pytest.mark.parametrize(
    ("raters", "mark", "percent", "reason"),
    [(4, 1, 100, "full"), (5, 5, 100, "full"), (5, 1, 90, "satisfaction")],
)
def test_satisfaction_reduces_by_a_tenth_at_most_from_five_raters_on(raters, mark, percent, reason):
    order = _rated(raters, mark)

    value = worth.compute(order, now=after(order))

    assert [(line.rate_percent, line.reason) for line in value.lines] == [(percent, reason)]
    assert value.amount == PRICE * percent // 100
    assert value.explanation["raters"] == raters
