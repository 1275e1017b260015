"""What happened outside the system enters the books with its document, and a mistake is undone by a second entry."""

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from core.errors import StaleState
from funding import corrections, funds, ledger, outside
from funding.invariants import INVARIANTS
from funding.models import Donation, Entry, EntryFile, Fund, FundHistory
from organisations.acting import clock
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_paper,
    make_received_donation,
    make_spending,
)
from tests.factories.organisations import make_region

pytestmark = pytest.mark.django_db
BY = clock("tests")


def open_balance(fund, amount, now, *, document="移交表", key="opening"):
    by = make_finance(fund.league)
    return outside.open_balance(fund, amount, document=document, file=make_paper(), by=by, now=now, key=key)


def fund_now():
    fund = Fund.objects.get()
    return fund.received, fund.refunded, fund.unallocated


def line_now(line):
    line.refresh_from_db()
    return line.allocated, line.available, line.paid


def broken():
    return {promise.key: promise.check().breaches for promise in INVARIANTS if promise.check().breaches}


def test_open_balance_enters_once_with_its_document(now):
    fund = make_fund()

    first = open_balance(fund, 5000, now)
    again = open_balance(fund, 5000, now)

    assert first == again
    assert fund_now() == (5000, 0, 5000)
    with first.document.file.open() as file:
        assert file.read() == b"%PDF-1.7 paper"
    assert EntryFile.objects.count() == 1
    assert FundHistory.objects.filter(verb="opening", note="移交表").count() == 1
    assert broken() == {}


def test_open_balance_after_something_else_is_refused(now):
    fund = make_fund(100)

    with pytest.raises(outside.NotFirst):
        open_balance(fund, 5000, now)

    assert fund_now() == (100, 0, 100)


def test_open_balance_that_was_wrong_is_corrected_and_entered_anew(now):
    fund = make_fund()
    wrong = open_balance(fund, 5000, now)
    corrections.correct(wrong, reason="多写一个零", by=make_finance(fund.league), now=now)

    open_balance(fund, 500, now, key="anew")

    assert fund_now() == (500, 0, 500)
    assert broken() == {}


def test_spend_counts_as_paid_and_has_its_document(now):
    line = make_line(1000)

    entry = make_spending(line, 400, document="付款凭证 1 号")

    assert line_now(line) == (1000, 600, 400)
    assert (entry.kind, entry.memo, bool(entry.document.file)) == ("spend", "付款凭证 1 号", True)
    assert broken() == {}


def test_spend_by_one_document_twice_is_refused_until_the_first_is_corrected(now):
    line, other = make_line(1000), make_line(1000)
    first = make_spending(line, 400, document="凭证 Ab-7")

    for document, amount in (("凭证 Ab-7", 400), ("凭证 AB-7", 300), ("凭证Ab-7", 400), ("凭证 Ａｂ－７", 400)):
        with pytest.raises(outside.DocumentEntered, match="part 2") as refusal:
            make_spending(line, amount, document=document)
        assert refusal.value.field == "document"
    make_spending(line, 50, document="凭证 Ab-7, part 2")
    make_spending(other, 400, document="凭证 Ab-7")
    corrections.correct(first, reason="记错", by=make_finance(line.fund.league), now=now)
    make_spending(line, 350, document="凭证 Ab-7")

    assert line_now(line) == (1000, 600, 400)
    assert broken() == {}


def test_spend_more_than_is_available_is_refused_and_leaves_no_file(now):
    line = make_line(1000)
    make_commitment(700, line=line)

    with pytest.raises(ledger.NotEnough):
        make_spending(line, 301)

    assert not EntryFile.objects.exists()


@pytest.mark.parametrize("statement", ["UPDATE funding_entryfile SET file = 'x'", "DELETE FROM funding_entryfile"])
def test_document_of_an_entry_cannot_be_exchanged(now, statement):
    make_spending(make_line(1000))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_correct_undoes_an_entry_once_and_both_stay(now):
    line = make_line(1000)
    entry = make_spending(line, 400)
    by = make_finance(line.fund.league)

    back = corrections.correct(entry, reason="记错街道", by=by, now=now)
    again = corrections.correct(entry, reason="记错街道", by=by, now=now)

    assert (back, back.reverses, back.memo) == (again, entry, "记错街道")
    assert line_now(line) == (1000, 1000, 0)
    assert FundHistory.objects.filter(verb="reverse").count() == 1
    assert not corrections.is_correctable(Entry.objects.get(pk=entry.pk))
    assert broken() == {}


def test_correct_after_somebody_else_did_says_so(now):
    entry = make_spending(make_line(1000), 400)
    corrections.correct(entry, reason="记错街道", by=BY, now=now)

    with pytest.raises(StaleState, match="corrected already"):
        corrections.correct(entry, reason="金额不对", by=BY, now=now)


def test_correct_a_receipt_leaves_it_as_never_received(now):
    """Counted as given back, the open books would show money that never was."""
    fund = make_fund(1000)

    corrections.correct(Entry.objects.get(kind="receive"), reason="重复登记", by=BY, now=now)

    assert fund_now() == (0, 0, 0)
    assert broken() == {}
    assert fund.history.filter(verb="reverse", before="receive").exists()


def test_correct_a_refund_leaves_it_as_never_given_back(now):
    fund = make_fund(1000)
    funds.refund(fund, 300, document="退款单", by=BY, now=now, key="r")

    corrections.correct(Entry.objects.get(kind="refund"), reason="未退", by=BY, now=now)

    assert fund_now() == (1000, 0, 1000)
    assert broken() == {}


def test_correct_what_is_spent_already_is_refused(now):
    line = make_line(1000)
    make_commitment(1, line=line)

    with pytest.raises(ledger.NotEnough):
        corrections.correct(Entry.objects.get(kind="allocate"), reason="记错", by=BY, now=now)
    with pytest.raises(ledger.NotEnough):
        corrections.correct(Entry.objects.get(kind="receive"), reason="记错", by=BY, now=now)

    assert line_now(line) == (1000, 999, 0)


def test_correct_a_step_of_an_order_is_refused(now):
    make_commitment()

    with pytest.raises(corrections.NotByHand):
        corrections.correct(Entry.objects.get(kind="reserve"), reason="记错", by=BY, now=now)


def test_correct_a_donation_lets_it_wait_for_its_transfer_again(now):
    donation = make_received_donation(700)

    corrections.correct(donation.entry, reason="认错了款", by=make_finance(donation.fund.league), now=now)

    donation = Donation.objects.get()
    assert (donation.status, donation.entry, donation.bank_reference) == ("announced", None, "")
    assert fund_now() == (0, 0, 0)
    assert list(donation.history.order_by("pk").values_list("verb", flat=True)) == ["announce", "donate", "reverse"]
    assert broken() == {}


def test_transfer_between_lines_of_a_fund_moves_available_money_once(now):
    fund = make_fund(1000)
    here, there = (make_line(500, fund=fund, region=make_region(name)) for name in ("瑞景街道", "天穆镇"))
    make_commitment(400, line=here)

    with pytest.raises(ledger.NotEnough):
        funds.transfer(here, there, 101, reason="调剂", by=BY, now=now, key="t")
    for _click in range(2):
        funds.transfer(here, there, 100, reason="调剂", by=BY, now=now, key="t")

    assert (line_now(here), line_now(there)) == ((400, 0, 0), (600, 600, 0))
    row = FundHistory.objects.get(verb="transfer")
    assert (row.line, row.after, row.note) == (here, f"line:{there.pk}", "调剂")
    assert broken() == {}


def test_transfer_to_another_fund_or_to_itself_is_refused(now):
    line, foreign = make_line(500), make_line(500)

    for target in (line, foreign):
        with pytest.raises(funds.OtherFund):
            funds.transfer(line, target, 1, reason="调剂", by=BY, now=now, key="t")


def test_transfer_with_a_used_form_and_another_amount_is_refused(now):
    fund = make_fund(1000)
    here, there = (make_line(500, fund=fund, region=make_region(name)) for name in ("瑞景街道", "天穆镇"))
    funds.transfer(here, there, 100, reason="调剂", by=BY, now=now, key="t")

    with pytest.raises(ledger.KeyReused):
        funds.transfer(here, there, 101, reason="调剂", by=BY, now=now, key="t")
