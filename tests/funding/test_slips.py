"""What the bank says has left is not paid again, whatever was noted by hand."""

import uuid
from functools import partial

import pytest
from django.urls import reverse

from funding import advancing, batches, commitments, donations, matching, payouts, settlements
from funding.donations import SlipUsed
from funding.invariants import INVARIANTS
from funding.models import BatchRow, BudgetLine, Claim, Payout, StatementLine
from funding.payouts import BankReferenceUsed
from funding.policies import OwnMoney
from funding.slips import LeftAlready
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.banking import (
    OWN_ACCOUNT,
    bank_row,
    make_payer,
    make_ready,
    make_sent_batch,
    make_statement,
    transfers,
)
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_donation,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_payout,
    make_proposed_lines,
    make_rule,
)
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
BY = clock("tests")
OTHER_ACCOUNT = "0302011109000099999"


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


def sent_advance(finance):
    line = make_line(10_000, fund=make_fund(10_000, league=finance.organisation))
    make_rule(line.fund, advance_share=5_000)
    advance = make_advance(commitment=make_commitment(10_000, line=line), approved_by=finance)
    return payouts.send(make_payout(settlement=advance, maker=finance), by=finance, now=NOW)


@pytest.fixture
def advance(finance):
    """An advance whose transfer was noted as failed."""
    return payouts.mark_failed(sent_advance(finance), reason="电话说退了", by=finance, now=NOW).settlement


def says_that_it_left(advance, finance):
    (payout,) = advance.payouts.with_settlement()
    return make_statement(bank_row(payout), by=finance).lines.get()


def confirmed(advance):
    lines = make_proposed_lines(10_000)
    return settlements.propose(advance.commitment, lines, explanation={"raters": 0}, by=BY, now=NOW)


def test_order_is_not_paid_whole_while_the_bank_says_that_its_advance_left(finance, advance):
    """The provider would have the advance, and the whole sum on top."""
    line = says_that_it_left(advance, finance)
    settlement = confirmed(advance)

    with pytest.raises(LeftAlready, match="the advance on this order left"):
        settlements.approve(settlement, by=finance, now=NOW)
    with pytest.raises(LeftAlready, match="the advance on this order left"):
        advancing.take_back(advance, reason="不需要", by=finance, now=NOW)
    matching.set_aside(line, reason="银行更正", by=finance, now=NOW)

    assert settlements.approve(settlement, by=finance, now=NOW).due == 10_000
    assert breaches() == []


def test_settlement_is_not_paid_after_the_bank_said_that_the_advance_that_was_taken_back_left(finance, advance):
    settlement = settlements.approve(confirmed(advance), by=finance, now=NOW)
    settlements.record_invoice(settlement, exception="小额免票", by=finance, now=NOW)
    queued = payouts.queue(settlement, by=finance, now=NOW)
    says_that_it_left(advance, finance)

    with pytest.raises(LeftAlready):
        payouts.send(queued, by=make_finance(finance.organisation), now=NOW)
    payouts.mark_failed(queued, reason="先查", by=finance, now=NOW)
    with pytest.raises(LeftAlready):
        payouts.queue(settlement, by=finance, now=NOW)
    batch = batches.make([settlement.pk], by=finance, submission_id=uuid.uuid4(), now=NOW)

    assert batches.fill(batch, by=finance, now=NOW).rows.get().problem == "left"


def test_batch_is_not_released_after_the_bank_said_that_an_advance_that_was_taken_back_left(finance, advance):
    settlement = settlements.approve(confirmed(advance), by=finance, now=NOW)
    settlements.record_invoice(settlement, exception="小额免票", by=finance, now=NOW)
    batch = batches.make([settlement.pk], by=finance, submission_id=uuid.uuid4(), now=NOW)
    batches.check(batches.fill(batch, by=finance, now=NOW), by=make_finance(finance.organisation), now=NOW)
    says_that_it_left(advance, finance)

    with pytest.raises(LeftAlready):
        batches.send(batch, by=finance, now=NOW)


def test_cancelled_order_owes_an_advance_that_left_by_the_banks_word_until_the_line_is_set_aside(finance, advance):
    """Cancelling is not held up by a slip, and its money is not given to others while the provider may have it."""
    line = says_that_it_left(advance, finance)
    commitments.void(advance.commitment, by=BY, now=NOW, reason="取消")
    assert Claim.objects.get().open == 3_000
    assert breaches() == []

    with pytest.raises(LeftAlready):
        advancing.take_back(advance, reason="银行更正", by=finance, now=NOW)
    matching.set_aside(line, reason="银行更正", by=finance, now=NOW)
    with pytest.raises(OwnMoney):
        advancing.take_back(advance, reason="x", by=make_member(advance.commitment.provider, "finance"), now=NOW)
    advancing.take_back(advance, reason="银行更正", by=finance, now=NOW)

    advance.refresh_from_db()
    assert (advance.status, Claim.objects.get().open) == ("ended", 0)
    assert BudgetLine.objects.get(commitments=advance.commitment).available == 10_000
    assert breaches() == []


def test_finance_lets_go_on_a_page_what_a_cancelled_order_does_not_owe(client, finance, advance):
    line = says_that_it_left(advance, finance)
    commitments.void(advance.commitment, by=BY, now=NOW, reason="取消")
    matching.set_aside(line, reason="银行更正", by=finance, now=NOW)
    client.force_login(finance.user)
    url = reverse("funding:take-back-advance", args=[advance.pk])

    assert url in client.get(reverse("funding:settlement", args=[advance.pk])).content.decode()
    assert "nothing of it is owed" in client.get(url, headers={"accept-language": "en"}).content.decode()
    assert client.post(url, {"reason": "银行更正"}).status_code == 302

    assert Claim.objects.get().open == 0


def under_way_of_a_cancelled_order(finance):
    payout = sent_advance(finance)
    commitments.void(payout.settlement.commitment, by=BY, now=NOW, reason="取消")
    return Payout.objects.with_settlement().get(pk=payout.pk)


def test_claim_is_not_let_go_by_a_failure_while_a_line_says_that_the_advance_left(finance):
    payout = under_way_of_a_cancelled_order(finance)
    make_statement(bank_row(payout, 对方户名="简称"), by=finance)

    with pytest.raises(LeftAlready):
        payouts.mark_failed(payout, reason="银行拒付", by=finance, now=NOW)

    assert Claim.objects.get().open == 3_000


def test_claim_is_let_go_by_the_slip_that_brought_the_advance_back_and_by_no_word_of_mouth(finance):
    payout = under_way_of_a_cancelled_order(finance)
    make_statement(bank_row(payout), by=finance)

    with pytest.raises(LeftAlready):
        payouts.mark_returned(Payout.objects.get(pk=payout.pk), reason="电话说退了", by=finance, now=NOW)
    make_statement(bank_row(payout, back=True), by=finance)

    payout.refresh_from_db()
    assert (payout.status, Claim.objects.get().open) == ("returned", 0)
    assert breaches() == []


def test_match_takes_the_same_number_of_two_banks_for_two_slips():
    """Banks count each account by itself: money that arrived would stay on its way for ever."""
    sent = []
    for finance, account in ((make_finance(), OWN_ACCOUNT), (make_finance(make_organisation("league")), OTHER_ACCOUNT)):
        payout = transfers(make_sent_batch(100, finance=finance))[0]
        make_statement(bank_row(payout, number="1001"), by=finance, account=account)
        sent.append(payout.pk)

    assert set(Payout.objects.filter(pk__in=sent).values_list("status", flat=True)) == {"paid"}
    assert breaches() == []


def test_match_takes_the_same_number_of_two_of_our_accounts_for_two_slips():
    finance = make_finance()
    accounts = [make_payer(finance, number=number) for number in (OWN_ACCOUNT, OTHER_ACCOUNT)]
    sent = [sent_from(account, finance) for account in accounts]
    for payout, account in zip(sent, accounts, strict=True):
        make_statement(bank_row(payout, number="1001"), by=finance, account=account.number)
    again = sent_from(accounts[0], finance)

    with pytest.raises(BankReferenceUsed):
        payouts.mark_paid(again, bank_reference="1001", by=finance, now=NOW)

    assert set(Payout.objects.exclude(pk=again.pk).values_list("status", flat=True)) == {"paid"}
    assert breaches() == []


def sent_from(account, finance):
    (settlement,) = make_ready(100, finance=finance)
    payout = payouts.queue(settlement, payer=account.pk, by=finance, now=NOW)
    payouts.send(payout, by=finance, now=NOW)
    return Payout.objects.with_settlement().get(pk=payout.pk)


def test_number_of_a_transfer_that_names_no_account_is_none_of_a_later_one_that_does():
    """It may have gone from that very account: the slip must not count twice."""
    finance = make_finance()
    unnamed = transfers(make_sent_batch(100, finance=finance))[0]
    payouts.mark_paid(unnamed, bank_reference="1001", by=finance, now=NOW)
    named = sent_from(make_payer(finance), finance)

    with pytest.raises(BankReferenceUsed):
        payouts.mark_paid(named, bank_reference="1001", by=finance, now=NOW)

    Payout.objects.filter(pk=named.pk).update(bank_reference="1001")
    assert "bank reference 1001: it stands on two payouts" in breaches()
