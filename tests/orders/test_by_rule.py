"""Orders are approved by as many people as the fund's rule wants: by none, by one, by two."""

from datetime import timedelta

import pytest
from django.db.models import Value

from core.errors import DomainError
from funding.models import BudgetLine, FundRule
from funding.policies import SecondPersonNeeded
from notifications.models import Message
from orders import invariants, lifecycle
from orders.invariants import INVARIANTS
from orders.lifecycle.deciding import NotByRule
from orders.models import Order
from orders.splitting import Together, together
from orders.statuses import Status
from organisations.acting import clock
from organisations.policies import OwnOrganisation
from tests.factories.funding import make_rule
from tests.factories.orders import PRICE, make_accepted, make_countered, make_stage, make_submitted, rows_for
from tests.factories.organisations import make_member, make_organisation

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


def another(stage, **fields):
    return make_accepted(stage, rows=rows_for(stage, 2, days_ahead=35), **fields)


def test_an_order_cut_into_parts_below_the_ceiling_waits_for_an_officer(stage):
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1)

    first, second = make_accepted(stage), another(stage)

    assert (first.status, second.status) == (Status.APPROVED, Status.ACCEPTED)
    assert breaches() == []


def test_orders_that_together_are_at_the_ceiling_are_approved_by_the_rule(stage):
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL)

    assert [make_accepted(stage).status, another(stage).status] == [Status.APPROVED, Status.APPROVED]


def test_what_was_only_asked_for_counts_too(stage):
    """Two orders placed at once: neither goes by itself, whichever the provider takes first."""
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1)
    make_submitted(stage, rows=rows_for(stage, 2, days_ahead=35))

    assert make_accepted(stage).status == Status.ACCEPTED


def test_a_cancelled_order_does_not_count(stage, now):
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1)
    lifecycle.cancel(make_accepted(stage), by=stage.office, now=now, note="不办了")

    assert another(stage).status == Status.APPROVED


@pytest.mark.parametrize(("days", "status"), [(6, Status.APPROVED), (8, Status.ACCEPTED)])
def test_orders_count_together_within_the_rules_days(stage, now, days, status):
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1, automatic_days=days)
    make_accepted(stage)

    assert another(stage, now=now + timedelta(days=7)).status == status


def test_a_rule_from_before_counts_over_the_default(stage, now):
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1)
    old = FundRule(automatic_days=None, automatic_up_to=2 * TOTAL - 1)
    order = make_accepted(stage)

    assert together(order, old) == Together(TOTAL, 2 * TOTAL - 1, 30)


def other_office(stage):
    return {"office": make_organisation("office", region=stage.line.region)}


def other_provider(stage):
    return {"provider": make_organisation()}


def other_currency(stage):
    return {"currency": "USD"}


@pytest.mark.parametrize("other", [other_office, other_provider, other_currency])
def test_orders_of_another_office_or_provider_or_currency_do_not_count(stage, other, monkeypatch):
    rule = make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1)
    earlier = make_accepted(stage)
    Order.objects.filter(pk=earlier.pk).update(**other(stage))

    second = another(stage)

    assert (second.status, together(second, rule)) == (Status.APPROVED, Together(TOTAL, 2 * TOTAL - 1, 30))
    assert not any("as a part of more" in line for line in breaches())


def test_the_officer_reads_why_a_small_order_waits(stage, client, time_machine, now):
    time_machine.move_to(now, tick=False)
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1)
    make_accepted(stage)
    order = another(stage)
    client.force_login(stage.officer.user)

    page = client.get(f"/orders/{order.number}/", headers={"accept-language": "en"})

    sentence = "Within 30 days Ruijing ordered for ¥3,200.00 of Qinghe, above the ¥3,199.99 that the fund"
    assert sentence in page.content.decode()


@pytest.mark.parametrize(("rules", "days"), [(7, {7: True, 8: False}), (None, {30: True, 31: False})])
def test_verify_sees_an_order_that_went_by_itself_as_a_part_of_more(stage, monkeypatch, now, rules, days):
    make_rule(stage.line.fund, automatic_up_to=2 * TOTAL - 1, automatic_days=rules)
    make_accepted(stage)
    monkeypatch.setattr(Together, "is_within", True)
    order = another(stage)
    assert order.status == Status.APPROVED

    for since, is_seen in days.items():
        at = now + timedelta(days=since)
        Order.objects.filter(pk=order.pk).update(submitted_at=at, approved_at=at)
        seen = [f"order {order.pk}: approved by the rule as a part of more"]
        assert [line for line in breaches() if "part of more" in line] == (seen if is_seen else [])


def test_verify_asks_for_all_orders_that_went_by_themselves_at_once(stage, django_assert_num_queries):
    make_rule(stage.line.fund, automatic_up_to=3 * TOTAL)
    make_accepted(stage)
    another(stage)
    rows = Order.objects.annotate(ceiling=Value(3 * TOTAL))

    with django_assert_num_queries(2):
        assert invariants._cut_into_parts(rows) == []


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
