"""The dated rules of a fund: one a day, none for a day that is over, and each decision names its own."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from core.time import today
from funding import fund_rules, payouts, settlements
from funding.deciding_invariants import INVARIANTS
from funding.fund_rules import RuleInThePast, RuleOfThatDay
from funding.models import Commitment, FundRule, Payout, Settlement
from funding.policies import PersonNeeded, SecondPersonNeeded
from organisations.acting import Acting, clock
from tests.breaking import drop_triggers
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_payout,
    make_proposed_lines,
    make_rule,
    make_settlement,
)

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def breaches():
    return [line for promise in INVARIANTS for line in promise.check().breaches]


def test_in_force_is_the_newest_of_the_days_so_far(now):
    fund = make_fund()
    assert fund_rules.in_force(fund.pk, now) is None
    first, second = make_rule(fund), make_rule(fund, since=today(now) + 2 * DAY)

    found = [fund_rules.in_force(fund.pk, now + days * DAY) for days in range(4)]

    assert found == [first, first, second, second]
    assert fund_rules.in_force_for([fund.pk], now + 3 * DAY) == {fund.pk: second}


def test_in_force_before_the_hour_at_which_it_was_entered_is_the_older_one(now):
    """What was decided in the morning does not fall under the afternoon's rule."""
    fund = make_fund()
    rule = make_rule(fund, now=now)

    assert fund_rules.in_force(fund.pk, now - timedelta(seconds=1)) is None
    assert fund_rules.in_force(fund.pk, now) == rule


def test_add_refuses_a_day_that_is_over_a_day_that_is_taken_and_the_clock(now):
    fund = make_fund()
    rule = make_rule(fund)
    words = {"checker_above": 500_000, "now": now}

    with pytest.raises(RuleInThePast, match="choose today or a later day"):
        make_rule(fund, since=today(now) - DAY)
    with pytest.raises(RuleOfThatDay, match="Choose a later day"):
        make_rule(fund, checker_above=1)
    with pytest.raises(PersonNeeded):
        fund_rules.add(fund, required_from=today(now) + DAY, by=clock("tests"), **words)
    by = Acting(user=rule.set_by, organisation=fund.league)
    assert fund_rules.add(fund, required_from=rule.required_from, by=by, **words) == rule
    assert FundRule.objects.count() == 1


def test_database_refuses_a_second_rule_of_a_day_and_any_change(now):
    rule = make_rule(make_fund())
    twin = {"fund": rule.fund, "required_from": rule.required_from, "checker_above": 1}

    with pytest.raises(IntegrityError), transaction.atomic():
        FundRule.objects.create(**twin, set_by=rule.set_by, set_at=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        FundRule.objects.update(automatic_up_to=10**9)
    with pytest.raises(DatabaseError), transaction.atomic():
        rule.delete()


def test_send_above_the_funds_amount_needs_another_person_and_names_the_rule(now):
    maker = make_finance()
    payout = make_payout(600, maker=maker)
    rule, now = make_rule(payout.settlement.commitment.line.fund, checker_above=599, now=now + HOUR), now + HOUR

    with pytest.raises(SecondPersonNeeded, match="somebody else of the finance of"):
        payouts.send(payout, by=maker, now=now)

    assert payouts.send(payout, by=make_finance(), now=now).fund_rule == rule
    assert breaches() == []


def test_approve_above_the_funds_amount_is_not_for_whoever_said_what_it_is_worth(now):
    both, line = make_finance(), make_line(10_000)
    make_rule(line.fund, checker_above=599)
    for amount in (599, 600):
        lines = make_proposed_lines(amount)
        one = settlements.propose(make_commitment(amount, line=line), lines, explanation={}, by=both, now=now)
        if amount == 599:
            settlements.approve(one, by=both, now=now)
            continue
        with pytest.raises(SecondPersonNeeded, match=r"Above ¥5\.99 somebody else"):
            settlements.approve(one, by=both, now=now)
        settlements.approve(one, by=make_finance(), now=now)
    assert breaches() == []


def test_verify_sees_a_decision_alone_or_by_another_rule():
    drop_triggers("funding_fundrule")
    line, by = make_line(10_000), make_finance()
    commitment = make_commitment(600, line=line)
    settlement = settlements.propose(commitment, make_proposed_lines(600), explanation={}, by=by, now=NOW)
    settlements.approve(settlement, by=by, now=NOW)
    rule = make_rule(line.fund, now=NOW + DAY, since=date(2027, 1, 1), checker_above=599)
    assert breaches() == []

    Commitment.objects.update(fund_rule=rule)
    assert breaches() == [f"commitment {commitment.pk}: it was decided by another rule than the one in force"]
    Commitment.objects.update(fund_rule=None)
    Settlement.objects.update(fund_rule=rule)
    assert len(breaches()) == 2  # nobody else approved it, and by another rule
    Settlement.objects.update(fund_rule=None)
    payout = payouts.send(make_payout(settlement=make_settlement(approved_by=by)), by=make_finance(), now=NOW)
    Payout.objects.filter(pk=payout.pk).update(fund_rule=rule)
    assert breaches() == [f"payout {payout.pk}: it was decided by another rule than the one in force"]
    Payout.objects.update(fund_rule=None)
    FundRule.objects.update(required_from=date(2026, 1, 1))
    assert breaches() == [f"rule {rule.pk}: it was entered for a day that was over"]
