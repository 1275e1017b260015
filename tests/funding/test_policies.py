"""Who may do what with public money."""

import pytest

from funding import policies
from funding.models import BudgetLine, Fund
from organisations.acting import clock
from tests.factories.funding import make_finance, make_fund, make_line, make_payee_account, make_settlement
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


def test_fund_is_kept_by_its_own_leagues_officers_and_finance():
    fund = make_fund()
    may = {role: policies.may_keep(make_member(fund.league, role), fund) for role in ("officer", "finance", "auditor")}

    assert may == {"officer": True, "finance": True, "auditor": False}
    assert not policies.may_keep(make_finance(), fund)


def test_settlement_is_paid_by_its_own_leagues_finance_only():
    settlement = make_settlement()
    league = settlement.commitment.line.fund.league

    assert policies.may_pay(make_finance(league), settlement)
    assert not policies.may_pay(make_member(league, "officer"), settlement)
    assert not policies.may_pay(make_finance(), settlement)


def test_invoice_is_given_by_the_provider_or_recorded_by_finance():
    settlement = make_settlement()
    provider = settlement.commitment.provider

    assert policies.may_give_invoice(make_member(provider, "manager"), settlement)
    assert policies.may_give_invoice(make_finance(settlement.commitment.line.fund.league), settlement)
    assert not policies.may_give_invoice(make_member(provider, "coordinator"), settlement)
    assert not policies.may_give_invoice(make_member(make_organisation(), "manager"), settlement)


def test_account_is_confirmed_by_a_second_responsible_person():
    provider = make_organisation()
    account = make_payee_account(provider, is_confirmed=False)
    setter = make_member(provider, "manager", user=account.set_by)

    assert policies.may_confirm(make_member(provider, "manager"), account)
    assert policies.may_confirm(make_finance(), account)
    assert not policies.may_confirm(setter, account)
    assert not policies.may_confirm(make_member(provider, "coordinator"), account)
    assert not policies.may_confirm(clock("tests"), account)


def test_funds_and_lines_are_seen_by_those_they_concern():
    line = make_line(region=make_region("瑞景街道"))
    league = line.fund.league
    office = make_member(make_organisation("office", region=make_region("瑞景街道")), "clerk")
    elsewhere = make_member(make_organisation("office", region=make_region("天穆镇")), "clerk")
    provider = make_member(make_organisation(), "manager")
    suspended = make_member(make_organisation("office", region=make_region("瑞景街道"), status="suspended"), "clerk")

    seen = [BudgetLine.objects.visible_to(by).count() for by in (make_finance(league), office)]
    unseen = [
        BudgetLine.objects.visible_to(by).count()
        for by in (make_finance(), elsewhere, provider, suspended, clock("tests"))
    ]
    assert (seen, unseen) == ([1, 1], [0, 0, 0, 0, 0])
    assert Fund.objects.visible_to(make_finance(league)).running(line.fund.ends_on).get() == line.fund
    assert not Fund.objects.visible_to(office).exists()
