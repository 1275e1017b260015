"""Pages of the books: statements, trial balance, closed periods, corrections, documents, and their spreadsheets."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.time import today
from funding import funds, ledger
from funding.models import Entry, Period
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_donation,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_received_donation,
    make_settlement,
    make_spending,
)
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
EARLIER = NOW - timedelta(days=10)
YESTERDAY = "2026-11-23"
EN = {"accept-language": "en"}
FORM = "7b2c8a3e-4f0e-4f63-9a6c-0d1d6f1f2a11"


@pytest.fixture(autouse=True)
def _stand_still(monkeypatch):
    monkeypatch.setattr("funding.views.books.timezone.now", lambda: NOW)
    monkeypatch.setattr("dashboards.views.exports.timezone.now", lambda: NOW)


@pytest.fixture
def league():
    return make_league()


@pytest.fixture
def finance(client, league):
    by = make_finance(league)
    client.force_login(by.user)
    return by


@pytest.fixture
def line(league):
    return make_line(100_000, fund=make_fund(100_000, league=league, now=EARLIER), now=EARLIER)


def url(name, *args):
    return reverse(f"funding:{name}", args=args)


def text(response):
    return response.content.decode()


def account(line, kind):
    return ledger.accounts_of(line.fund_id, line.pk)[kind]


def sheet(client, what, **query):
    answer = client.get(f"/workbench/export/{what}.xlsx", query, headers=EN)
    assert answer.status_code == 200
    page = load_workbook(BytesIO(answer.content)).active
    return [[cell.value for cell in row] for row in page.iter_rows()], page


def test_trial_balance_shows_every_account_of_the_days_and_that_it_balances(client, finance, line):
    make_commitment(30_000, line=line)

    page = client.get(url("books", line.fund_id), {"since": "2026-11-15", "until": "2026-11-24"}, headers=EN)

    rows = {row.account.kind: (row.opening, row.debited, row.credited, row.closing) for row in page.context["rows"]}
    assert rows["outside"] == (-100_000, 0, 0, -100_000)
    assert rows["available"] == (100_000, 0, 30_000, 70_000)
    assert rows["committed"] == (0, 30_000, 0, 30_000)
    assert "It balances" in text(page)
    assert url("account-statement", account(line, "available").pk) in text(page)


def test_trial_balance_of_a_line_holds_its_accounts_only(client, finance, line):
    page = client.get(url("books", line.fund_id), {"line": line.pk})

    assert {row.account.line for row in page.context["rows"]} == {line}
    assert client.get(url("books", line.fund_id), {"line": make_line(1).pk}).status_code == 404
    assert client.get(url("books", line.fund_id), {"line": "x"}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_trial_balance_costs_the_same_for_one_line_and_three(client, finance, league, count, django_assert_num_queries):
    fund = make_fund(100_000, league=league)
    for theme in ["", "law", "mind"][:count]:
        make_line(1000, fund=fund, theme_slug=theme)
    client.get(url("books", fund.pk))

    with django_assert_num_queries(7):
        client.get(url("books", fund.pk))


@pytest.mark.parametrize("count", [1, 3])
def test_statement_costs_the_same_for_one_row_and_three(client, finance, line, count, django_assert_num_queries):
    for _number in range(count):
        make_spending(line, 1)
    paid = url("account-statement", account(line, "paid").pk)
    client.get(paid)

    with django_assert_num_queries(9):
        client.get(paid)


def test_statement_goes_from_the_opening_to_the_closing_balance(client, finance, line):
    make_commitment(30_000, line=line, reference="BC-1")
    make_spending(line, 500)
    available = account(line, "available")

    page = client.get(url("account-statement", available.pk), {"since": "2026-11-20", "until": "2026-11-24"})

    standing, rows = page.context["standing"], page.context["rows"]
    assert (standing.opening, standing.closing) == (100_000, 69_500)
    assert [(row.went, row.balance) for row in rows] == [(30_000, 70_000), (500, 69_500)]
    spent = Entry.objects.get(kind="spend")
    assert url("document", spent.pk) in text(page)
    assert url("correct", spent.pk) in text(page)
    assert url("correct", Entry.objects.get(kind="reserve").pk) not in text(page)


def test_statement_of_days_that_cannot_be_says_so_and_shows_the_usual_ones(client, finance, line):
    available = url("account-statement", account(line, "available").pk)
    page = client.get(available, {"since": "2026-11-24", "until": "2026-11-01"}, headers=EN)

    assert page.status_code == 422
    assert "lies before the first" in text(page)
    assert page.context["span"].since == date(2026, 1, 1)
    assert client.get(available, {"since": "soon"}).status_code == 422


def test_books_of_another_league_are_not_found(client, finance):
    other = make_line(1000)
    spent = make_spending(other, 1)

    for page in (
        url("books", other.fund_id),
        url("account-statement", account(other, "paid").pk),
        url("periods", other.fund_id),
        url("donations", other.fund_id),
        url("correct", spent.pk),
        url("document", spent.pk),
        url("received", make_donation(fund=other.fund).pk),
        *(url(name, other.pk) for name in ("transfer", "take-back", "set-return", "carry-over", "spend")),
        *(url(name, other.fund_id) for name in ("opening", "refund")),
    ):
        assert client.get(page).status_code == 404
    for what, query in (
        ("trial-balance", {"fund": other.fund_id}),
        ("statement", {"account": account(other, "paid").pk}),
        ("budget-lines", {"fund": other.fund_id}),
        ("fund-history", {"fund": "x"}),
        ("donations", {}),
    ):
        assert client.get(f"/workbench/export/{what}.xlsx", query).status_code == 404


def test_auditor_reads_everything_and_changes_nothing(client, league, line):
    spent = make_spending(line, 1)
    client.force_login(make_member(league, "auditor").user)

    for page in (
        url("books", line.fund_id),
        url("account-statement", account(line, "paid").pk),
        url("periods", line.fund_id),
        url("donations", line.fund_id),
    ):
        assert client.get(page).status_code == 200
    assert b"".join(client.get(url("document", spent.pk)).streaming_content).startswith(b"%PDF")
    assert url("correct", spent.pk) not in text(client.get(url("account-statement", account(line, "paid").pk)))
    for page in (url("periods", line.fund_id), url("donations", line.fund_id), url("correct", spent.pk)):
        assert client.post(page).status_code == 403


def test_officer_allocates_but_neither_closes_nor_corrects(client, league, line):
    client.force_login(make_member(league, "officer").user)

    assert client.get(url("transfer", line.pk)).status_code == 200
    for page in (url("periods", line.fund_id), url("spend", line.pk), url("carry-over", line.pk)):
        assert client.post(page).status_code == 403


def test_close_a_period_once_shows_who_did_and_what_is_open(client, finance, line):
    make_commitment(30_000, line=line)
    make_settlement(5000, approved_by=finance, commitment=make_commitment(5000, line=line))
    make_donation(fund=line.fund)
    page = client.get(url("periods", line.fund_id))
    assert (page.context["unfinished"].commitments, page.context["unfinished"].committed) == (1, 30_000)
    assert (page.context["unfinished"].approved, page.context["unfinished"].payable) == (1, 5000)
    assert page.context["unfinished"].announced == 1

    for _click in range(2):
        answer = client.post(url("periods", line.fund_id), {"ends_on": YESTERDAY, "sure": "on", "submission_id": FORM})
        assert answer.url == url("periods", line.fund_id)

    period = Period.objects.get()
    assert (period.ends_on, period.closed_by) == (date(2026, 11, 23), finance.user)
    assert str(finance.user) in text(client.get(url("periods", line.fund_id)))
    assert line.fund.history.get(verb="close_period").actor == finance.user


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"ends_on": "2026-11-24", "sure": "on"}, "from the day after its last one"),
        ({"ends_on": YESTERDAY}, "This field is required"),
        ({"ends_on": "", "sure": "on"}, "This field is required"),
    ],
)
def test_close_a_period_that_is_not_over_or_not_confirmed_is_refused(client, finance, line, data, words):
    page = client.post(url("periods", line.fund_id), data, headers=EN)

    assert page.status_code == 422
    assert not Period.objects.exists()
    assert words in text(page) or "Last day of the period" in text(page)


def test_close_a_period_from_an_old_page_says_that_it_is_closed(client, finance, line):
    funds.close_period(line.fund, ends_on=today(NOW) - timedelta(days=1), by=make_finance(line.fund.league), now=NOW)

    page = client.post(
        url("periods", line.fund_id), {"ends_on": YESTERDAY, "sure": "on", "submission_id": FORM}, headers=EN
    )

    assert page.status_code == 422
    assert "closed up to that day already" in text(page)


def test_close_a_period_while_something_is_dated_ahead_is_refused_and_shown(client, finance, league):
    fund = make_fund(1000, league=league, now=NOW + timedelta(days=1))

    page = client.post(url("periods", fund.pk), {"ends_on": YESTERDAY, "sure": "on", "submission_id": FORM}, headers=EN)

    assert page.status_code == 422
    assert "bears a later date than today" in text(page)
    assert not Period.objects.exists()


def test_correct_an_entry_twice_books_one_correction(client, finance, line):
    spent = make_spending(line, 500)
    assert "¥5.00" in text(client.get(url("correct", spent.pk)))

    for _click in range(2):
        assert client.post(url("correct", spent.pk), {"reason": "记错街道"}).status_code == 302

    assert Entry.objects.get(reverses=spent).memo == "记错街道"
    line.refresh_from_db()
    assert (line.paid, line.available) == (0, 100_000)
    page = client.post(url("correct", spent.pk), {"reason": "别的"}, headers=EN)
    assert (page.status_code, "corrected already" in text(page)) == (422, True)
    assert "corrected later" in text(client.get(url("account-statement", account(line, "paid").pk), headers=EN))


def test_correct_a_step_of_an_order_is_not_offered(client, finance, line):
    make_commitment(500, line=line)

    page = client.get(url("correct", Entry.objects.get(kind="reserve").pk), headers=EN)

    assert "is a step of an order" in text(page)
    assert '<button class="btn btn-danger' not in text(page)


def test_statement_as_a_file_holds_what_the_page_shows(client, finance, line):
    make_commitment(30_000, line=line, reference="=1+1")
    available = account(line, "available")
    query = {"account": available.pk, "since": "2026-11-20", "until": "2026-11-24"}

    rows, page = sheet(client, "statement", **query)

    assert [row[6] for row in rows[1:]] == [1000, 700, 700]
    assert [row[5] for row in rows[1:]] == [None, 300, None]
    assert (rows[2][2], page["C3"].data_type, page["C3"].quotePrefix) == ("=1+1", "s", True)
    assert page["G3"].number_format == "#,##0.00"


@pytest.mark.parametrize("case", [("JPY", 1005, "#,##0"), ("KWD", 1.005, "#,##0.000")])
def test_trial_balance_as_a_file_has_the_currencys_own_places(client, finance, league, case):
    currency, amount, shown = case
    line = make_line(1005, fund=make_fund(1005, league=league, currency=currency))

    rows, page = sheet(client, "trial-balance", fund=line.fund_id, line=line.pk)

    assert (rows[1][5], rows[1][6], page["F2"].number_format) == (amount, currency, shown)
    assert rows[-1][5] == amount


def test_trial_balance_as_a_file_ends_with_sums_of_zero(client, finance, line):
    rows, _page = sheet(client, "trial-balance", fund=line.fund_id, since="2026-11-01", until="2026-11-24")

    assert (rows[-1][2], rows[-1][3], rows[-1][4], rows[-1][5]) == (0, 2000, 2000, 0)
    assert len(rows) == 1 + 6 + 1


def test_lines_history_and_donations_as_files(client, finance, line):
    make_received_donation(700, fund=line.fund)

    lines, _page = sheet(client, "budget-lines", fund=line.fund_id)
    history, _page = sheet(client, "fund-history", fund=line.fund_id)
    gifts, _page = sheet(client, "donations", fund=line.fund_id)

    assert [row[6] for row in lines[1:]] == [1000, 7]
    assert [row[1] for row in history[1:]] == ["Donation received", "Money allocated", "Money received", "Fund set up"]
    assert [(row[2], row[4]) for row in gifts[1:]] == [(7, "received")]


def test_files_of_the_books_are_refused_to_whoever_may_not_read_them(client, line):
    client.force_login(make_member(line.fund.league, "editor").user)

    for what in ("trial-balance", "statement", "budget-lines", "fund-history", "donations"):
        assert client.get(f"/workbench/export/{what}.xlsx", {"fund": line.fund_id}).status_code == 403


def test_books_speak_chinese(client, finance, line):
    page = text(client.get(url("books", line.fund_id), headers={"accept-language": "zh-hans"}))

    assert "试算平衡表" in page
    assert "借贷相等" in page


def test_clock_that_closes_is_not_named_as_a_person(client, finance, line):
    funds.close_period(line.fund, ends_on=today(NOW) - timedelta(days=1), by=clock("tests"), now=NOW)

    assert client.get(url("periods", line.fund_id)).status_code == 200
