"""Checking and releasing a batch: two people, one file, and nothing to an account that changed."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from core.errors import StaleState
from funding import bank_files, batches, payees, payouts
from funding.batches import BatchNotFit
from funding.models import PayoutBatch
from funding.policies import OwnMoney, SecondPersonNeeded
from notifications.models import Message
from tests.factories.banking import make_batch, make_sent_batch, transfers
from tests.factories.funding import make_finance, make_payee_account
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


def make(chosen, by, now, **more):
    return batches.make([one.pk for one in chosen], by=by, submission_id=uuid.uuid4(), now=now, **more)


def statuses(batch):
    return [payout.status for payout in transfers(batch)]


@pytest.mark.parametrize(("amounts", "is_refused"), [((300_000, 200_000), False), ((300_000, 200_001), True)])
def test_check_by_the_maker_is_refused_above_the_rules_amount_in_sum(now, maker, amounts, is_refused):
    """Otherwise large money is cut into transfers that are each below the amount."""
    batch = make_batch(*amounts, finance=maker)

    if is_refused:
        with pytest.raises(SecondPersonNeeded, match=r"Above ¥5,000\.00"):
            batches.check(batch, by=maker, now=now)
        assert PayoutBatch.objects.get().status == "open"
    else:
        assert batches.check(batch, by=maker, now=now).status == "checked"


def test_check_by_an_officer_counts_as_a_second_person(now, maker, league):
    batch = make_batch(600_000, finance=maker)

    assert batches.check(batch, by=make_member(league, "officer"), now=now).status == "checked"


def test_check_and_send_of_an_own_organisations_money_are_refused(now, maker, checker):
    batch = make_batch(100_000, finance=maker)
    provider = transfers(batch)[0].settlement.commitment.provider
    own = make_finance(maker.organisation)
    make_member(provider, "coordinator", user=own.user)

    with pytest.raises(OwnMoney):
        batches.check(batch, by=own, now=now)
    batches.check(batch, by=checker, now=now)
    with pytest.raises(OwnMoney):
        batches.send(batch, by=own, now=now)
    make_member(provider, "coordinator", user=checker.user)
    with pytest.raises(OwnMoney):
        batches.send(batch, by=maker, now=now)
    assert statuses(batch) == ["queued"]


@pytest.mark.parametrize("step", ["check", "send"])
def test_account_that_changed_stops_the_batch_until_its_row_is_taken_out(now, maker, checker, step):
    """Who phones the office with "our new account" must not reach a batch that was prepared before."""
    batch = make_batch(100_000, 100_000, finance=maker)
    changed = transfers(batch)[0]
    if step == "send":
        batches.check(batch, by=checker, now=now)
    make_payee_account(changed.settlement.commitment.provider, now=now + LATER)

    with pytest.raises(BatchNotFit, match=changed.reference):
        getattr(batches, step)(batch, by=checker, now=now)

    for payout in transfers(batch):
        payouts.mark_failed(payout, reason="账户变更", was="queued", by=maker, now=now)
    with pytest.raises(StaleState, match="No transfer of this batch waits"):
        getattr(batches, step)(batch, by=checker, now=now)


def test_row_taken_out_is_not_in_the_file_and_the_rest_goes(now, maker, checker):
    batch = make_batch(100_000, 200_000, finance=maker)
    out, kept = transfers(batch)
    batches.check(batch, by=checker, now=now)
    payouts.mark_failed(out, reason="待核实", was="queued", by=maker, now=now)

    batch = batches.send(batch, by=maker, now=now)

    assert [row[6] for row in bank_files.rows_of(batch)] == [kept.reference]
    assert statuses(batch) == ["failed", "sent"]


def test_send_before_the_check_is_refused_and_twice_happens_once(now, maker, checker):
    batch = make_batch(100_000, finance=maker)
    with pytest.raises(StaleState, match="not been checked"):
        batches.send(batch, by=maker, now=now)
    batches.check(batch, by=checker, now=now)
    assert batches.check(batch, by=maker, now=now + LATER).checked_by == checker.user

    sent = batches.send(batch, by=maker, now=now)
    again = batches.send(batch, by=checker, now=now + LATER)

    assert (again.sent_by, again.sent_at) == (sent.sent_by, now)
    assert batch.history.filter(verb="release").count() == 1


def test_transfer_of_a_batch_is_not_sent_alone(now, maker, checker):
    """Sent alone and with the file it would be paid twice."""
    payout = transfers(make_batch(100_000, finance=maker))[0]

    with pytest.raises(StaleState, match="part of batch"):
        payouts.send(payout, by=checker, now=now)


def test_transfer_sent_meanwhile_is_not_taken_back_by_an_old_page(now, maker, checker):
    """The bank may be paying it: with the settlement payable again it would be paid twice."""
    payout = transfers(make_sent_batch(100_000, finance=maker, checker=checker))[0]

    with pytest.raises(StaleState):
        payouts.mark_failed(payout, reason="x", was="queued", by=maker, now=now)

    assert payouts.mark_failed(payout, reason="银行拒付", was="sent", by=maker, now=now).status == "failed"


def test_send_tells_each_provider_once_however_many_orders(now, maker, checker):
    batch = make_batch(100_000, 200_000, finance=maker)
    provider = transfers(batch)[0].settlement.commitment.provider
    Message.objects.all().delete()
    batches.check(batch, by=checker, now=now)

    batches.send(batch, by=maker, now=now)

    told = Message.objects.filter(recipient__memberships__organisation=provider).distinct()
    assert {(one.kind, one.context["n"], one.context["amount"]) for one in told} == {("batch_sent", 2, "¥3,000.00")}


def test_file_is_the_same_byte_for_byte_and_each_taking_is_written_down(now, maker, checker):
    batch = make_sent_batch(100_000, 250_050, finance=maker, checker=checker)
    first = {kind: batches.take_file(batch, kind, by=maker, now=now) for kind in bank_files.KINDS}
    payouts.mark_failed(transfers(batch)[0], reason="银行拒付", by=maker, now=now)

    later = {kind: batches.take_file(batch, kind, by=checker, now=now + LATER) for kind in bank_files.KINDS}

    assert later == first
    taken = batch.history.filter(verb="download").order_by("pk").values_list("actor", "note")
    assert list(taken) == [(by.user.pk, kind) for by in (maker, checker) for kind in ("csv", "xlsx")]


@pytest.mark.parametrize("end", [payouts.mark_failed, payouts.mark_returned])
def test_file_that_nobody_took_yet_is_not_taken_once_one_of_its_transfers_has_ended(now, maker, checker, end):
    """Its settlement is prepared anew in another batch: handed in late, the file would pay it as well."""
    batch = make_sent_batch(100_000, 250_050, finance=maker, checker=checker)
    ended = transfers(batch)[0]
    end(ended, reason="银行拒付", by=maker, now=now)

    with pytest.raises(StaleState, match=f"{ended.reference}.*would still pay") as refusal:
        batches.take_file(batch, "csv", by=maker, now=now)

    assert "in a new batch" in str(refusal.value)
    assert not batch.history.filter(verb="download").exists()


def test_file_of_a_batch_that_was_not_sent_is_refused(now, maker, checker):
    """A file that exists before the release would pay rows that are taken out afterwards."""
    batch = make_batch(100_000, finance=maker)
    batches.check(batch, by=checker, now=now)

    with pytest.raises(StaleState, match="released to the bank"):
        batches.take_file(PayoutBatch.objects.get(), "csv", by=maker, now=now)


def test_both_files_hold_payee_account_amount_and_reference_of_every_transfer(now, maker, checker):
    provider = make_organisation(name="=HYPERLINK(1)中心")
    payees.set_account(
        provider,
        holder=provider.name,
        bank="+农行",
        number="62284800201234567890",
        by=make_member(provider, "finance"),
        now=now,
    )
    payees.confirm_account(provider.payee_accounts.get(), by=make_member(provider, "manager"), now=now)
    batch = make_batch(100_050, finance=maker, provider=provider)
    batches.check(batch, by=checker, now=now)
    batches.send(batch, by=maker, now=now)
    batch.refresh_from_db()
    reference = transfers(batch)[0].reference

    table = list(csv.reader(io.StringIO(batches.take_file(batch, "csv", by=maker, now=now).decode("utf-8-sig"))))
    book = load_workbook(io.BytesIO(batches.take_file(batch, "xlsx", by=maker, now=now)))

    heading = ["序号", "收款人户名", "收款人账号", "收款人开户行", "金额", "币种", "附言"]
    number = "62284800201234567890"
    assert table == [heading, ["1", f"'{provider.name}", number, "'+农行", "1000.50", "CNY", reference]]
    rows = list(book.active.iter_rows())
    assert [cell.value for cell in rows[0]] == heading
    assert [cell.value for cell in rows[1]] == [1, provider.name, number, "+农行", 1000.5, "CNY", reference]
    assert {cell.data_type for cell in rows[1]} == {"n", "s"}
