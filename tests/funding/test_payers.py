"""The League's own bank accounts: a second person confirms them, batches are paid from them, statements are of them."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from core.errors import StaleState
from funding import bank_files, bank_invariants, batches, payers, payouts, statements
from funding.bank_invariants import INVARIANTS
from funding.models import LineState, PayerAccount, Payout, PayoutBatch
from funding.payouts import SlipDiffers
from funding.policies import SecondPersonNeeded
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.banking import (
    OWN_ACCOUNT,
    bank_row,
    make_batch,
    make_csv,
    make_payer,
    make_ready,
    make_sent_batch,
    make_statement,
    transfers,
)
from tests.factories.funding import make_finance, make_league
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
OTHER = "0302011109000099999"
HOUR = timedelta(hours=1)


@pytest.fixture
def finance():
    return make_finance(make_league())


def breaches():
    return [line for promise in INVARIANTS for line in promise.check().breaches]


def test_whoever_entered_an_account_does_not_confirm_it(finance):
    account = make_payer(finance, confirmed=False)

    with pytest.raises(SecondPersonNeeded):
        payers.confirm(account, by=finance, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayerAccount.objects.update(confirmed_by=finance.user, confirmed_at=NOW)

    assert PayerAccount.objects.get().confirmed_at is None


def test_an_account_entered_twice_is_one_and_never_changed(finance):
    account = make_payer(finance)

    assert make_payer(finance) == account
    with pytest.raises(payers.NumberKnown):
        payers.enter(finance.organisation, holder="他人", bank="北辰银行", number=OWN_ACCOUNT, by=finance, now=NOW)
    assert PayerAccount.objects.count() == 1


def test_a_league_without_an_account_pays_as_before(finance):
    batch = make_sent_batch(100, finance=finance)

    assert (batch.payer, bank_files.headings_of(batch)[-1]) == (None, "附言")


def test_a_batch_is_not_made_before_the_account_is_confirmed(finance):
    make_payer(finance, confirmed=False)
    chosen = make_ready(100, finance=finance)

    with pytest.raises(payers.PayerNeeded, match="second person"):
        batches.make([one.pk for one in chosen], by=finance, submission_id=uuid.uuid4(), now=NOW)

    assert not PayoutBatch.objects.exists()


def test_of_two_accounts_one_is_chosen_and_nobody_elses(finance):
    make_payer(finance)
    second = make_payer(finance, number=OTHER)
    waits = make_payer(finance, number="33334444", confirmed=False)
    closed = payers.end(make_payer(finance, number="55556666"), by=finance, now=NOW)
    strange = make_payer(make_finance(make_league()), number="11112222")
    chosen = [one.pk for one in make_ready(100, finance=finance)]

    for payer in (None, strange.pk, waits.pk, closed.pk):
        with pytest.raises(payers.PayerNeeded, match="Choose from which"):
            batches.make(chosen, payer=payer, by=finance, submission_id=uuid.uuid4(), now=NOW)
    made = batches.make(chosen, payer=second.pk, by=finance, submission_id=uuid.uuid4(), now=NOW)

    assert made.payer == second


def test_a_league_that_closed_its_only_account_pays_nothing(finance):
    payers.end(make_payer(finance), by=finance, now=NOW)
    chosen = make_ready(100, finance=finance)

    with pytest.raises(payers.PayerNeeded, match="None of your bank accounts"):
        batches.make([one.pk for one in chosen], by=finance, submission_id=uuid.uuid4(), now=NOW)
    with pytest.raises(payers.PayerNeeded, match="None of your bank accounts"):
        payouts.queue(chosen[0], by=finance, now=NOW)

    assert not Payout.objects.exists()


def test_a_batch_from_before_the_first_account_does_not_go_out_after_it(finance):
    batch = make_batch(100, finance=finance)
    checker = make_finance(finance.organisation)
    batches.check(batch, by=checker, now=NOW)
    make_payer(finance, confirmed=False, now=NOW)

    with pytest.raises(payers.PayerChanged, match="names no account"):
        batches.send(batch, by=finance, now=NOW + HOUR)

    assert [one.status for one in transfers(batch)] == ["queued"]


def test_nobody_checks_a_batch_whose_account_was_closed(finance):
    account = make_payer(finance)
    batch = make_batch(100, finance=finance)
    payers.end(account, by=finance, now=NOW)

    with pytest.raises(payers.PayerChanged, match="was closed"):
        batches.check(batch, by=make_finance(finance.organisation), now=NOW)

    assert PayoutBatch.objects.get().status == "open"


def test_a_transfer_outside_a_batch_is_paid_from_the_only_account(finance):
    account = make_payer(finance)
    (settlement,) = make_ready(100, finance=finance)

    payout = payouts.send(payouts.queue(settlement, by=finance, now=NOW), by=finance, now=NOW)

    assert payout.payer == account
    assert breaches() == []


def test_an_account_closed_in_the_moment_of_its_last_transfer_was_open_for_it(finance):
    account = make_payer(finance)
    (settlement,) = make_ready(100, finance=finance)
    payouts.send(payouts.queue(settlement, by=finance, now=NOW), by=finance, now=NOW + HOUR)

    closed = payers.end(account, by=finance, now=NOW)

    assert closed.ended_at == NOW + HOUR
    assert breaches() == []


def test_a_transfer_outside_a_batch_is_not_prepared_before_an_account_is_confirmed_or_chosen(finance):
    (settlement,) = make_ready(100, finance=finance)
    first = make_payer(finance, confirmed=False)
    with pytest.raises(payers.PayerNeeded, match="second person"):
        payouts.queue(settlement, by=finance, now=NOW)
    payers.confirm(first, by=make_member(finance.organisation, "officer"), now=NOW)
    second = make_payer(finance, number=OTHER)

    with pytest.raises(payers.PayerNeeded, match="Choose from which"):
        payouts.queue(settlement, by=finance, now=NOW)

    assert payouts.queue(settlement, payer=second.pk, by=finance, now=NOW).payer == second


@pytest.mark.parametrize("before", [True, False])
def test_a_transfer_outside_a_batch_does_not_go_out_from_a_closed_account_or_from_none(finance, before):
    account = make_payer(finance) if before else None
    (settlement,) = make_ready(100, finance=finance)
    payout = payouts.queue(settlement, by=finance, now=NOW)
    if account is not None:
        payers.end(account, by=finance, now=NOW)
    else:
        make_payer(finance)

    with pytest.raises(payers.PayerChanged):
        payouts.send(payout, by=finance, now=NOW + HOUR)

    assert Payout.objects.get().status == "queued"


def test_a_batch_does_not_go_out_from_a_closed_account(finance):
    account = make_payer(finance)
    batch = make_batch(100, finance=finance)
    batches.check(batch, by=make_finance(finance.organisation), now=NOW)
    payers.end(account, by=finance, now=NOW)

    with pytest.raises(payers.PayerChanged, match="was closed"):
        batches.send(batch, by=finance, now=NOW)

    assert [one.status for one in transfers(batch)] == ["queued"]


def test_the_file_says_from_which_account_each_transfer_is_paid(finance):
    make_payer(finance)
    batch = make_sent_batch(100, 200, finance=finance)

    for kind in bank_files.KINDS:
        content = batches.take_file(batch, kind, by=finance, now=NOW)
        if kind == "csv":
            heading, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        else:
            heading, *rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        assert list(heading[-3:]) == ["付款人户名", "付款人账号", "付款人开户行"]
        assert [list(row[-3:]) for row in rows] == [["北辰区团委专户", OWN_ACCOUNT, "北辰银行"]] * 2
    assert breaches() == []


def test_a_statement_of_none_of_our_accounts_is_refused(finance):
    make_payer(finance)

    with pytest.raises(payers.NotOurAccount) as refused:
        statements.start(make_csv(), account=OTHER, by=finance, now=NOW)

    assert refused.value.field == "account"


def test_a_slip_of_another_account_of_ours_pays_nothing(finance):
    account = make_payer(finance)
    make_payer(finance, number=OTHER)
    chosen = make_ready(100, finance=finance)
    batch = batches.make([one.pk for one in chosen], payer=account.pk, by=finance, submission_id=uuid.uuid4(), now=NOW)
    batches.fill(batch, by=finance, now=NOW)
    batches.check(batch, by=make_finance(finance.organisation), now=NOW)
    batches.send(batch, by=finance, now=NOW)
    (payout,) = transfers(batch)

    make_statement(bank_row(payout), by=finance, account=OTHER)

    assert (LineState.objects.get().state, LineState.objects.get().differences) == ("differs", "payer")
    (payout,) = transfers(batch)
    assert payout.status == "sent"
    with pytest.raises(SlipDiffers):
        payouts.mark_paid(payout, bank_reference=f"N{payout.pk:08d}", by=finance, now=NOW)
    make_statement(bank_row(payout), by=finance)
    assert [one.status for one in transfers(batch)] == ["paid"]
    assert breaches() == []


def test_verify_sees_a_slip_of_another_account_that_paid(finance):
    make_payer(finance)
    batch = make_sent_batch(100, finance=finance)
    make_statement(bank_row(transfers(batch)[0]), by=finance)
    assert breaches() == []

    PayerAccount.objects.update(number=OTHER)

    assert any("statement's of another account" in line for line in breaches())


UNFIT = "its payer's account is another's, unconfirmed, or was closed"
NONE = "it names no account, though the League had one"
ELSE = "it is paid from another account than its batch"


def of_another_league(payout):
    PayerAccount.objects.update(league=make_league())


@pytest.mark.parametrize(
    ("breaks", "seen"),
    [
        (lambda _: PayerAccount.objects.update(confirmed_by=None, confirmed_at=None), [UNFIT]),
        (lambda _: PayerAccount.objects.update(confirmed_at=NOW + HOUR), [UNFIT]),
        (lambda _: PayerAccount.objects.update(ended_at=NOW - HOUR), [UNFIT]),
        (of_another_league, [UNFIT]),
        (lambda one: Payout.objects.filter(pk=one.pk).update(payer=None), [NONE, ELSE]),
        (lambda _: PayoutBatch.objects.update(payer=None), [ELSE]),
    ],
)
def test_verify_sees_a_transfer_from_an_account_that_is_not_fit(finance, breaks, seen):
    make_payer(finance, now=NOW - HOUR)
    (payout,) = transfers(make_sent_batch(100, finance=finance))
    assert breaches() == []

    breaks(payout)

    assert [line for line in breaches() if line.startswith("transfer")] == [
        f"transfer {payout.pk}: {sentence}" for sentence in seen
    ]


def test_verify_sees_a_transfer_outside_a_batch_that_names_no_account(finance):
    (settlement,) = make_ready(100, finance=finance)
    payout = payouts.send(payouts.queue(settlement, by=finance, now=NOW), by=finance, now=NOW)
    assert breaches() == []

    make_payer(finance, now=NOW - HOUR)

    assert breaches() == [f"transfer {payout.pk}: {NONE}"]


def test_verify_reads_the_accounts_of_all_batches_at_once(finance):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            bank_invariants.batches_pay_what_was_checked()
        return len(asked)

    make_payer(finance)
    make_sent_batch(100, finance=finance)
    one = queries()
    make_sent_batch(100, finance=finance)

    assert queries() == one + 1  # the rows of the second file


def test_an_account_that_was_closed_is_not_confirmed(finance):
    account = payers.end(make_payer(finance, confirmed=False), by=finance, now=NOW)

    with pytest.raises(StaleState, match="closed since"):
        payers.confirm(account, by=make_member(finance.organisation, "officer"), now=NOW)


def test_accounts_in_use_stand_before_those_that_were_closed_last(finance):
    first, old, recent, last = (make_payer(finance, number=f"1000000{n}") for n in range(4))
    payers.end(old, by=finance, now=NOW)
    payers.end(recent, by=finance, now=NOW + HOUR)

    assert list(PayerAccount.objects.newest_first()) == [last, first, recent, old]


def test_an_account_is_seen_by_who_answers_for_the_leagues_money_and_by_nobody_else(finance):
    account = make_payer(finance)
    league = finance.organisation
    own = [finance, make_member(league, "officer"), make_member(league, "auditor")]
    strangers = [
        make_member(league, "clerk"),
        make_finance(make_league()),
        make_member(make_organisation("provider"), "finance"),
        make_member(make_organisation("office"), "manager"),
        Acting(user=finance.user),
    ]

    assert all(list(PayerAccount.objects.visible_to(by)) == [account] for by in own)
    assert not any(PayerAccount.objects.visible_to(by).exists() for by in strangers)
