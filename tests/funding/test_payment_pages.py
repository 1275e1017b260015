"""Settlements, transfers and the provider's account in the browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from funding import commitments
from funding.models import PayeeAccount, Payout, Settlement
from organisations.acting import clock
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_paid_advance,
    make_paid_payout,
    make_payee_account,
    make_payout,
    make_rule,
    make_settlement,
)
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 invoice"


@pytest.fixture
def league():
    return make_league()


@pytest.fixture
def finance(client, league):
    """Signed in as the League's finance."""
    by = make_finance(league)
    client.force_login(by.user)
    return by


def url(name, *args):
    return reverse(f"funding:{name}", args=args)


def a_line(league, available=100_000):
    return make_line(available, fund=make_fund(available, league=league))


def a_settlement(league, **more):
    return make_settlement(commitment=make_commitment(line=a_line(league)), **more)


def sign_in(client, organisation, *roles):
    by = make_member(organisation, *roles)
    client.force_login(by.user)
    return by


def text(response):
    return response.content.decode()


def test_settlement_page_explains_every_line(client, finance, league):
    settlement = a_settlement(league)

    page = text(client.get(url("settlement", settlement.pk), {"lang": "en"}))

    assert "Held: paid in full." in page
    assert "nothing is reduced" in page
    assert url("approve", settlement.pk) in page


def test_approve_button_makes_it_payable(client, finance, league):
    settlement = a_settlement(league)

    answer = client.post(url("approve", settlement.pk))

    assert answer.url == url("settlement", settlement.pk)
    settlement.refresh_from_db()
    assert (settlement.status, settlement.approved_by) == ("approved", finance.user)


def test_approve_the_own_organisations_money_is_answered_with_a_sentence(client, finance, league):
    settlement = a_settlement(league)
    make_member(settlement.commitment.provider, "coordinator", user=finance.user)

    page = client.post(url("approve", settlement.pk), follow=True, headers={"accept-language": "en"})

    assert "Ask somebody else to approve its money" in text(page)
    settlement.refresh_from_db()
    assert settlement.status == "proposed"


def test_settlement_of_another_league_is_not_found(client, finance):
    other = make_settlement()

    for name in ("settlement", "approve", "pay", "invoice", "no-invoice", "invoice-file"):
        method = client.post if name in {"approve", "pay"} else client.get
        assert method(url(name, other.pk)).status_code == 404


def test_provider_hands_in_the_invoice_and_sees_it(client, league, finance):
    settlement = a_settlement(league, approved_by=finance)
    provider = settlement.commitment.provider
    sign_in(client, provider, "manager")
    assert url("invoice", settlement.pk) in text(client.get(url("settlement", settlement.pk)))
    assert client.get(url("invoice", settlement.pk)).status_code == 200

    file = SimpleUploadedFile("发票.pdf", PDF, "application/pdf")
    answer = client.post(
        url("invoice", settlement.pk), {"number": "25122000000012345678", "amount": "100", "file": file}
    )

    assert answer.status_code == 302
    download = client.get(url("invoice-file", settlement.pk))
    assert b"".join(download.streaming_content) == PDF
    assert download["Content-Disposition"].startswith("attachment")
    sign_in(client, provider, "coordinator")
    assert client.get(url("invoice-file", settlement.pk)).status_code == 403
    Settlement.objects.get().invoice.file.delete(save=False)


def test_invoice_of_another_amount_or_no_document_is_refused(client, league, finance):
    settlement = a_settlement(league, approved_by=finance)
    sign_in(client, settlement.commitment.provider, "manager")
    file = SimpleUploadedFile("a.pdf", PDF)
    bad = SimpleUploadedFile("a.pdf", b"MZ not a document")

    other = client.post(url("invoice", settlement.pk), {"number": "1", "amount": "99", "file": file})
    program = client.post(url("invoice", settlement.pk), {"number": "1", "amount": "100", "file": bad})

    assert (other.status_code, program.status_code) == (422, 422)
    assert "¥100.00" in text(other)
    assert not hasattr(Settlement.objects.get(), "invoice")


def test_exception_instead_of_an_invoice_has_no_file(client, finance, league):
    settlement = a_settlement(league, approved_by=finance)
    assert client.get(url("no-invoice", settlement.pk)).status_code == 200

    client.post(url("no-invoice", settlement.pk), {"exception": "小额免票"})

    assert "小额免票" in text(client.get(url("settlement", settlement.pk)))
    assert client.get(url("invoice-file", settlement.pk)).status_code == 404


def test_office_sees_the_settlement_without_bank_account_or_names(client, league, finance):
    payout = make_payout(settlement=a_settlement(league, approved_by=finance))
    line = payout.settlement.commitment.line
    sign_in(client, make_organisation("office", region=line.region), "clerk")

    page = text(client.get(url("settlement", payout.settlement_id)))

    assert payout.account.masked not in page
    assert finance.user.name not in page


def test_transfer_walks_from_preparation_to_arrival_on_pages(client, finance, league):
    settlement = a_settlement(league, approved_by=finance)
    refused = client.post(url("pay", settlement.pk), follow=True, headers={"accept-language": "en"})
    assert "Record the invoice first" in text(refused)
    client.post(url("no-invoice", settlement.pk), {"exception": "小额免票"})
    make_payee_account(settlement.commitment.provider)

    client.post(url("pay", settlement.pk))
    payout = Payout.objects.get()
    check = text(client.get(url("send", payout.pk)))
    assert payout.account.number in check
    client.post(url("send", payout.pk))
    assert url("paid", payout.pk) in text(client.get(url("settlement", settlement.pk)))
    assert client.post(url("paid", payout.pk), {"bank_reference": ""}).status_code == 422
    client.post(url("paid", payout.pk), {"bank_reference": "ABC123"})

    settlement.refresh_from_db()
    assert settlement.status == "paid"
    page = text(client.get(url("settlement", settlement.pk)))
    assert "ABC123" in page
    client.post(url("returned", payout.pk), {"reason": "账户已销户"})
    settlement.refresh_from_db()
    assert settlement.status == "approved"
    assert "账户已销户" in text(client.get(url("settlement", settlement.pk)))


def test_transfer_that_failed_can_be_prepared_again(client, finance, league):
    payout = make_payout(settlement=a_settlement(league, approved_by=finance), maker=finance)

    client.post(url("failed", payout.pk), {"reason": "户名不符"})
    client.post(url("pay", payout.settlement_id))

    assert set(Payout.objects.values_list("status", flat=True)) == {"failed", "queued"}


def test_large_transfer_by_its_maker_is_answered_with_a_sentence(client, finance, league):
    line = a_line(league, 900_000)
    settlement = make_settlement(600_000, commitment=make_commitment(600_000, line=line), approved_by=finance)
    payout = make_payout(settlement=settlement, maker=finance)

    page = client.post(url("send", payout.pk), headers={"accept-language": "en"})

    assert page.status_code == 422
    assert "You made this payout" in text(page)


def test_transfer_of_another_league_is_not_found(client, finance):
    payout = make_payout()

    for name in ("send", "paid", "failed", "returned"):
        assert client.get(url(name, payout.pk)).status_code == 404


def test_settlement_below_its_advance_says_what_went_back_to_the_line(client, finance, league):
    advance = make_paid_advance(commitment=make_commitment(line=a_line(league)))
    found = make_settlement(1_000, commitment=advance.commitment, approved_by=finance)

    assert client.get(url("settlement", found.pk)).context["released"] == 7_000


@pytest.mark.parametrize("count", [1, 3])
def test_account_page_offers_advances_and_names_what_is_owed(client, league, count, django_assert_num_queries):
    line, provider = a_line(league), make_organisation()
    make_rule(line.fund, advance_share=5_000)
    owing = [make_paid_advance(commitment=make_commitment(line=line, provider=provider)) for _number in range(count)]
    running = [make_commitment(line=line, provider=provider) for _number in range(count)]
    for advance in owing:
        commitments.void(advance.commitment, by=clock("tests"), now=NOW, reason="x")
    sign_in(client, provider, "manager")

    page = client.get(url("account"), {"lang": "en"})

    assert [one.pk for one in page.context["running"]] == [one.pk for one in running]
    assert url("advance", running[0].pk) in text(page)
    assert [claim.advance_id for claim in page.context["claims"]] == [one.pk for one in owing]
    assert "Owed after advances" in text(page)
    with django_assert_num_queries(5):
        client.get(url("account"))


def test_account_is_entered_after_the_login_was_asked_for_again(client):
    provider = make_organisation()
    sign_in(client, provider, "manager")
    asked = client.get(url("new-account")).url
    assert asked.startswith(reverse("account_reauthenticate"))

    client.post(asked, {"password": "demo-city-2026"})
    assert client.get(url("new-account")).status_code == 200
    assert client.post(url("new-account"), {"bank": "农行", "number": "12ab"}).status_code == 422
    client.post(url("new-account"), {"bank": "农行北辰支行", "number": "6228480020123456"})

    account = PayeeAccount.objects.get()
    assert (account.holder, account.number) == (provider.name, "6228480020123456")
    assert "6228480020123456" not in text(client.get(url("account")))
    assert client.get(url("confirm-account", account.pk)).status_code == 403


def test_account_is_confirmed_by_the_leagues_finance(client, finance, league):
    settlement = a_settlement(league)
    account = make_payee_account(settlement.commitment.provider, is_confirmed=False)
    asked = client.post(url("confirm-account", account.pk))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    account.refresh_from_db()
    assert account.confirmed_at is None
    client.post(asked.url, {"password": "demo-city-2026"})
    page = text(client.get(url("confirm-account", account.pk), {"lang": "en"}))
    assert account.number in page
    assert "named an account of the same number" not in page

    answer = client.post(url("confirm-account", account.pk))

    assert answer.url == url("finance")
    account.refresh_from_db()
    assert account.confirmed_by == finance.user


def test_the_leagues_finance_reads_who_else_named_the_same_account(client, finance, league):
    """Two providers with one account are one hand behind two names, or a mistake; the provider reads nothing of it."""
    account = make_payee_account(a_settlement(league).commitment.provider, is_confirmed=False)
    other = make_payee_account(make_organisation(name="另一家社工机构"))
    PayeeAccount.objects.filter(pk=other.pk).update(number=account.number)
    client.post(reverse("account_reauthenticate"), {"password": "demo-city-2026"})

    assert "另一家社工机构 named an account" in text(client.get(url("confirm-account", account.pk), {"lang": "en"}))

    sign_in(client, account.organisation, "manager")
    client.post(reverse("account_reauthenticate"), {"password": "demo-city-2026"})
    page = client.get(url("confirm-account", account.pk))
    assert (page.status_code, "另一家社工机构" in text(page)) == (200, False)


def test_account_that_was_replaced_is_not_confirmed(client):
    provider = make_organisation()
    old = make_payee_account(provider, is_confirmed=False)
    make_payee_account(provider, is_confirmed=False)
    sign_in(client, provider, "manager")
    client.post(reverse("account_reauthenticate"), {"password": "demo-city-2026"})
    assert url("confirm-account", PayeeAccount.objects.latest("pk").pk) in text(client.get(url("account")))

    assert client.post(url("confirm-account", old.pk)).status_code == 422
    sign_in(client, make_organisation(), "manager")
    assert client.get(url("confirm-account", old.pk)).status_code == 404


def test_settlement_page_shows_its_rows_in_the_ledger_and_leads_to_the_statement(client, finance, league):
    payout = make_paid_payout(settlement=a_settlement(league, approved_by=make_finance(league)))
    settlement = payout.settlement

    page = text(client.get(url("settlement", settlement.pk), {"lang": "en"}, headers={"accept-language": "en"}))

    assert f'href="{url("line", settlement.commitment.line_id)}"' in page
    kinds = ("committed for an order", "settlement approved", "paid")
    places = [page.index(f'<tr><th scope="row">{kind}</th>') for kind in kinds]
    assert places == sorted(places)
    assert payout.bank_reference in page
    assert f'href="{url("finance")}"' in page


def test_settlement_page_of_a_provider_shows_no_line_of_the_fund(client, league):
    settlement = a_settlement(league, approved_by=make_finance(league))
    sign_in(client, settlement.commitment.provider, "manager")

    page = text(client.get(url("settlement", settlement.pk), headers={"accept-language": "en"}))

    assert url("line", settlement.commitment.line_id) not in page
    assert 'href="/workbench/money/"' in page


def test_send_page_says_that_the_account_is_not_in_the_providers_new_name(client, finance, league):
    """A renamed provider would meet finance as an error page that nobody can act on."""
    payout = make_payout(settlement=a_settlement(league, approved_by=finance), maker=finance)
    Organisation.objects.filter(pk=payout.settlement.commitment.provider_id).update(name="改名后的中心")

    page = client.post(url("send", payout.pk), {}, headers={"accept-language": "en"})

    assert page.status_code == 422
    assert "must be held in the name 改名后的中心" in page.content.decode()
