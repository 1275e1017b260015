"""The pages of statements and vouchers: who may, what a page says, and what a second click does."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.capitals import capitals
from funding.models import LineState, Payout, StatementImport, StatementLine
from funding.views import statements as views
from tests.factories.banking import (
    OWN_ACCOUNT,
    bank_row,
    make_csv,
    make_sent_batch,
    make_statement,
    transfers,
)
from tests.factories.funding import make_finance
from tests.factories.organisations import make_member
from tests.factories.stripe import make_sent_stripe_payout

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


def test_statement_is_imported_matched_and_shows_what_waits_first(client, finance):
    one, other = transfers(make_sent_batch(1_000, 2_000, finance=finance))
    assert client.get(url("new-statement")).status_code == 200

    page = upload(client, bank_row(one), bank_row(other, 支出="7"))

    assert page.redirect_chain[-1][0] == url("statement", StatementImport.objects.get().pk)
    assert page.context["state"] == "differs"
    assert "another amount" in text(page)
    assert "¥20.00" in text(page)
    matched = text(client.get(page.request["PATH_INFO"] + "?state=matched"))
    assert one.reference in matched
    assert "says something else" in text(client.get(url("finance"), headers=EN))
    assert client.get(url("new-statement")).context["form"]["account"].value() == OWN_ACCOUNT


def test_same_statement_again_is_said_to_be_known(client, finance, colleague):
    row = bank_row(transfers(make_sent_batch(1_000, finance=finance))[0])
    upload(client, row)
    client.force_login(colleague.user)

    page = upload(client, row)

    assert "was imported before. Nothing was counted twice" in text(page)
    assert StatementImport.objects.count() == 1


@pytest.mark.parametrize("account", ["", "abc"])
def test_statement_without_our_account_or_that_is_none_is_answered_at_its_field(client, finance, account):
    payout = transfers(make_sent_batch(1_000, finance=finance))[0]

    assert upload(client, bank_row(payout), account=account).status_code == 422
    refused = upload(client)
    assert refused.status_code == 422
    assert "is empty" in text(refused)
    assert not StatementImport.objects.exists()


def test_line_is_matched_set_aside_and_opened_again_on_pages(client, finance):
    one, other = transfers(make_sent_batch(1_000, 2_000, finance=finance))
    statement = make_statement(
        bank_row(one, 附言="服务费"), bank_row(other, number="N9", 附言="", 支出="5"), by=finance
    )
    page = text(client.get(url("statement", statement.pk)))
    line, fee = StatementLine.objects.order_by("row")
    assert url("match-line", line.pk) in page
    assert one.reference in page

    client.post(url("match-line", line.pk), {"payout": one.pk})
    one.refresh_from_db()
    assert one.status == "paid"
    again = client.post(url("match-line", line.pk), {"payout": one.pk}, follow=True, headers=EN)
    assert "by now" in text(again)
    assert client.get(url("set-aside-line", fee.pk)).status_code == 200
    assert client.post(url("set-aside-line", fee.pk), {"reason": ""}).status_code == 422
    client.post(url("set-aside-line", fee.pk), {"reason": "银行手续费"})
    assert "银行手续费" in text(client.get(url("statement", statement.pk) + "?state=set_aside"))
    client.post(url("take-back-line", fee.pk))

    assert LineState.objects.get(line=fee).state == "open"
    assert client.post(url("set-aside-line", line.pk), {"reason": "x"}).status_code == 422
    refused = client.post(url("take-back-line", line.pk), follow=True, headers=EN)
    assert "by now" in text(refused)


def test_match_with_another_name_or_another_leagues_transfer_pays_nothing(client, finance):
    one = transfers(make_sent_batch(1_000, finance=finance))[0]
    theirs = transfers(make_sent_batch(1_000, finance=make_finance()))[0]
    make_statement(bank_row(one, 附言="", 对方户名="王五"), by=finance)
    line = StatementLine.objects.get()

    assert client.post(url("match-line", line.pk), {"payout": theirs.pk}).status_code == 404
    assert client.post(url("match-line", line.pk), {"payout": "x"}).status_code == 404
    page = client.post(url("match-line", line.pk), {"payout": one.pk}, follow=True, headers=EN)

    assert "Nothing was paid" in text(page)
    assert set(Payout.objects.values_list("status", flat=True)) == {"sent"}


def test_statement_too_long_for_a_request_goes_on_later(client, finance, monkeypatch):
    monkeypatch.setattr(views, "SECONDS", -1)
    page = upload(client, bank_row(transfers(make_sent_batch(1_000, finance=finance))[0]))
    statement = StatementImport.objects.get()
    assert "were not looked at yet" in text(page)
    monkeypatch.setattr(views, "SECONDS", 10)

    client.post(url("continue-statement", statement.pk))

    statement.refresh_from_db()
    assert statement.matched_at is not None
    assert Payout.objects.get().status == "paid"


def test_voucher_has_figures_capitals_payee_and_people(client, finance, colleague):
    payout = transfers(make_sent_batch(10_700_053, finance=finance, checker=colleague))[0]
    make_statement(bank_row(payout, number="ICBC0001"), by=finance)

    page = text(client.get(url("voucher", payout.pk)))

    for said in (
        "¥107,000.53",
        "人民币壹拾万柒仟元零伍角叁分",
        payout.account.holder,
        payout.account.number,
        payout.reference,
        "ICBC0001",
        str(finance.user),
        str(colleague.user),
        "小额免票",
    ):
        assert said in page
    assert capitals(payout.amount) in page
    assert "<svg" in page


def test_voucher_of_another_currency_has_no_capitals_of_yuan(client, finance):
    payout = transfers(make_sent_batch(1_000, finance=finance))[0]
    Payout.objects.update(currency="HKD")

    page = text(client.get(url("voucher", payout.pk)))

    assert "人民币" not in page
    assert "HK$10.00" in page


@pytest.mark.parametrize("role", ["auditor", "officer", "finance"])
def test_whole_account_of_a_payee_is_for_finance_only(client, league, role):
    """Batches and vouchers hide it; the statement and its file gave it to everybody who reads the books."""
    finance = make_finance(league)
    (payout,) = transfers(make_sent_batch(1_000, finance=finance))
    fee = bank_row(payout, number="F1", 附言="手续费", 对方账号="", 对方户名="")
    statement = make_statement(bank_row(payout), fee, by=finance)
    number = payout.account.number
    sign_in(client, league, role)

    pages = [text(client.get(url("statement", statement.pk) + f"?state={state}")) for state in ("matched", "open")]
    answer = client.get(f"/workbench/export/statement-lines.xlsx?statement={statement.pk}")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = load_workbook(BytesIO(content)).active.iter_rows(min_row=2, values_only=True)

    shown = number if role == "finance" else f"**** {number[-4:]}"
    assert shown in pages[0]
    assert {row[4] or "" for row in rows} == {shown, ""}
    assert (number in pages[0]) == (role == "finance")
    assert "****" not in pages[1]


def test_line_is_matched_with_no_transfer_that_stripe_has(client, stripe, now):
    """A number typed into the form met an error page: such a transfer has no account at a bank to compare."""
    payout = make_sent_stripe_payout(stripe, 10_000, now=now)
    finance = make_finance(payout.settlement.commitment.line.fund.league)
    line = make_statement(
        bank_row(transfers(make_sent_batch(100, finance=finance))[0], 附言="?"), by=finance
    ).lines.get()
    client.force_login(finance.user)

    assert client.post(url("match-line", line.pk), {"payout": payout.pk}).status_code == 404
    assert line.state.state == "open"
