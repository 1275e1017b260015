"""The office asks, the provider answers."""

from datetime import timedelta

import pytest

from catalog.models import Programme
from core.errors import StaleState
from core.time import today
from notifications.models import Message
from orders import lifecycle
from orders.checks import Clashes
from orders.drafting import PlannedRow
from orders.lifecycle.asking import NothingProposed, NotReady, OtherDate
from orders.lifecycle.edge import AlreadyDone, NotYours, ReasonMissing, TooLate
from orders.models import Order, PlannedCrew
from orders.statuses import Status
from organisations.models import Membership
from tests.factories.orders import (
    at_day,
    book,
    make_accepted,
    make_countered,
    make_order,
    make_stage,
    make_submitted,
    rows_for,
)
from tests.factories.organisations import make_member, make_organisation, make_venue

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def _dates(order: Order) -> list:
    return list(order.planned.order_by("position").values_list("starts_at", flat=True))


# Submit


def test_submit_freezes_version_price_and_quantity(stage, now):
    order = make_submitted(stage)

    assert (order.status, order.version, order.unit_price, order.quantity) == (
        Status.SUBMITTED,
        stage.programme.current_version,
        80_000,
        2,
    )
    assert order.waits_until == now + timedelta(days=7)


def test_submit_writes_history_and_tells_the_provider(stage):
    order = make_submitted(stage)

    assert list(order.history.order_by("pk").values_list("verb", "before", "after")) == [
        ("create", "", "draft"),
        ("submit", "draft", "submitted"),
    ]
    told = set(Message.objects.filter(kind="order_submit").values_list("recipient", flat=True))
    assert told == set(Membership.objects.filter(organisation=order.provider).values_list("user", flat=True))


def test_submit_unpublished_programme_is_refused_with_a_sentence(stage, now):
    order = make_order(stage)
    Programme.objects.filter(pk=order.programme_id).update(status=Programme.Status.RETIRED)

    with pytest.raises(NotReady, match="not on the menu any more"):
        lifecycle.submit(order, by=stage.office, now=now)


def test_submit_without_dates_is_refused(stage, now):
    with pytest.raises(NotReady, match="at least one date"):
        lifecycle.submit(make_order(stage, rows=[]), by=stage.office, now=now)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(-1, "Session 1 lies in the past"), (3, "7 days of notice"), (400, "more than a year ahead")],
)
def test_submit_impossible_date_is_refused(stage, now, days, sentence):
    order = make_order(stage, rows=[PlannedRow(at_day(days), stage.venue.pk)])

    with pytest.raises(NotReady, match=sentence):
        lifecycle.submit(order, by=stage.office, now=now)


@pytest.mark.parametrize("size", [15, 25])
def test_submit_group_outside_the_programmes_is_refused(stage, now, size):
    with pytest.raises(NotReady, match=f"groups of 16 to 24; you asked for {size}"):
        lifecycle.submit(make_order(stage, group_size=size), by=stage.office, now=now)


def test_submit_more_than_the_trial_stage_allows_is_refused(stage, now, settings):
    settings.TRIAL_MAX_SESSIONS = 2
    order = make_order(stage, sessions=3)
    order.provider.is_on_trial = True
    order.provider.save()

    with pytest.raises(NotReady, match="trial stage: an order may hold at most 2 sessions"):
        lifecycle.submit(order, by=stage.office, now=now)


def test_submit_without_a_place_is_refused(stage, now):
    order = make_order(stage, rows=[PlannedRow(at_day(14))])

    with pytest.raises(NotReady, match="Session 1 has no place"):
        lifecycle.submit(order, by=stage.office, now=now)


def test_submit_venue_not_in_use_or_too_small_is_refused(stage, now):
    small = make_venue(stage.office.organisation, capacity=10, is_active=False)
    order = make_order(stage, rows=[PlannedRow(at_day(14), small.pk)])

    with pytest.raises(NotReady) as refusal:
        lifecycle.submit(order, by=stage.office, now=now)

    assert len(refusal.value.problems) == 2


def test_submit_two_sessions_at_once_in_one_room_is_refused(stage, now):
    rows = [PlannedRow(at_day(14), stage.venue.pk), PlannedRow(at_day(14) + timedelta(hours=1), stage.venue.pk)]

    with pytest.raises(NotReady, match="Sessions 1 and 2 overlap"):
        lifecycle.submit(make_order(stage, rows=rows), by=stage.office, now=now)


def test_submit_more_sessions_than_an_order_holds_is_refused(stage, now, monkeypatch):
    monkeypatch.setattr("orders.checks.MAX_SESSIONS", 1)

    with pytest.raises(NotReady, match="at most 1 sessions"):
        lifecycle.submit(make_order(stage), by=stage.office, now=now)


def test_submit_by_a_clerk_above_their_amount_is_refused(stage, now, settings):
    settings.ORDER_CLERK_LIMIT = 100_000
    clerk = make_member(stage.office.organisation, "clerk")

    with pytest.raises(NotYours):
        lifecycle.submit(make_order(stage), by=clerk, now=now)


def test_submit_by_a_clerk_within_their_amount_goes_through(stage, now):
    clerk = make_member(stage.office.organisation, "clerk")

    assert lifecycle.submit(make_order(stage), by=clerk, now=now).status == Status.SUBMITTED


def test_submit_after_the_draft_expired_is_refused(stage, now):
    order = make_order(stage, now=now - timedelta(days=91), rows=rows_for(stage))

    with pytest.raises(TooLate):
        lifecycle.submit(order, by=stage.office, now=now)


def test_submit_twice_by_the_same_person_is_a_double_click(stage, now):
    order = make_submitted(stage)

    with pytest.raises(AlreadyDone):
        lifecycle.submit(order, by=stage.office, now=now)

    assert order.history.filter(verb="submit").count() == 1


# Accept


def test_accept_names_the_crew_and_waits_until_the_notice_ends(stage):
    order = make_accepted(stage)

    assert order.status == Status.ACCEPTED
    assert order.answered_by == stage.provider.user
    assert PlannedCrew.objects.filter(planned__order=order, is_lead=True).count() == 2
    assert order.waits_until == _dates(order)[0] - timedelta(days=7)


def test_accept_with_too_few_people_is_refused(stage, now):
    order = make_submitted(stage)

    with pytest.raises(NotReady, match="Session 1 needs 2 social workers"):
        lifecycle.accept(order, by=stage.provider, now=now, crew={1: stage.crew[:1], 2: stage.crew})


def test_accept_without_a_lead_is_refused(stage, now):
    order = make_submitted(stage)
    crew = {1: [(pk, False) for pk, _lead in stage.crew], 2: stage.crew}

    with pytest.raises(NotReady, match="needs one person who leads it"):
        lifecycle.accept(order, by=stage.provider, now=now, crew=crew)


def test_accept_with_somebody_elses_people_is_refused(stage, now):
    order = make_submitted(stage)
    stranger = make_member(make_organisation("provider"), "coordinator")
    membership = Membership.objects.get(user=stranger.user)
    crew = {1: [*stage.crew, (membership.pk, False)], 2: stage.crew}

    with pytest.raises(NotReady, match="not a member of your organisation"):
        lifecycle.accept(order, by=stage.provider, now=now, crew=crew)


def test_accept_with_somebody_who_leaves_before_the_day_is_refused(stage, now):
    order = make_submitted(stage)
    Membership.objects.filter(pk=stage.crew[0][0]).update(ends_on=today(now))

    with pytest.raises(NotReady, match="not a member of your organisation"):
        lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))


def test_accept_the_same_people_for_two_sessions_at_once_is_refused_by_name(stage, now):
    rows = [PlannedRow(at_day(14), stage.venue.pk), PlannedRow(at_day(14), address="操场")]
    order = make_submitted(stage, rows=rows)

    with pytest.raises(NotReady, match=f"{stage.coordinator.user} cannot be in sessions 1 and 2"):
        lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))


def test_accept_a_booked_venue_is_refused_by_name(stage, now):
    order = make_submitted(stage)
    book(stage, _dates(order)[1], crew=[])

    with pytest.raises(Clashes, match=f"Session 2: {stage.venue}"):
        lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))


def test_accept_booked_people_is_refused_by_name(stage, now):
    order = make_submitted(stage)
    book(stage, _dates(order)[0], venue=None, crew=stage.crew)

    with pytest.raises(Clashes, match=str(stage.coordinator.user)):
        lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))


def test_accept_when_the_notice_has_run_out_is_refused(stage, now):
    order = make_submitted(stage, rows=rows_for(stage, days_ahead=10))

    with pytest.raises(NotReady, match="Other dates are needed"):
        lifecycle.accept(order, by=stage.provider, now=now + timedelta(days=4), crew=stage.crew_for(order))


def test_accept_by_a_coordinator_is_refused(stage, now):
    order = make_submitted(stage)

    with pytest.raises(NotYours):
        lifecycle.accept(order, by=stage.coordinator, now=now, crew=stage.crew_for(order))


def test_accept_by_another_provider_is_refused(stage, now):
    order = make_submitted(stage)
    other = make_member(make_organisation("provider"), "manager")

    with pytest.raises(NotYours):
        lifecycle.accept(order, by=other, now=now, crew=stage.crew_for(order))


def test_accept_after_the_week_is_over_is_refused(stage, now):
    order = make_submitted(stage, rows=rows_for(stage, days_ahead=30))

    with pytest.raises(TooLate, match="time to answer is over"):
        lifecycle.accept(order, by=stage.provider, now=now + timedelta(days=7), crew=stage.crew_for(order))


def test_accept_a_cancelled_order_tells_who_did_what(stage, now):
    order = make_submitted(stage)
    lifecycle.cancel(order, by=stage.office, now=now, note="下雨")

    with pytest.raises(StaleState, match="Ruijing cancelled it"):
        lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))


def test_accept_with_an_old_form_changes_nothing(stage, now):
    order = make_submitted(stage)

    with pytest.raises(StaleState, match="Ruijing submitted it"):
        lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order), seen=order.revision - 1)

    assert Order.objects.get(pk=order.pk).status == Status.SUBMITTED


def test_a_colleague_is_named_in_the_refusal(stage, now):
    order = make_submitted(stage)
    colleague = make_member(order.provider, "manager")
    lifecycle.decline(order, by=stage.provider, now=now, note="人手不够")

    with pytest.raises(StaleState, match=f"{stage.provider.user} declined it"):
        lifecycle.decline(order, by=colleague, now=now, note="也不行")


# Counter and agree


def test_counter_keeps_the_order_until_the_office_agrees(stage, now):
    order = make_submitted(stage)
    before = _dates(order)
    other = OtherDate(2, at_day(30), at_day(30) + timedelta(minutes=90), stage.venue.pk)

    offer = lifecycle.counter(
        order, by=stage.provider, now=now, crew=stage.crew_for(order), dates=[other], group_size=16, note="元旦"
    )

    assert (order.status, order.group_size, _dates(order)) == (Status.COUNTERED, 20, before)
    assert (offer.group_size, [one.starts_at for one in offer.dates.all()]) == (16, [at_day(30)])


def test_agree_makes_the_proposal_the_order(stage, now):
    order = make_submitted(stage)
    other = OtherDate(2, at_day(30), at_day(30) + timedelta(minutes=90), None, "操场")
    lifecycle.counter(order, by=stage.provider, now=now, crew=stage.crew_for(order), dates=[other], group_size=16)

    lifecycle.agree(order, by=stage.office, now=now)

    moved = order.planned.get(position=2)
    assert (order.status, order.group_size) == (Status.ACCEPTED, 16)
    assert (moved.starts_at, moved.venue, moved.address) == (at_day(30), None, "操场")
    assert order.offers.get().status == "agreed"


def test_counter_without_any_change_is_refused(stage, now):
    order = make_submitted(stage)
    same = [OtherDate(p.position, p.starts_at, p.ends_at, p.venue_id, p.address) for p in order.planned.all()]

    with pytest.raises(NothingProposed, match="Change at least one date"):
        lifecycle.counter(order, by=stage.provider, now=now, crew=stage.crew_for(order), dates=same)


@pytest.mark.parametrize(("size", "sentence"), [(20, "only propose fewer"), (15, "at least 16")])
def test_counter_with_more_or_too_few_places_is_refused(stage, now, size, sentence):
    order = make_submitted(stage)

    with pytest.raises(NothingProposed, match=sentence):
        lifecycle.counter(order, by=stage.provider, now=now, crew=stage.crew_for(order), group_size=size)


def test_counter_with_a_date_within_the_notice_is_refused(stage, now):
    order = make_submitted(stage)
    soon = OtherDate(1, at_day(2), at_day(2) + timedelta(minutes=90), stage.venue.pk)

    with pytest.raises(NotReady, match="days of notice"):
        lifecycle.counter(order, by=stage.provider, now=now, crew=stage.crew_for(order), dates=[soon])


def test_counter_at_a_booked_time_is_refused(stage, now):
    order = make_submitted(stage)
    book(stage, at_day(30), crew=[])
    taken = OtherDate(1, at_day(30), at_day(30) + timedelta(minutes=90), stage.venue.pk)

    with pytest.raises(Clashes):
        lifecycle.counter(order, by=stage.provider, now=now, crew=stage.crew_for(order), dates=[taken])

    assert order.offers.count() == 0


def test_agree_when_people_were_booked_meanwhile_is_refused(stage, now):
    order = make_countered(stage)
    book(stage, _dates(order)[0], venue=None, crew=stage.crew)

    with pytest.raises(Clashes):
        lifecycle.agree(order, by=stage.office, now=now)


def test_agree_by_the_provider_is_refused(stage, now):
    with pytest.raises(NotYours):
        lifecycle.agree(make_countered(stage), by=stage.provider, now=now)


# Decline


def test_decline_ends_the_order_with_a_reason(stage, now):
    order = lifecycle.decline(make_submitted(stage), by=stage.provider, now=now, note="人手不够")

    assert (order.status, order.ended_at, order.waits_until) == (Status.DECLINED, now, None)
    assert order.history.get(verb="decline").note == "人手不够"


def test_decline_without_a_reason_is_refused(stage, now):
    with pytest.raises(ReasonMissing):
        lifecycle.decline(make_submitted(stage), by=stage.provider, now=now, note="  ")
