"""Batches of bank transfers: one file, two people, and nothing that is paid twice or to the wrong account."""

import uuid
from datetime import timedelta

import pytest

from core.errors import SentByAnother, StaleState
from funding import batches, filling, payouts
from funding.batches import NothingChosen
from funding.models import BatchRow, Invoice, Payout, PayoutBatch, PayoutHistory
from funding.policies import PersonNeeded
from organisations.acting import clock
from tests.factories.banking import make_batch, make_ready, make_sent_batch, transfers
from tests.factories.funding import make_finance, make_payee_account, make_payout, make_settlement
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


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
    assert list(batch.history.order_by("pk").values_list("verb", flat=True)) == ["make", "check", "release"]


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

    with django_assert_num_queries(21):
        batches.fill(batch, by=maker, now=now)


def test_single_payout_needs_no_batch(now, maker, checker):
    payout = make_payout(maker=maker)

    assert payouts.send(payout, by=checker, now=now).status == "sent"
