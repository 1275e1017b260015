"""What the bank says has left is not paid again, whatever was noted by hand."""

import uuid
from functools import partial

import pytest

from funding import batches, donations, matching, payouts
from funding.donations import SlipUsed
from funding.invariants import INVARIANTS
from funding.models import BatchRow, Payout, StatementLine
from funding.slips import LeftAlready
from tests.conftest import NOW
from tests.factories.banking import bank_row, make_ready, make_sent_batch, make_statement, transfers
from tests.factories.funding import make_donation, make_finance, make_league

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance():
    return make_finance(make_league())


@pytest.fixture
def sent(finance):
    return transfers(make_sent_batch(100, finance=finance))[0]


def pay_again(payout, finance):
    return payouts.queue(payout.settlement, by=finance, now=NOW)


def breaches():
    return [line for promise in INVARIANTS for line in promise.check().breaches]


def test_what_arrived_by_the_bank_is_paid_again_only_once_the_bank_says_that_it_came_back(finance, sent):
    make_statement(bank_row(sent), by=finance)
    payouts.mark_returned(Payout.objects.get(pk=sent.pk), reason="退汇", by=finance, now=NOW)

    with pytest.raises(LeftAlready):
        pay_again(sent, finance)
    make_statement(bank_row(sent, back=True), by=finance)

    assert pay_again(sent, finance).replaces == sent
    assert breaches() == []


def test_slip_that_brought_one_transfer_back_lets_no_other_be_paid_again(finance, sent):
    """A surplus slip, of a transfer confirmed by hand, would let the settlement be paid twice for ever after."""
    payouts.mark_paid(sent, bank_reference="BY-HAND", by=finance, now=NOW)
    make_statement(bank_row(sent, back=True), by=finance)
    again = pay_again(sent, finance)
    payouts.send(again, by=finance, now=NOW)
    make_statement(bank_row(again), by=finance)
    payouts.mark_returned(Payout.objects.get(pk=again.pk), reason="电话说退了", by=finance, now=NOW)

    with pytest.raises(LeftAlready):
        pay_again(sent, finance)

    assert breaches() == []


def test_what_is_noted_as_failed_is_not_paid_again_while_a_line_says_that_it_left(finance, sent):
    make_statement(bank_row(sent, 对方户名="别人"), by=finance)
    payouts.mark_failed(sent, reason="银行拒付", by=finance, now=NOW)

    with pytest.raises(LeftAlready):
        pay_again(sent, finance)
    matching.set_aside(StatementLine.objects.get(), reason="银行更正", by=finance, now=NOW)

    assert pay_again(sent, finance).replaces == sent


def test_a_batch_leaves_out_what_the_bank_says_has_left(finance, sent):
    payouts.mark_failed(sent, reason="银行拒付", by=finance, now=NOW)
    make_statement(bank_row(sent), by=finance)
    (other,) = make_ready(200, finance=finance)
    chosen = [sent.settlement_id, other.pk]

    batch = batches.make(chosen, by=finance, submission_id=uuid.uuid4(), now=NOW)
    batches.fill(batch, by=finance, now=NOW)

    problems = dict(BatchRow.objects.filter(batch=batch).values_list("settlement", "problem"))
    assert problems == {sent.settlement_id: "left", other.pk: ""}


def in_a_batch(payout, finance):
    batch = batches.make([payout.settlement_id], by=finance, submission_id=uuid.uuid4(), now=NOW)
    batches.check(batches.fill(batch, by=finance, now=NOW), by=make_finance(finance.organisation), now=NOW)
    return partial(batches.send, batch, by=finance, now=NOW)


def alone(payout, finance):
    return partial(payouts.send, pay_again(payout, finance), by=finance, now=NOW)


@pytest.mark.parametrize("prepare", [in_a_batch, alone])
def test_a_new_transfer_does_not_go_out_after_the_bank_said_that_the_first_one_left(finance, sent, prepare):
    payouts.mark_failed(sent, reason="银行拒付", by=finance, now=NOW)
    send = prepare(sent, finance)
    make_statement(bank_row(sent), by=finance)

    with pytest.raises(LeftAlready):
        send()

    assert Payout.objects.latest("pk").status == "queued"


def test_money_that_came_back_is_not_booked_as_a_donation_as_well(finance, sent):
    gift = make_donation(100, fund=sent.settlement.commitment.line.fund)
    make_statement(bank_row(sent), bank_row(sent, number="R1", back=True), by=finance)

    with pytest.raises(SlipUsed, match="transfer that came back"):
        donations.receive(gift, amount=100, bank_reference="R1", by=finance, now=NOW)

    assert donations.receive(gift, amount=100, bank_reference="G1", by=finance, now=NOW).bank_reference == "G1"


def test_a_donation_brings_no_transfer_back(finance, sent):
    gift = make_donation(100, fund=sent.settlement.commitment.line.fund)
    donations.receive(gift, amount=100, bank_reference="G1", by=finance, now=NOW)
    make_statement(bank_row(sent), bank_row(sent, number="G1", back=True), by=finance)
    line = StatementLine.objects.get(bank_reference="G1")

    with pytest.raises(SlipUsed, match="booked as a donation"):
        matching.match(line, sent, by=finance, now=NOW)

    sent.refresh_from_db()
    assert (sent.status, line.state.state) == ("paid", "open")
