"""Orders are approved by as many people as the fund's rule wants: by none, by one, by two."""

import pytest

from core.errors import DomainError
from funding.models import BudgetLine
from funding.payees import SecondPersonNeeded
from notifications.models import Message
from orders import lifecycle
from orders.invariants import INVARIANTS
from orders.lifecycle.deciding import NotByRule
from orders.statuses import Status
from organisations.acting import clock
from organisations.policies import OwnOrganisation
from tests.factories.funding import make_rule
from tests.factories.orders import PRICE, make_accepted, make_countered, make_stage
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
TOTAL = 2 * PRICE


@pytest.fixture
def stage():
    return make_stage()


def breaches():
    return [line for promise in INVARIANTS for line in promise.check().breaches]


def test_accept_at_the_ceiling_is_approved_by_the_rule_and_written_so(stage):
    rule = make_rule(stage.line.fund, automatic_up_to=TOTAL)

    order = make_accepted(stage)

    assert (order.status, order.commitment.fund_rule) == (Status.APPROVED, rule)
    last = order.history.latest("pk")
    assert (last.verb, last.actor, last.system) == ("approve", None, "orders.by_rule")
    assert BudgetLine.objects.get(pk=stage.line.pk).committed == TOTAL
    assert breaches() == []


def test_agree_at_the_ceiling_is_approved_by_the_rule(stage, now):
    make_rule(stage.line.fund, automatic_up_to=TOTAL)
    order = make_countered(stage)

    assert lifecycle.agree(order, by=stage.office, now=now).status == Status.APPROVED


@pytest.mark.parametrize("ceiling", [0, TOTAL - 1])
def test_accept_above_the_ceiling_waits_for_an_officer(stage, now, ceiling):
    make_rule(stage.line.fund, automatic_up_to=ceiling)
    order = make_accepted(stage)

    assert order.status == Status.ACCEPTED
    with pytest.raises(NotByRule, match="An officer has to decide"):
        lifecycle.approve(order, by=clock("tests"), now=now)


def test_accept_within_the_ceiling_without_money_waits_for_an_officer(now):
    stage = make_stage(budget=TOTAL - 1)
    make_rule(stage.line.fund, automatic_up_to=TOTAL)

    order = make_accepted(stage)

    assert order.status == Status.ACCEPTED
    assert BudgetLine.objects.get(pk=stage.line.pk).available == TOTAL - 1


def test_what_an_officer_gave_back_is_not_approved_by_the_rule(stage, now):
    order = make_accepted(stage)
    make_rule(stage.line.fund, automatic_up_to=TOTAL)
    lifecycle.return_(order, by=stage.officer, now=now, note="换个时间")

    lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))

    assert order.status == Status.ACCEPTED


def test_whoever_is_on_both_sides_needs_an_officer(stage):
    make_rule(stage.line.fund, automatic_up_to=TOTAL)
    make_member(stage.provider.organisation, "coordinator", user=stage.office.user)

    assert make_accepted(stage).status == Status.ACCEPTED


def test_approve_above_the_rules_amount_takes_two_different_officers(stage, now):
    make_rule(stage.line.fund, two_above=TOTAL - 1)
    order = make_accepted(stage)
    second = make_member(stage.officer.organisation, "officer")
    seen = order.revision

    lifecycle.approve(order, by=stage.officer, now=now, seen=seen)

    assert (order.status, order.commitment) == (Status.ACCEPTED, None)
    told = Message.objects.filter(kind="order_endorse").values_list("recipient", flat=True)
    assert second.user.pk in told
    assert stage.officer.user.pk not in told
    with pytest.raises(SecondPersonNeeded, match="another officer of"):
        lifecycle.approve(order, by=stage.officer, now=now)
    lifecycle.approve(order, by=second, now=now)
    assert order.status == Status.APPROVED
    assert breaches() == []


def test_approve_at_the_rules_amount_takes_one_officer(stage, now):
    make_rule(stage.line.fund, two_above=TOTAL)

    assert lifecycle.approve(make_accepted(stage), by=stage.officer, now=now).status == Status.APPROVED


def test_first_approval_is_void_once_the_order_was_given_back(stage, now):
    make_rule(stage.line.fund, two_above=1)
    order = make_accepted(stage)
    lifecycle.approve(order, by=stage.officer, now=now)
    lifecycle.return_(order, by=stage.officer, now=now, note="换个时间")
    lifecycle.accept(order, by=stage.provider, now=now, crew=stage.crew_for(order))

    lifecycle.approve(order, by=make_member(stage.officer.organisation, "officer"), now=now)

    assert order.status == Status.ACCEPTED


def test_first_of_two_approvals_is_not_given_for_an_own_organisation(stage, now):
    make_rule(stage.line.fund, two_above=1)
    make_member(stage.provider.organisation, "coordinator", user=stage.officer.user)

    with pytest.raises(OwnOrganisation):
        lifecycle.approve(make_accepted(stage), by=stage.officer, now=now)


def test_double_click_on_the_first_approval_is_quiet(stage, now):
    make_rule(stage.line.fund, two_above=1)
    order = make_accepted(stage)
    seen = order.revision
    lifecycle.approve(order, by=stage.officer, now=now, seen=seen)

    with pytest.raises(DomainError, match="You have done this already"):
        lifecycle.approve(order, by=stage.officer, now=now, seen=seen)

    assert order.history.filter(verb="endorse").count() == 1
