"""Settlements: proposed from plain lines, approved by somebody else's hand, invoiced."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.files.base import ContentFile

from core.errors import StaleState
from funding import commitments, settlements
from funding.invariants import INVARIANTS
from funding.models import Invoice, Settlement
from funding.policies import OwnMoney, PersonNeeded
from funding.settlements import (
    BadLines,
    InvoiceAmountDiffers,
    InvoiceNeeded,
    InvoiceUsed,
    MoreThanCommitted,
    ProposedLine,
)
from notifications.models import Message
from organisations.acting import clock
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_line,
    make_payout,
    make_proposed_lines,
    make_settlement,
)
from tests.factories.orders import make_approved, make_stage
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
BY = clock("tests")
EXPLANATION = {"raters": 12, "mean": "3.40", "percent": 98}


def balances(line):
    line.refresh_from_db()
    return line.available, line.committed, line.payable, line.paid


def propose(commitment, lines, now):
    return settlements.propose(commitment, lines, explanation=EXPLANATION, by=BY, now=now)


def test_propose_writes_lines_and_explanation_and_moves_no_money(now):
    commitment = make_commitment(160_000, line=make_line(200_000))
    lines = make_proposed_lines(80_000, 80_000, percent=98)

    settlement = propose(commitment, lines, now)

    assert (settlement.status, settlement.amount, settlement.explanation) == ("proposed", 156_800, EXPLANATION)
    assert list(settlement.lines.order_by("position").values_list("position", "rate", "amount", "reason")) == [
        (1, 98, 78_400, "satisfaction"),
        (2, 98, 78_400, "satisfaction"),
    ]
    assert balances(commitment.line) == (40_000, 160_000, 0, 0)
    assert settlement.history.get().verb == "propose"
    assert str(settlement) == commitment.reference
    assert str(settlement.lines.first()) == "第1场"


def test_propose_tells_the_finance_of_the_league(now):
    commitment = make_commitment()
    finance = make_finance(commitment.line.fund.league)

    settlement = propose(commitment, make_proposed_lines(10_000), now)

    message = Message.objects.get()
    assert (message.recipient, message.kind) == (finance.user, "settlement_proposed")
    assert message.path == f"/funding/settlements/{settlement.pk}/"


def test_propose_twice_returns_the_first(now):
    commitment = make_commitment()

    first = propose(commitment, make_proposed_lines(10_000), now)
    second = propose(commitment, make_proposed_lines(9_000), now)

    assert first == second
    assert Settlement.objects.get().amount == 10_000


def test_propose_nothing_payable_drops_the_commitment(now):
    commitment = make_commitment(10_000, line=make_line(10_000))

    settlement = propose(commitment, [ProposedLine("第1场", date(2026, 11, 1), 10_000, 0, 0, "not_held")], now)

    assert settlement is None
    assert balances(commitment.line) == (10_000, 0, 0, 0)
    commitment.refresh_from_db()
    assert not commitment.is_open


def test_propose_more_than_committed_is_refused(now):
    with pytest.raises(MoreThanCommitted, match=r"¥100\.01.*¥100\.00"):
        propose(make_commitment(10_000), make_proposed_lines(10_001), now)


def test_propose_on_a_dropped_commitment_is_refused(now):
    commitment = commitments.void(make_commitment(), by=BY, now=now, reason="取消")

    with pytest.raises(StaleState):
        propose(commitment, make_proposed_lines(10_000), now)


@pytest.mark.parametrize("change", [{"amount": 9_999}, {"rate_percent": 50}, {"reason": "because"}])
def test_propose_lines_that_do_not_follow_from_price_and_rate_is_a_mistake_of_ours(now, change):
    lines = [replace(make_proposed_lines(10_000)[0], **change)]

    with pytest.raises(BadLines):
        propose(make_commitment(), lines, now)


def test_approve_makes_the_amount_payable_and_releases_the_rest(now):
    commitment = make_commitment(10_000, line=make_line(20_000))
    settlement = propose(commitment, make_proposed_lines(9_800), now)
    finance = make_finance()

    for _click in range(2):
        settlement = settlements.approve(settlement, by=finance, now=now)

    assert (settlement.status, settlement.approved_by, settlement.approved_at) == ("approved", finance.user, now)
    assert balances(commitment.line) == (10_200, 0, 9_800, 0)
    commitment.refresh_from_db()
    assert (commitment.status, commitment.posted) == ("closed", 9_800)
    assert settlement.history.count() == 2


def test_approve_asks_the_provider_for_the_invoice(now):
    settlement = make_settlement()
    manager = make_member(settlement.commitment.provider, "manager")
    make_member(settlement.commitment.provider, "coordinator")

    settlements.approve(settlement, by=make_finance(), now=now)

    message = Message.objects.get(kind="settlement_approved")
    assert message.recipient == manager.user


def test_approve_the_money_of_an_own_organisation_is_refused(now):
    settlement = make_settlement()
    finance = make_finance()
    make_member(settlement.commitment.provider, "coordinator", user=finance.user)

    with pytest.raises(OwnMoney, match="Ask somebody else"):
        settlements.approve(settlement, by=finance, now=now)

    assert balances(settlement.commitment.line)[2] == 0


def test_approve_by_the_clock_is_refused(now):
    with pytest.raises(PersonNeeded):
        settlements.approve(make_settlement(), by=BY, now=now)


def test_record_invoice_keeps_number_amount_and_file(now):
    settlement = make_settlement(10_000)
    by = make_member(settlement.commitment.provider, "finance")

    invoice = settlements.record_invoice(
        settlement, number="25122000000012345678", amount=10_000, file=ContentFile(b"%PDF-1.7", "a.pdf"), by=by, now=now
    )

    assert (invoice.number, invoice.amount, invoice.recorded_by) == ("25122000000012345678", 10_000, by.user)
    assert invoice.file.read() == b"%PDF-1.7"
    assert str(invoice) == "25122000000012345678"
    row = settlement.history.latest("pk")
    assert (row.verb, row.note) == ("record_invoice", invoice.number)
    invoice.file.delete(save=False)


def test_an_invoice_stands_for_one_settlement_of_its_provider(now):
    first = make_settlement(10_000)
    provider = first.commitment.provider
    second, strange = make_settlement(commitment=make_commitment(10_000, provider=provider)), make_settlement(10_000)
    given = {"number": "2512000001", "amount": 10_000, "by": BY, "now": now}
    settlements.record_invoice(first, **given)

    with pytest.raises(InvoiceUsed, match=first.commitment.reference) as refusal:
        settlements.record_invoice(second, **given)

    assert refusal.value.field == "number"
    settlements.record_invoice(first, **given)  # again for the same is no other
    settlements.record_invoice(strange, **given)  # another provider counts its own
    Settlement.objects.filter(pk=strange.pk).update(commitment=make_commitment(10_000, provider=provider))
    breaches = [line for promise in INVARIANTS for line in promise.check().breaches]
    assert "invoice 2512000001: two settlements rest on it" in breaches


def test_record_invoice_over_another_amount_is_refused(now):
    with pytest.raises(InvoiceAmountDiffers, match=r"exactly ¥100\.00") as refusal:
        settlements.record_invoice(make_settlement(10_000), number="1", amount=9_999, by=BY, now=now)

    assert refusal.value.field == "amount"


@pytest.mark.parametrize("given", [{}, {"number": "1", "amount": 10_000, "exception": "小额"}])
def test_record_invoice_needs_a_number_or_a_reason(now, given):
    with pytest.raises(InvoiceNeeded):
        settlements.record_invoice(make_settlement(), by=BY, now=now, **given)


def test_record_exception_may_be_replaced_by_the_invoice_until_a_payout_exists(now):
    settlement = make_settlement(10_000, approved_by=make_finance())
    exception = settlements.record_invoice(settlement, exception="代开中", by=make_finance(), now=now)
    assert str(exception) == "代开中"
    payout = make_payout(settlement=settlement)

    assert Invoice.objects.get().exception == ""
    with pytest.raises(StaleState):
        settlements.record_invoice(payout.settlement, exception="丢失", by=make_finance(), now=now)


def test_settlement_is_seen_by_its_league_its_provider_and_the_office_that_ordered():
    stage = make_stage()
    settlement = make_settlement(commitment=make_approved(stage).commitment)
    office, region = stage.office.organisation, stage.line.region
    own = [
        stage.officer,
        stage.finance,
        make_member(stage.officer.organisation, "auditor"),
        stage.provider,
        stage.office,
        make_member(office, "clerk"),
    ]
    other = [
        make_member(office, "child_officer"),
        make_member(make_organisation("office", region=region), "clerk"),
        make_member(make_organisation("school", region=region), "manager"),
        make_member(stage.officer.organisation, "editor"),
        make_member(make_organisation("league"), "officer"),
        make_member(make_organisation("provider"), "manager"),
        make_member(make_organisation("enterprise", region=region), "manager"),
        make_member(make_organisation("provider", status="suspended"), "manager"),
        BY,
    ]

    assert {Settlement.objects.visible_to(by).get() for by in own} == {settlement}
    assert [Settlement.objects.visible_to(by).count() for by in other] == [0] * len(other)


def test_nobody_waives_the_invoice_of_an_own_organisation(now):
    settlement = make_settlement(approved_by=make_finance())
    own = make_finance()
    make_member(settlement.commitment.provider, "coordinator", user=own.user)

    with pytest.raises(OwnMoney):
        settlements.record_invoice(settlement, exception="小额", by=own, now=now)

    assert not Invoice.objects.exists()


@pytest.mark.parametrize("typed", ["25121234AB", "25121234ab", "2512 1234 AB", "２５１２1234ＡＢ"])
def test_invoice_of_another_settlement_is_refused_however_it_was_typed(typed, now):
    """One invoice in another width would be paid a second time."""
    line, provider, finance = make_line(20_000), make_organisation("provider"), make_finance()
    one, other = (
        make_settlement(commitment=make_commitment(line=line, provider=provider), approved_by=finance)
        for _n in range(2)
    )
    settlements.record_invoice(one, number="25121234AB", amount=10_000, by=finance, now=now)

    with pytest.raises(settlements.InvoiceUsed):
        settlements.record_invoice(other, number=typed, amount=10_000, by=finance, now=now)
