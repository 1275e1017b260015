"""Pages about money: who sees them, what a press of a button does, how many queries they take."""

import uuid
from datetime import date

import pytest
from django.urls import reverse

from funding import payouts
from funding.forms import FundForm
from funding.models import BudgetLine, Fund, PayeeAccount
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_paid_payout,
    make_payee_account,
    make_payout,
    make_settlement,
)
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user

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


def test_finance_page_without_a_fund_offers_to_set_one_up(client, finance):
    page = client.get(url("finance"))

    assert page.status_code == 200
    assert url("new-fund") in text(page)


def test_finance_page_shows_the_equation_and_what_waits(client, finance, league):
    line = a_line(league)
    proposed = make_settlement(commitment=make_commitment(line=line))
    approved = make_settlement(commitment=make_commitment(line=line), approved_by=finance)
    payout = make_payout(settlement=make_settlement(commitment=make_commitment(line=line), approved_by=finance))
    sent = make_payout(settlement=make_settlement(commitment=make_commitment(line=line), approved_by=finance))
    payouts.send(sent, by=make_finance(), now=NOW)
    make_payee_account(make_commitment(line=line).provider, is_confirmed=False)

    page = client.get(url("finance"), {"lang": "en"})

    html = text(page)
    assert "the four parts add up to it" in html
    for link in (
        url("settlement", proposed.pk),
        url("settlement", approved.pk),
        url("send", payout.pk),
        url("paid", sent.pk),
        url("line", line.pk),
        url("confirm-account", PayeeAccount.objects.get(confirmed_at=None).pk),
    ):
        assert link in html
    assert "¥1,000.00" in html


@pytest.mark.parametrize("count", [1, 3])
def test_finance_page_costs_the_same_for_one_row_and_three(client, finance, league, count, django_assert_num_queries):
    for _number in range(count):
        line = make_line(100_000, fund=make_fund(100_000, league=league))
        make_settlement(commitment=make_commitment(line=line))
        make_settlement(commitment=make_commitment(line=line), approved_by=finance)
        make_payout(settlement=make_settlement(commitment=make_commitment(line=line), approved_by=finance))
        make_payee_account(make_commitment(line=line).provider, is_confirmed=False)
    client.get(url("finance"))

    with django_assert_num_queries(17):
        client.get(url("finance"))


def test_finance_page_chooses_the_fund_that_was_asked_for(client, finance, league):
    make_fund(1, league=league, name="今年")
    earlier = make_fund(1, league=league, name="去年", starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))

    assert client.get(url("finance")).context["fund"].name == "今年"
    assert client.get(url("finance"), {"fund": earlier.pk}).context["fund"] == earlier


def test_new_fund_is_set_up_once(client, finance, league):
    data = {
        "submission_id": uuid.uuid4(),
        "name": "青少年服务专项资金",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
    }

    for _click in range(2):
        answer = client.post(url("new-fund"), data)

    assert answer.url == url("fund", Fund.objects.get().pk)
    assert Fund.objects.get().league == league
    assert client.get(url("new-fund")).status_code == 200


def test_new_fund_with_a_taken_name_or_a_backward_period_is_refused(client, finance, league):
    make_fund(league=league, name="专项资金")

    data = {"submission_id": uuid.uuid4(), "name": "专项资金", "starts_on": "2026-02-01", "ends_on": "2026-01-01"}
    page = client.post(url("new-fund"), data, headers={"accept-language": "en"})

    assert page.status_code == 422
    assert "has a fund of this name already" in text(page)
    assert "ends before it starts" in text(page)


def test_new_fund_whose_name_was_taken_while_the_form_was_read_is_refused_with_a_sentence(
    client, finance, league, monkeypatch
):
    """Two officers at once: the slower one met an error page."""
    clean = FundForm.clean

    def overtaken(form):
        data = clean(form)
        make_fund(league=league, name="专项资金")
        return data

    monkeypatch.setattr(FundForm, "clean", overtaken)
    data = {"submission_id": uuid.uuid4(), "name": "专项资金", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    page = client.post(url("new-fund"), data, headers={"accept-language": "en"})

    assert page.status_code == 422
    assert "has a fund of this name already" in text(page)


def test_receive_and_allocate_reach_a_line_once(client, finance, league):
    fund = make_fund(league=league)
    region = make_region("瑞景街道")
    received = {"submission_id": uuid.uuid4(), "amount": "200,000.00", "document": "津财拨〔2026〕1号"}
    allocated = {"submission_id": uuid.uuid4(), "amount": "¥40,000", "region": region.pk, "theme_slug": "law"}

    for _click in range(2):
        client.post(url("receive", fund.pk), received)
        client.post(url("allocate", fund.pk), allocated)

    line = BudgetLine.objects.get()
    assert (line.region, line.theme_slug, line.available) == (region, "law", 4_000_000)
    fund.refresh_from_db()
    assert fund.received == 20_000_000
    page = text(client.get(url("fund", fund.pk)))
    assert "津财拨〔2026〕1号" in page
    assert client.get(url("receive", fund.pk)).status_code == 200
    assert client.get(url("allocate", fund.pk)).status_code == 200


@pytest.mark.parametrize("amount", ["", "0", "-5", "ten", "1.005", "9" * 30])
def test_receive_what_is_no_amount_is_refused(client, finance, league, amount):
    fund = make_fund(league=league)

    page = client.post(url("receive", fund.pk), {"submission_id": uuid.uuid4(), "amount": amount, "document": "1号"})

    assert page.status_code == 422
    fund.refresh_from_db()
    assert fund.received == 0


def test_receive_a_key_with_another_amount_is_refused_in_words(client, finance, league):
    fund = make_fund(league=league)
    data = {"submission_id": uuid.uuid4(), "amount": "100", "document": "1号"}
    client.post(url("receive", fund.pk), data)

    page = client.post(url("receive", fund.pk), {**data, "amount": "200"})

    assert page.status_code == 422


def test_allocate_more_than_there_is_says_so(client, finance, league):
    fund = make_fund(100, league=league)
    data = {"submission_id": uuid.uuid4(), "amount": "2", "region": make_region().pk}

    page = client.post(url("allocate", fund.pk), data, headers={"accept-language": "en"})

    assert page.status_code == 422
    assert "not that much unallocated money" in text(page)


def test_line_page_is_a_statement_with_what_was_left(client, finance, league, django_assert_num_queries):
    line = a_line(league, 50_000)
    make_settlement(commitment=make_commitment(10_000, line=line))
    make_commitment(20_000, line=line)

    with django_assert_num_queries(5):
        page = client.get(url("line", line.pk))

    left = [row.left for row in page.context["rows"]]
    assert left == [20_000, 40_000, 50_000]
    assert "200.00" in text(page)


def test_line_page_is_open_to_the_office_of_its_area_only(client, league):
    line = a_line(league)
    office = make_organisation("office", region=line.region)
    sign_in(client, office, "clerk")
    assert client.get(url("line", line.pk)).status_code == 200

    sign_in(client, make_organisation("office", region=make_region("天穆镇")), "clerk")
    assert client.get(url("line", line.pk)).status_code == 404
    assert client.get(url("finance")).status_code == 403


def test_auditor_sees_and_changes_nothing(client, league):
    fund = make_line(1000, fund=make_fund(1000, league=league)).fund
    settlement = a_settlement(league)
    sign_in(client, league, "auditor")

    for page in (url("finance"), url("fund", fund.pk), url("settlement", settlement.pk)):
        assert client.get(page).status_code == 200
    for page in (url("receive", fund.pk), url("allocate", fund.pk), url("approve", settlement.pk)):
        assert client.post(page).status_code == 403


def test_public_books_need_no_login_and_add_up(client, league, django_assert_num_queries):
    fund = make_fund(200_000, league=league, name="青少年服务专项资金")
    for region in ("瑞景街道", "天穆镇"):
        line = make_line(50_000, fund=fund, region=make_region(region), theme_slug="law")
        make_paid_payout(settlement=make_settlement(commitment=make_commitment(line=line), approved_by=make_finance()))

    with django_assert_num_queries(8):
        page = client.get(url("public"))

    totals = page.context["totals"]
    assert (totals.total, totals.paid, totals.available, totals.unallocated) == (200_000, 20_000, 180_000, 100_000)
    assert totals.is_whole
    assert [row["region__name"] for row in page.context["by_region"]] == ["瑞景街道", "天穆镇"]
    assert [row["theme_slug"] for row in page.context["by_theme"]] == ["law"]


def test_public_books_without_a_fund_say_so(client):
    assert client.get(url("public")).status_code == 200


def test_pages_of_work_ask_strangers_to_sign_in_and_refuse_families(client, league):
    settlement = a_settlement(league)
    for page in (url("finance"), url("account"), url("settlement", settlement.pk)):
        assert client.get(page).status_code == 302
    client.force_login(make_user())
    for page in (url("finance"), url("account"), url("settlement", settlement.pk)):
        assert client.get(page).status_code == 403


def test_second_receipt_typed_into_the_sent_form_is_not_taken_for_a_double_click(client, finance, league):
    """Back, another notice over the same amount, sent: the page said that it had arrived, and nothing was booked."""
    fund = make_fund(league=league)
    form = {"amount": "1000", "document": "津财拨〔2026〕1号", "submission_id": str(uuid.uuid4())}
    assert client.post(url("receive", fund.pk), form).status_code == 302
    assert client.post(url("receive", fund.pk), form).status_code == 302

    page = client.post(
        url("receive", fund.pk), {**form, "document": "津财拨〔2026〕2号"}, headers={"accept-language": "en"}
    )

    assert page.status_code == 422
    assert "booked already with another amount, line or document" in text(page)
    fund.refresh_from_db()
    assert fund.received == 100_000
