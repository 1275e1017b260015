"""Batches of bank transfers: one file, two people, and nothing that is paid twice or to the wrong account."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from core.errors import SentByAnother, StaleState
from funding import bank_files, batches, filling, payees, payouts
from funding.batches import BatchNotFit, NothingChosen
from funding.models import BatchRow, Invoice, Payout, PayoutBatch, PayoutHistory
from funding.payees import SecondPersonNeeded
from funding.policies import OwnMoney, PersonNeeded
from notifications.models import Message
from organisations.acting import clock
from tests.factories.banking import make_batch, make_ready, make_sent_batch, transfers
from tests.factories.funding import make_finance, make_league, make_payee_account, make_payout, make_settlement
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


@pytest.fixture
def league():
    return make_league()


@pytest.fixture
def maker(league):
    return make_finance(league)


@pytest.fixture
def checker(league):
    return make_finance(league)


def make(chosen, by, now, **more):
    return batches.make([one.pk for one in chosen], by=by, submission_id=uuid.uuid4(), now=now, **more)


def statuses(batch):
    return [payout.status for payout in transfers(batch)]


def test_batch_goes_from_chosen_settlements_to_the_banks_file(now, maker, checker):
    chosen = make_ready(100_000, 200_000, 300_000, finance=maker)

    batch = make(chosen, maker, now)
    assert (batch.status, batch.filled_at, batch.rows.count()) == ("open", None, 3)
    batch = batches.fill(batch, by=maker, now=now)
    assert (batch.filled_at, statuses(batch)) == (now, ["queued"] * 3)
    batch = batches.check(batch, by=checker, now=now + LATER)
    assert (batch.status, batch.checked_by) == ("checked", checker.user)
    batch = batches.send(batch, by=maker, now=now + LATER)

    assert (batch.status, batch.sent_by, statuses(batch)) == ("sent", maker.user, ["sent"] * 3)
    first = transfers(batch)[0]
    assert (first.made_by, first.checked_by, first.sent_at) == (maker.user, checker.user, now + LATER)
    assert list(first.history.order_by("pk").values_list("verb", "after", "note")) == [
        ("queue", "queued", batch.number),
        ("send", "sent", batch.number),
    ]
    assert list(batch.history.order_by("pk").values_list("verb", flat=True)) == ["make", "check", "send"]


def test_transfer_of_a_batch_is_the_one_that_the_single_verb_would_make(now, maker):
    one, other = make_ready(100_000, 100_000, finance=maker)
    single = payouts.queue(one, by=maker, now=now)

    batched = transfers(batches.fill(make([other], maker, now), by=maker, now=now))[0]

    same = ("amount", "currency", "rail", "status", "account_id", "made_by_id", "queued_at", "replaces_id")
    assert [getattr(single, name) for name in same] == [getattr(batched, name) for name in same]
    assert batched.reference == f"{other.commitment.reference}-1"


def test_new_transfer_of_a_returned_one_has_a_reference_of_its_own_and_names_the_old(now, maker, checker):
    batch = make_sent_batch(100_000, finance=maker, checker=checker)
    old = transfers(batch)[0]
    payouts.mark_returned(old, reason="户名不符", by=maker, now=now)

    new = transfers(batches.fill(make([old.settlement], maker, now), by=maker, now=now))[0]

    assert new.replaces == old
    assert new.reference == old.reference[:-1] + "2"


def test_rows_that_cannot_be_paid_say_why_and_stop_nobody(now, maker, league):
    good = make_ready(100_000, finance=maker)[0]
    on_its_way, *_rest = make_ready(100_000, finance=maker)
    no_account = make_ready(100_000, finance=maker)[0]
    unconfirmed, renamed, too_new = (make_ready(100_000, finance=maker)[0] for _ in range(3))
    own = make_ready(100_000, finance=maker)[0]
    batch = make([good, on_its_way, no_account, unconfirmed, renamed, too_new, own], maker, now)
    rows = {row.settlement_id: row for row in batch.rows.all()}
    payouts.queue(on_its_way, by=maker, now=now)
    no_account.commitment.provider.payee_accounts.all().update(organisation=make_organisation())
    make_payee_account(unconfirmed.commitment.provider, is_confirmed=False)
    renamed.commitment.provider.name = "改名后的中心"
    renamed.commitment.provider.save()
    make_payee_account(too_new.commitment.provider, now=now + LATER)
    make_member(own.commitment.provider, "coordinator", user=maker.user)

    batch = batches.fill(batch, by=maker, now=now + LATER)

    problems = {pk: BatchRow.objects.get(pk=row.pk).problem for pk, row in rows.items()}
    assert problems == {
        good.pk: "",
        on_its_way.pk: "under_way",
        no_account.pk: "no_account",
        unconfirmed.pk: "unconfirmed",
        renamed.pk: "name_differs",
        too_new.pk: "too_new",
        own.pk: "own_money",
    }
    assert [payout.settlement for payout in transfers(batch)] == [good]
    assert batch.filled_at is not None


def test_settlement_without_invoice_or_approval_is_left_out(now, maker):
    ready = make_ready(100_000, 100_000, finance=maker)
    Invoice.objects.get(settlement=ready[0]).delete()
    batch = make(ready, maker, now)
    type(ready[1]).objects.filter(pk=ready[1].pk).update(status="paid")

    batches.fill(batch, by=maker, now=now)

    assert list(batch.rows.order_by("position").values_list("problem", flat=True)) == ["invoice", "not_approved"]


def test_settlement_of_another_currency_is_left_out(now, maker):
    yuan, other = make_ready(100_000, finance=maker)[0], make_ready(100_000, finance=maker)[0]
    batch = make([yuan, other], maker, now)
    type(other.commitment.line.fund).objects.filter(pk=other.commitment.line.fund_id).update(currency="HKD")

    batches.fill(batch, by=maker, now=now)

    assert list(batch.rows.order_by("position").values_list("problem", flat=True)) == ["", "currency"]


def test_double_click_makes_one_batch(now, maker):
    chosen, number = [one.pk for one in make_ready(100_000, finance=maker)], uuid.uuid4()

    first = batches.make(chosen, by=maker, submission_id=number, now=now)
    batches.fill(first, by=maker, now=now)
    second = batches.make(chosen, by=maker, submission_id=number, now=now)

    assert second == first
    with pytest.raises(SentByAnother):
        batches.make(chosen, by=make_finance(maker.organisation), submission_id=number, now=now)


def test_two_batches_over_one_settlement_pay_it_once(now, maker, checker):
    chosen = make_ready(100_000, finance=maker)
    one, two = make(chosen, maker, now), make(chosen, checker, now)

    batches.fill(one, by=maker, now=now)
    batches.fill(two, by=checker, now=now)

    assert Payout.objects.count() == 1
    assert two.rows.get().problem == "under_way"


def test_batch_of_nothing_or_of_another_leagues_money_is_refused(now, maker):
    with pytest.raises(NothingChosen):
        make([], maker, now)
    with pytest.raises(NothingChosen):
        make(make_ready(100_000, finance=make_finance()), maker, now)
    with pytest.raises(NothingChosen):
        make([make_settlement()], maker, now)


def test_everything_that_is_ready_means_invoiced_and_confirmed(now, maker):
    ready = make_ready(100_000, 200_000, finance=maker)
    Invoice.objects.get(settlement=make_ready(100_000, finance=maker)[0]).delete()
    make_payee_account(make_ready(100_000, finance=maker)[0].commitment.provider, is_confirmed=False)

    batch = make([], maker, now, everything=True)

    assert [row.settlement for row in batch.rows.order_by("position")] == ready


def test_clock_makes_and_fills_no_batch(now, maker):
    batch = make(make_ready(100_000, finance=maker), maker, now)

    with pytest.raises(PersonNeeded):
        batches.fill(batch, by=clock("tests"), now=now)
    with pytest.raises(PersonNeeded):
        make([], clock("tests"), now)


def test_batch_that_was_killed_halfway_goes_on_where_it_stopped(now, maker, monkeypatch):
    """Without it a power cut leaves settlements that nobody pays, or that are paid twice."""
    monkeypatch.setattr(filling, "PORTION", 2)
    batch = make(make_ready(*[100_000] * 5, finance=maker), maker, now)
    made, real = [], filling._make

    def die_in_the_second(*args):
        real(*args)
        made.append(args)
        if len(made) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(filling, "_make", die_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        batches.fill(batch, by=maker, now=now)
    batch.refresh_from_db()
    assert (batch.filled_at, batch.rows.waiting().count(), Payout.objects.count()) == (None, 3, 2)
    with pytest.raises(StaleState, match="still being prepared"):
        batches.check(batch, by=make_finance(maker.organisation), now=now)
    monkeypatch.setattr(filling, "_make", real)

    batch = batches.fill(batch, by=maker, now=now)

    assert (batch.filled_at, batch.rows.waiting().count(), Payout.objects.count()) == (now, 0, 5)
    assert PayoutHistory.objects.count() == 5


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
    assert batch.history.filter(verb="send").count() == 1


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


def test_references_of_a_batch_are_unique(now, maker):
    batch = make_batch(*[100_000] * 4, finance=maker)

    references = [payout.reference for payout in transfers(batch)]
    assert len(set(references)) == 4


def test_batches_are_seen_by_the_leagues_own_money_people_only(maker, league):
    batch = make_batch(100_000, finance=maker)
    seen = PayoutBatch.objects.visible_to

    for role in ("officer", "finance", "auditor"):
        assert seen(make_member(league, role)).get() == batch
    for by in (make_member(league, "editor"), make_finance(), make_member(make_organisation(), "finance")):
        assert not seen(by).exists()


@pytest.mark.parametrize("count", [1, 8])
def test_filling_costs_the_same_number_of_queries_for_one_row_and_many(now, maker, count, django_assert_num_queries):
    batch = make(make_ready(*[1_000] * count, finance=maker), maker, now)

    with django_assert_num_queries(19):
        batches.fill(batch, by=maker, now=now)


def test_single_payout_needs_no_batch(now, maker, checker):
    payout = make_payout(maker=maker)

    assert payouts.send(payout, by=checker, now=now).status == "sent"
