"""The League decides; orders are called off."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F

from activities.models import CrewAssignment, Session
from activities.scheduling import CrewTaken, VenueTaken
from core.errors import StaleState
from funding.commitments import BudgetShort
from funding.models import BudgetLine, Commitment
from notifications.models import Message
from orders import lifecycle
from orders.lifecycle import deciding
from orders.lifecycle.deciding import Begun, NoBudget, ProviderSuspended
from orders.lifecycle.edge import NotYours, ReasonMissing, TooLate
from orders.models import Order, RescheduleProposal
from orders.statuses import Status
from organisations import lifecycle as organisations
from organisations.policies import OwnOrganisation
from safeguarding.clearance import NotCleared
from safeguarding.models import Pledge
from tests.factories.orders import (
    PRICE,
    after,
    at_day,
    book,
    make_accepted,
    make_approved,
    make_countered,
    make_delivered,
    make_order,
    make_stage,
    make_submitted,
    rows_for,
)
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def test_approve_commits_the_money_of_the_areas_line(stage, now):
    order = make_approved(stage)

    line = BudgetLine.objects.get(pk=stage.line.pk)
    assert (order.status, order.line, order.approved_at) == (Status.APPROVED, line, now)
    assert (line.available, line.committed) == (4_000_000 - 2 * PRICE, 2 * PRICE)
    assert (order.commitment.reference, order.commitment.amount) == (order.number, 2 * PRICE)


def test_approve_waits_while_the_provider_is_suspended(stage, now):
    """Money would be bound and families invited to sessions in which nobody may check a child in."""
    order = make_accepted(stage)
    organisations.suspend(order.provider, by=stage.officer, now=now, reason="正在核查")

    with pytest.raises(ProviderSuspended, match=r"is suspended\. Let it resume first"):
        lifecycle.approve(order, by=stage.officer, now=now)

    order.refresh_from_db()
    assert (order.status, Session.objects.count(), Commitment.objects.count()) == (Status.ACCEPTED, 0, 0)
    organisations.resume(order.provider, by=stage.officer, now=now)
    assert lifecycle.approve(order, by=stage.officer, now=now).status == Status.APPROVED


def test_approve_opens_the_sessions_with_their_crew_and_reserved_places(stage):
    order = make_approved(stage)

    sessions = Session.objects.filter(planned__order=order)
    assert (
        list(sessions.values_list("capacity", "reserved", "venue", "region", "status"))
        == [(20, 20, stage.venue.pk, order.region_id, "scheduled")] * 2
    )
    assert CrewAssignment.objects.filter(session__in=sessions).count() == 4


def test_approve_opens_the_dates_that_stand_when_it_has_the_lock(stage, now, monkeypatch):
    order = make_accepted(stage, sessions=1)
    later = order.planned.get().starts_at + timedelta(days=1)

    def moved_meanwhile(*given):
        order.planned.update(starts_at=later, ends_at=later + timedelta(hours=1))
        Order.objects.filter(pk=order.pk).update(revision=F("revision") + 1)
        return line_for(*given)

    line_for = deciding._line_for
    monkeypatch.setattr(deciding, "_line_for", moved_meanwhile)
    lifecycle.approve(order, by=stage.officer, now=now)

    assert Session.objects.get().starts_at == later


def test_approve_without_reserve_opens_places_to_all(stage):
    order = make_approved(stage, reserve_places=False)

    assert set(Session.objects.filter(planned__order=order).values_list("reserved", flat=True)) == {0}


def test_approve_waits_until_two_weeks_after_the_last_session(stage):
    order = make_approved(stage)

    assert order.waits_until == max(order.planned.values_list("ends_at", flat=True)) + timedelta(days=14)


DECISIONS = {
    "approve": (make_accepted, lambda order, by, now: lifecycle.approve(order, by=by, now=now)),
    "reject": (make_accepted, lambda order, by, now: lifecycle.reject(order, by=by, now=now, note="不批")),
    "return": (make_accepted, lambda order, by, now: lifecycle.return_(order, by=by, now=now, note="改期")),
    "resolve": (
        make_delivered,
        lambda order, by, now: lifecycle.resolve(order, by=by, now=now, verdicts={1: True, 2: True}, note="照付"),
    ),
}


@pytest.mark.parametrize("party", ["provider", "office"])
@pytest.mark.parametrize("verb", DECISIONS)
def test_decision_by_a_member_of_the_provider_or_the_office_is_refused(stage, now, verb, party):
    make, decide = DECISIONS[verb]
    order = make(stage)
    if verb == "resolve":
        now = after(order)
        lifecycle.dispute(order, by=stage.office, now=now, note="第二场没来")
    before = order.status
    role = "finance" if party == "provider" else "child_officer"
    make_member(getattr(order, party), role, user=stage.officer.user)

    with pytest.raises(OwnOrganisation, match=r"You are a member of .*\. Ask somebody else of Beichen League"):
        decide(order, stage.officer, now)

    order.refresh_from_db()
    assert order.status == before
    decide(order, make_member(stage.officer.organisation, "officer"), now)


def test_approve_with_too_little_money_says_how_much_is_missing(now):
    stage = make_stage(budget=PRICE)
    order = make_accepted(stage)

    with pytest.raises(BudgetShort, match=r"¥800\.00 is missing") as refusal:
        lifecycle.approve(order, by=stage.officer, now=now)

    assert refusal.value.short_by == PRICE
    assert (Order.objects.get(pk=order.pk).status, Session.objects.count()) == (Status.ACCEPTED, 0)


def test_approve_with_a_line_that_does_not_cover_it_is_refused(stage, now):
    with pytest.raises(NoBudget):
        lifecycle.approve(make_accepted(stage), by=stage.officer, now=now, line_id=stage.line.pk + 999)


def test_approve_a_free_programme_needs_no_line(now):
    stage = make_stage(price=0)

    order = lifecycle.approve(make_accepted(stage), by=stage.officer, now=now)

    assert (order.commitment, order.line, order.planned.filter(session__isnull=False).count()) == (None, None, 2)


def test_approve_after_the_venue_was_taken_changes_nothing(stage, now):
    order = make_accepted(stage)
    book(stage, order.planned.get(position=2).starts_at, crew=[])

    with pytest.raises(VenueTaken):
        lifecycle.approve(order, by=stage.officer, now=now)

    line = BudgetLine.objects.get(pk=stage.line.pk)
    assert (Order.objects.get(pk=order.pk).status, line.committed) == (Status.ACCEPTED, 0)


def test_approve_after_the_crew_was_taken_is_refused(stage, now):
    order = make_accepted(stage)
    book(stage, order.planned.get(position=1).starts_at, venue=None, crew=stage.crew)

    with pytest.raises(CrewTaken):
        lifecycle.approve(order, by=stage.officer, now=now)


def test_approve_a_crew_that_is_not_cleared_is_refused(stage, now):
    order = make_accepted(stage)
    _forget_pledges(stage)

    with pytest.raises(NotCleared):
        lifecycle.approve(order, by=stage.officer, now=now)


def _forget_pledges(stage):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Pledge._meta.db_table}")


def test_approve_after_the_notice_ended_is_refused(stage, now):
    order = make_accepted(stage)

    with pytest.raises(TooLate):
        lifecycle.approve(order, by=stage.officer, now=order.waits_until)


def test_approve_by_finance_or_another_league_is_refused(stage, now):
    order = make_accepted(stage)

    for by in (stage.finance, make_member(make_organisation("league"), "officer")):
        with pytest.raises(NotYours):
            lifecycle.approve(order, by=by, now=now)


def test_approve_twice_commits_once(stage, now):
    order = make_approved(stage)
    other_officer = make_member(order.league, "officer")

    with pytest.raises(StaleState, match=f"{stage.officer.user} approved it"):
        lifecycle.approve(order, by=other_officer, now=now)

    assert Commitment.objects.count() == 1


def test_approve_tells_office_and_provider(stage):
    order = make_approved(stage)

    told = set(Message.objects.filter(kind="order_approve").values_list("recipient", flat=True))
    assert {stage.office.user.pk, stage.provider.user.pk} <= told
    assert order.revision == 3


def test_reject_ends_the_order_with_a_reason(stage, now):
    order = lifecycle.reject(make_accepted(stage), by=stage.officer, now=now, note="预算留给冬令营")

    assert (order.status, order.ended_at) == (Status.REJECTED, now)


def test_return_gives_the_provider_a_new_week(stage, now):
    order = make_accepted(stage)

    lifecycle.return_(order, by=stage.officer, now=now + timedelta(days=1), note="场地冲突")

    assert (order.status, order.waits_until) == (Status.SUBMITTED, now + timedelta(days=8))


def test_a_returned_order_can_be_accepted_again(stage, now):
    order = make_accepted(stage)
    lifecycle.return_(order, by=stage.officer, now=now, note="换人")

    lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))

    assert order.status == Status.ACCEPTED


@pytest.mark.parametrize("verb", ["reject", "return_"])
def test_the_league_gives_a_reason(stage, now, verb):
    with pytest.raises(ReasonMissing):
        getattr(lifecycle, verb)(make_accepted(stage), by=stage.officer, now=now, note="")


@pytest.mark.parametrize("make", [make_order, make_submitted, make_countered, make_accepted])
def test_cancel_before_approval_by_the_office(stage, now, make):
    order = lifecycle.cancel(make(stage), by=stage.office, now=now, note="不办了")

    assert (order.status, order.waits_until) == (Status.CANCELLED, None)
    assert not order.offers.filter(status="open").exists()


def test_cancel_before_approval_by_the_provider_is_refused(stage, now):
    with pytest.raises(NotYours):
        lifecycle.cancel(make_submitted(stage), by=stage.provider, now=now, note="不办了")


@pytest.mark.parametrize("side", ["office", "provider", "officer"])
def test_cancel_an_approved_order_releases_money_and_sessions(stage, now, side):
    order = make_approved(stage)

    lifecycle.cancel(order, by=getattr(stage, side), now=now, note="疫情")

    line = BudgetLine.objects.get(pk=stage.line.pk)
    assert (line.available, line.committed) == (4_000_000, 0)
    assert set(Session.objects.filter(planned__order=order).values_list("status", flat=True)) == {"cancelled"}


def test_cancel_a_free_approved_order_needs_no_money(now):
    stage = make_stage(price=0)

    order = lifecycle.cancel(make_approved(stage), by=stage.office, now=now, note="不办了")

    assert order.status == Status.CANCELLED


def test_cancel_after_the_first_session_began_is_refused(stage):
    order = make_approved(stage)
    first = order.planned.get(position=1).starts_at

    with pytest.raises(Begun):
        lifecycle.cancel(order, by=stage.office, now=first, note="来不及")


def test_cancel_of_what_was_held_is_refused_whatever_the_date_says(stage, now):
    """A session that was closed was held: its children and its money are not called off with the order."""
    order = make_approved(stage)
    Session.objects.filter(planned__order=order, planned__position=1).update(status="closed")

    with pytest.raises(Begun):
        lifecycle.cancel(order, by=stage.office, now=now, note="来不及")


def test_cancel_withdraws_proposals_of_new_dates(stage, now):
    order = make_approved(stage)
    planned = order.planned.get(position=1)
    start = at_day(40)
    lifecycle.propose_reschedule(
        planned,
        starts_at=start,
        ends_at=start + timedelta(minutes=90),
        venue=None,
        address="操场",
        by=stage.office,
        now=now,
    )

    lifecycle.cancel(order, by=stage.office, now=now, note="不办了")

    assert RescheduleProposal.objects.get().status == "withdrawn"


def test_cancel_within_a_day_of_the_session_does_not_wait_for_the_morning(stage):
    order = make_approved(stage)
    night = order.planned.get(position=1).starts_at - timedelta(hours=10)

    lifecycle.cancel(order, by=stage.office, now=night, note="停电")

    assert set(Message.objects.filter(kind="order_cancel").values_list("urgent", "not_before")) == {(True, night)}


def test_approve_makes_one_series_of_several_dates(stage):
    order = make_approved(stage)

    assert set(Session.objects.values_list("series", flat=True)) == {order.submission_id}


def test_approve_leaves_a_single_date_alone(stage):
    make_approved(stage, sessions=1)

    assert Session.objects.get().series is None


def test_sessions_approved_before_there_were_series_get_theirs(stage):
    several, single = make_approved(stage), make_approved(stage, rows=rows_for(stage, 1, days_ahead=30))
    Session.objects.update(series=None)

    import_module("orders.migrations.0003_opening").name_series(apps, None)

    assert {one.session.series for one in several.planned.select_related("session")} == {several.submission_id}
    assert single.planned.get().session.series is None
