"""The League's own bank accounts: a second person confirms them, batches are paid from them, statements are of them."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from core.errors import StaleState
from funding import bank_files, batches, payers, payouts, statements
from funding.bank_invariants import INVARIANTS
from funding.batches import BatchNotFit
from funding.models import LineState, PayerAccount, PayoutBatch
from funding.policies import SecondPersonNeeded
from funding.payouts import SlipDiffers
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
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
OTHER = "0302011109000099999"
EN = {"accept-language": "en"}


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
    strange = make_payer(make_finance(make_league()), number="11112222")
    chosen = [one.pk for one in make_ready(100, finance=finance)]

    for payer in (None, strange.pk):
        with pytest.raises(payers.PayerNeeded, match="Choose from which"):
            batches.make(chosen, payer=payer, by=finance, submission_id=uuid.uuid4(), now=NOW)
    made = batches.make(chosen, payer=second.pk, by=finance, submission_id=uuid.uuid4(), now=NOW)

    assert made.payer == second


def test_a_batch_does_not_go_out_from_a_closed_account(finance):
    account = make_payer(finance)
    batch = make_batch(100, finance=finance)
    batches.check(batch, by=make_finance(finance.organisation), now=NOW)
    payers.end(account, by=finance, now=NOW)

    with pytest.raises(BatchNotFit, match="was closed"):
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


def test_verify_sees_a_batch_paid_from_an_account_that_nobody_confirmed(finance):
    make_payer(finance)
    make_sent_batch(100, finance=finance)

    PayerAccount.objects.update(confirmed_by=None, confirmed_at=None)

    assert any("its payer's account is another's, or unconfirmed" in line for line in breaches())


def test_pages_say_from_which_account_is_paid(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_payer(finance)
    batch = make_sent_batch(100, finance=finance)
    (payout,) = transfers(batch)
    auditor = make_member(finance.organisation, "auditor")

    for by, number in ((finance, OWN_ACCOUNT), (auditor, "**** 2345")):
        client.force_login(by.user)
        for path in (f"/funding/batches/{batch.pk}/", f"/funding/payouts/{payout.pk}/voucher/"):
            page = client.get(path, headers=EN).content.decode()
            assert "北辰区团委专户" in page
            assert number in page
            assert (OWN_ACCOUNT in page) == (by is finance)
    listed = client.get("/funding/payers/", headers=EN).content.decode()
    assert "**** 2345" in listed
    assert OWN_ACCOUNT not in listed


def test_finance_enters_an_account_and_an_officer_confirms_it_on_the_page(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    data = {"holder": "北辰区团委专户", "bank": "北辰银行", "number": OWN_ACCOUNT}
    payer = payers.enter(finance.organisation, **data, by=finance, now=NOW)
    page = f"/funding/payers/{payer.pk}/confirm/"

    client.force_login(finance.user)
    assert client.post(page, headers=EN).status_code == 403
    client.force_login(make_member(finance.organisation, "officer").user)
    assert OWN_ACCOUNT in client.get(page, headers=EN).content.decode()
    assert client.post(page, headers=EN).status_code == 302

    assert PayerAccount.objects.get().confirmed_at == NOW
    client.force_login(finance.user)
    assert client.post(f"/funding/payers/{payer.pk}/end/", headers=EN).status_code == 302
    assert PayerAccount.objects.get().ended_at == NOW
    with pytest.raises(StaleState):
        payers.confirm(make_closed(finance), by=make_member(finance.organisation, "officer"), now=NOW)


def make_closed(finance):
    account = make_payer(finance, number=OTHER, confirmed=False)
    return payers.end(account, by=finance, now=NOW + timedelta(minutes=1))


def test_the_import_offers_the_accounts_that_the_league_named(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_payer(finance)
    client.force_login(finance.user)

    page = client.get("/funding/statements/new/", headers=EN).content.decode()
    answer = client.post("/funding/statements/new/", {"account": OTHER, "file": make_csv()}, headers=EN)

    assert f'<option value="{OWN_ACCOUNT}"' in page
    assert answer.status_code == 422
