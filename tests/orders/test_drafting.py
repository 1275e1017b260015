"""Writing a draft: start, edit, copy, lay out dates."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from catalog.models import Programme
from core.errors import SentByAnother, StaleState
from core.time import local
from orders import drafting, lifecycle
from orders.drafting import NotOnMenu, PlannedRow, TooManySessions
from orders.models import Order, OrderNumber
from orders.statuses import Status
from organisations.models import Organisation
from organisations.queries import NoLeague
from tests.factories.orders import at_day, make_order, make_stage, make_submitted, rows_for
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def test_series_keeps_weekday_and_time():
    starts = drafting.series(date(2026, 12, 5), time(9, 30), every_weeks=2, count=3)

    assert [local(start).strftime("%m-%d %H:%M") for start in starts] == ["12-05 09:30", "12-19 09:30", "01-02 09:30"]


def test_series_is_cut_at_the_limit():
    assert len(drafting.series(date(2026, 12, 5), time(9, 30), every_weeks=1, count=1000)) == 60


def test_create_numbers_orders_by_year_without_gaps(stage, now):
    numbers = [make_order(stage).number, make_order(stage).number]
    next_year = make_order(stage, now=now + timedelta(days=60)).number

    assert numbers == ["BC-2026-0001", "BC-2026-0002"]
    assert next_year == "BC-2027-0001"
    assert OrderNumber.objects.get(pk="BC-2026").last == 2


def test_create_takes_the_citys_prefix(stage, settings):
    settings.ORDER_PREFIX = "HX"

    assert make_order(stage).number == "HX-2026-0001"


def test_create_twice_with_one_submission_makes_one(stage, now):
    submission = uuid4()
    made = [drafting.create(stage.programme, by=stage.office, now=now, submission_id=submission) for _ in range(2)]

    assert made[0] == made[1]
    assert Order.objects.count() == 1


def test_create_with_a_number_that_another_office_used_is_refused(stage, now):
    submission = uuid4()
    drafting.create(stage.programme, by=stage.office, now=now, submission_id=submission)

    with pytest.raises(SentByAnother):
        drafting.create(
            stage.programme, by=make_member(make_organisation("office"), "manager"), now=now, submission_id=submission
        )


def test_create_stores_the_league_of_the_area(stage):
    assert make_order(stage).league == stage.officer.organisation


def test_create_where_no_league_works_is_refused(stage):
    Organisation.objects.filter(kind="league").update(status="suspended")

    with pytest.raises(NoLeague):
        make_order(stage)


def test_create_from_a_programme_off_the_menu_is_refused(stage):
    Programme.objects.update(status="retired")

    with pytest.raises(NotOnMenu):
        make_order(stage)


def test_create_more_rows_than_an_order_holds_is_refused(stage):
    rows = [PlannedRow(at_day(14 + i), stage.venue.pk) for i in range(61)]

    with pytest.raises(TooManySessions):
        make_order(stage, rows=rows)


def test_create_puts_dates_in_order_and_drops_the_address_beside_a_venue(stage):
    rows = [PlannedRow(at_day(20), address=" 操场 "), PlannedRow(at_day(14), stage.venue.pk, "多余")]
    order = make_order(stage, rows=rows)

    assert list(order.planned.order_by("position").values_list("starts_at", "venue", "address")) == [
        (at_day(14), stage.venue.pk, ""),
        (at_day(20), None, "操场"),
    ]


def test_edit_writes_the_draft_anew(stage, now):
    order = make_order(stage)

    drafting.edit(
        order,
        by=stage.office,
        now=now + timedelta(days=1),
        group_size=18,
        reason=" 家长要求 ",
        reserve_places=False,
        rows=rows_for(stage, 3),
    )

    assert (order.group_size, order.reason, order.reserve_places, order.quantity) == (18, "家长要求", False, 3)
    assert (order.planned.count(), order.waits_until) == (3, now + timedelta(days=91))


def test_edit_without_rows_keeps_the_dates(stage, now):
    order = make_order(stage)
    before = list(order.planned.values_list("pk", flat=True))

    drafting.edit(order, by=stage.office, now=now, group_size=18, reason="", reserve_places=True)

    assert list(order.planned.values_list("pk", flat=True)) == before


def test_edit_after_a_colleague_edited_is_refused(stage, now):
    order = make_order(stage)
    colleague = make_member(order.office, "clerk")
    drafting.edit(order, by=colleague, now=now, group_size=18, reason="", reserve_places=True, seen=0)

    with pytest.raises(StaleState, match=f"{colleague.user} changed the draft"):
        drafting.edit(order, by=stage.office, now=now, group_size=20, reason="", reserve_places=True, seen=0)


def test_edit_after_submission_is_refused(stage, now):
    order = make_submitted(stage)

    with pytest.raises(StaleState):
        drafting.edit(order, by=stage.office, now=now, group_size=18, reason="", reserve_places=True)


def test_copy_moves_the_dates_on_by_whole_weeks(stage, now):
    order = make_submitted(stage, rows=rows_for(stage, 2))
    later = now + timedelta(days=100)

    copied = drafting.copy(order, by=stage.office, now=later, submission_id=uuid4())

    old, new = (list(one.planned.order_by("position").values_list("starts_at", flat=True)) for one in (order, copied))
    assert (copied.status, copied.number != order.number, copied.group_size) == (Status.DRAFT, True, 20)
    assert {(b - a).days % 7 for a, b in zip(old, new, strict=True)} == {0}
    assert lifecycle.submit(copied, by=stage.office, now=later).status == Status.SUBMITTED


def test_copy_of_an_order_without_dates_has_none(stage, now):
    copied = drafting.copy(make_order(stage, rows=[]), by=stage.office, now=now, submission_id=uuid4())

    assert copied.planned.count() == 0


def test_texts_are_kept_byte_for_byte(stage):
    order = make_order(stage, reason="孩子们想学𠮷他🎸")

    assert Order.objects.get(pk=order.pk).reason == "孩子们想学𠮷他🎸"
