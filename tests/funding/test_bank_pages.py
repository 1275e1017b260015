"""Batches, statements and vouchers in the browser: who may, what a page says, and what a second click does."""

import io
import re
import uuid
from html import unescape

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from funding import batches
from funding.models import LineState, Payout, PayoutBatch, StatementLine
from tests.conftest import NOW
from tests.factories.banking import (
    OWN_ACCOUNT,
    bank_row,
    make_batch,
    make_csv,
    make_ready,
    make_sent_batch,
    make_statement,
    transfers,
)
from tests.factories.funding import make_finance, make_payee_account
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture
def finance(client, league):
    by = make_finance(league)
    client.force_login(by.user)
    return by


def url(name, *args):
    return reverse(f"funding:{name}", args=args)


def text(response):
    return response.content.decode()


def sign_in(client, organisation, *roles):
    by = make_member(organisation, *roles)
    client.force_login(by.user)
    return by


def upload(client, *rows, account=OWN_ACCOUNT):
    return client.post(url("new-statement"), {"file": make_csv(*rows), "account": account}, follow=True, headers=EN)


def test_batch_walks_from_ticked_settlements_to_the_file(client, finance, colleague):
    one, other, left = make_ready(300_000, 400_000, 100, finance=finance)
    number = client.get(url("finance")).context["batch_form"]["submission_id"].value()

    page = client.post(
        url("new-batch"), {"submission_id": number, "chosen": [one.pk, other.pk]}, follow=True, headers=EN
    )
    batch = PayoutBatch.objects.get()
    assert page.redirect_chain[-1][0] == url("batch", batch.pk)
    assert "¥7,000.00" in text(page)
    assert {payout.settlement for payout in transfers(batch)} == {one, other}
    refused = client.post(url("check-batch", batch.pk), follow=True, headers=EN)
    assert "somebody else has to check it" in text(refused)
    assert url("batch-file", batch.pk, "csv") not in text(refused)
    client.force_login(colleague.user)
    client.post(url("check-batch", batch.pk))
    client.force_login(finance.user)
    sent = client.post(url("send-batch", batch.pk), follow=True, headers=EN)

    assert url("batch-file", batch.pk, "xlsx") in text(sent)
    answer = client.get(url("batch-file", batch.pk, "xlsx"))
    assert answer["Content-Disposition"] == f'attachment; filename="batch-{batch.number}.xlsx"'
    assert answer["Cache-Control"] == "no-store"
    references = [row[6].value for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(min_row=2)]
    assert references == [payout.reference for payout in transfers(batch)]
    assert client.get(url("batch-file", batch.pk, "exe")).status_code == 404
    assert left not in {payout.settlement for payout in Payout.objects.all()}


def test_second_click_on_every_button_changes_nothing(client, finance):
    chosen = make_ready(1_000, finance=finance)
    form = {"submission_id": str(uuid.uuid4()), "chosen": [chosen[0].pk]}

    for _click in range(2):
        client.post(url("new-batch"), form)
        batch = PayoutBatch.objects.get()
        for step in ("continue-batch", "check-batch", "send-batch"):
            client.post(url(step, batch.pk))

    assert Payout.objects.get().status == "sent"
    assert list(batch.history.order_by("pk").values_list("verb", flat=True)) == ["make", "check", "release"]


def test_everything_button_takes_what_is_ready_and_nothing_is_a_sentence(client, finance):
    form = {"submission_id": str(uuid.uuid4()), "everything": "on"}
    for data in (form, {"chosen": ["x"], **form, "everything": ""}):
        refused = client.post(url("new-batch"), data, headers=EN)
        assert refused.status_code == 422
        assert "Choose at least one settlement" in text(refused)
    assert "Open the page anew" in text(client.post(url("new-batch"), {"chosen": ["1"]}, follow=True, headers=EN))
    make_ready(1_000, 2_000, finance=finance)

    client.post(url("new-batch"), form)

    assert Payout.objects.count() == 2


def test_page_after_a_refusal_leads_on_through_the_list_and_not_to_the_form_s_own_address(client, finance, monkeypatch):
    monkeypatch.setattr("funding.views.finance.ROWS", 1)
    make_ready(1_000, 2_000, finance=finance)

    refused = client.post(url("new-batch"), {"submission_id": str(uuid.uuid4())})

    (on,) = re.findall(r'href="([^"]*pay-after=[0-9][^"]*)"', text(refused))
    assert on.startswith(f"{url('finance')}?")
    assert client.get(unescape(on)).status_code == 200


def test_check_page_shows_new_and_changed_accounts_first_and_in_full(client, finance, colleague):
    old, changed = make_organisation(), make_organisation()
    batch = make_batch(1_000, finance=finance, provider=old)
    batches.check(batch, by=colleague, now=NOW)
    batches.send(batch, by=finance, now=NOW)
    make_statement(bank_row(transfers(batch)[0]), by=finance)
    batch = make_batch(1_000, finance=finance, provider=changed)
    batches.check(batch, by=colleague, now=NOW)
    batches.send(batch, by=finance, now=NOW)
    make_statement(bank_row(transfers(batch)[0]), by=finance)
    make_payee_account(changed)
    chosen = [make_ready(1_000, finance=finance, provider=one)[0] for one in (old, changed, make_organisation())]
    batch = batches.make([one.pk for one in chosen], by=finance, submission_id=uuid.uuid4(), now=NOW)
    batches.fill(batch, by=finance, now=NOW)

    page = client.get(url("batch", batch.pk), headers=EN)

    said = [
        "new" if not item["row"].was_paid else "known" if item["row"].is_known else "changed"
        for item in page.context["rows"]
    ]
    assert said == ["changed", "new", "known"]
    assert "Changed account" in text(page)
    assert "New payee" in text(page)
    assert all(payout.account.number in text(page) for payout in transfers(batch))
    for payout in transfers(batch):
        assert f"confirmed by {payout.account.confirmed_by}" in text(page) or payout.settlement == chosen[0]


def test_check_page_says_which_row_no_longer_fits_and_offers_to_take_it_out(client, finance):
    batch = make_batch(1_000, finance=finance)
    payout = transfers(batch)[0]
    make_payee_account(payout.settlement.commitment.provider)

    page = text(client.get(url("batch", batch.pk), headers=EN))
    assert "entered another account since" in page
    assert url("failed", payout.pk) in page
    form = text(client.get(url("failed", payout.pk)))
    assert 'name="was" value="queued"' in form
    client.post(url("failed", payout.pk), {"reason": "账户变更", "was": "queued"})

    payout.refresh_from_db()
    assert payout.status == "failed"


def test_old_page_does_not_take_back_what_was_sent_meanwhile(client, finance, colleague):
    payout = transfers(make_sent_batch(1_000, finance=finance, checker=colleague))[0]

    answer = client.post(url("failed", payout.pk), {"reason": "x", "was": "queued"})

    assert answer.status_code == 422
    payout.refresh_from_db()
    assert payout.status == "sent"


def test_row_that_could_not_be_prepared_says_why(client, finance):
    chosen = make_ready(1_000, finance=finance)
    make_member(chosen[0].commitment.provider, "coordinator", user=finance.user)

    page = client.post(
        url("new-batch"), {"submission_id": str(uuid.uuid4()), "chosen": [chosen[0].pk]}, follow=True, headers=EN
    )

    assert "You are a member of the provider" in text(page)


def test_batch_that_is_being_prepared_shows_how_far_it_is_and_a_colleague_goes_on(client, finance, colleague):
    chosen = make_ready(1_000, 1_000, finance=finance)
    batch = batches.make([one.pk for one in chosen], by=colleague, submission_id=uuid.uuid4(), now=NOW)

    page = text(client.get(url("batch", batch.pk), headers=EN))
    assert "0 of 2 prepared" in page
    client.post(url("continue-batch", batch.pk))

    assert batch.rows.waiting().count() == 0
    assert {payout.made_by for payout in transfers(batch)} == {finance.user}


def test_file_of_a_batch_that_was_not_sent_is_a_sentence(client, finance):
    batch = make_batch(1_000, finance=finance)

    page = client.get(url("batch-file", batch.pk, "csv"), follow=True, headers=EN)

    assert "once the batch is checked and released" in text(page)
    assert not batch.history.filter(verb="download").exists()


def test_auditor_reads_batches_statements_and_vouchers_without_account_numbers_or_buttons(client, finance, league):
    batch = make_sent_batch(1_000, finance=finance)
    payout = transfers(batch)[0]
    statement = make_statement(bank_row(payout), by=finance)
    sign_in(client, league, "auditor")

    for name, pk in (("batch", batch.pk), ("voucher", payout.pk)):
        page = text(client.get(url(name, pk)))
        assert payout.account.masked in page
        assert payout.account.number not in page
    for address in (url("batch", batch.pk), url("statement", statement.pk), url("statements"), url("batches")):
        page = client.get(address)
        assert page.status_code == 200
        assert 'method="post" action="/funding/' not in text(page)
    for name in ("continue-batch", "check-batch", "send-batch"):
        assert client.post(url(name, batch.pk)).status_code == 403
    assert client.get(url("batch-file", batch.pk, "csv")).status_code == 403


def test_officer_checks_but_neither_makes_sends_nor_takes_the_file(client, finance, league):
    batch = make_batch(600_000, finance=finance)
    officer = sign_in(client, league, "officer")

    client.post(url("check-batch", batch.pk))

    batch.refresh_from_db()
    assert (batch.status, batch.checked_by) == ("checked", officer.user)
    assert client.post(url("send-batch", batch.pk)).status_code == 403
    assert client.post(url("new-batch")).status_code == 403
    assert client.get(url("new-statement")).status_code == 403


@pytest.mark.parametrize(
    ("kind", "role", "status"), [("league", "finance", 404), ("provider", "manager", 403), ("office", "manager", 403)]
)
def test_batches_statements_and_vouchers_of_others_are_not_found(client, kind, role, status):
    finance = make_finance()
    batch = make_sent_batch(1_000, finance=finance)
    payout = transfers(batch)[0]
    statement = make_statement(bank_row(payout, 附言=""), by=finance)
    line = StatementLine.objects.get()
    sign_in(client, make_organisation(kind), role)

    for name, *args in (
        ("batch", batch.pk),
        ("batch-file", batch.pk, "csv"),
        ("statement", statement.pk),
        ("voucher", payout.pk),
    ):
        assert client.get(url(name, *args)).status_code == status
    for name, pk in (
        ("continue-batch", batch.pk),
        ("check-batch", batch.pk),
        ("send-batch", batch.pk),
        ("continue-statement", statement.pk),
        ("match-line", line.pk),
        ("set-aside-line", line.pk),
        ("take-back-line", line.pk),
    ):
        assert client.post(url(name, pk), {"payout": payout.pk, "reason": "x"}).status_code == status
    assert (PayoutBatch.objects.get().status, LineState.objects.get().state) == ("sent", "open")


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_for_one_row_and_three(client, finance, count, django_assert_num_queries):
    batch = make_batch(*[1_000] * count, finance=finance)
    batches.check(batch, by=finance, now=NOW)
    batches.send(batch, by=finance, now=NOW)
    statement = make_statement(*[bank_row(one, 附言="") for one in transfers(batch)], by=finance)
    addresses = {
        url("batch", batch.pk): 7,
        url("batches"): 3,
        url("statement", statement.pk): 7,
        url("statements"): 3,
    }

    for address, queries in addresses.items():
        client.get(address)
        with django_assert_num_queries(queries):
            client.get(address)
