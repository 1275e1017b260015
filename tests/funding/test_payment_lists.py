"""The list of all transfers and its choices; long lists of finance go on page by page at the price of the first."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from funding import payment_lists, payouts
from funding.views import finance as finance_page
from funding.views import funds
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
from tests.factories.organisations import make_organisation

pytestmark = pytest.mark.django_db
PAGE = "/funding/payouts/"


@pytest.fixture
def finance(client):
    by = make_finance(make_league())
    client.force_login(by.user)
    return by


@pytest.fixture
def line(finance):
    return make_line(1_000_000, fund=make_fund(1_000_000, league=finance.organisation))


def approved(line, now=NOW, provider=None):
    commitment = make_commitment(line=line, provider=provider, now=now)
    return make_settlement(commitment=commitment, approved_by=make_finance(), now=now)


def shown(client, **asked):
    return [row.reference for row in client.get(PAGE, asked).context["page"].object_list]


def test_transfers_are_chosen_by_state_month_and_words(client, finance, line):
    old = make_paid_payout(settlement=approved(line), now=datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    first = make_paid_payout(settlement=approved(line), now=datetime(2026, 10, 31, 16, 0, tzinfo=UTC))
    waiting = make_payout(settlement=approved(line, provider=make_organisation("provider", name="晨光社")))
    back = make_paid_payout(settlement=approved(line))
    payouts.mark_returned(back, reason="x", by=finance, now=NOW)
    make_paid_payout()  # another League's

    assert shown(client) == [one.reference for one in (back, waiting, first, old)]
    assert shown(client, state="paid") == [first.reference, old.reference]
    assert shown(client, state="way") == shown(client, q="晨光") == [waiting.reference]
    assert shown(client, state="back") == [back.reference]
    assert shown(client, month="2026-10") == [old.reference]
    assert shown(client, q=f"{first.reference} nothing") == []
    assert len(shown(client, state="x", month="2026-13", q=" ")) == 4
    page = client.get(PAGE, {"state": "paid", "month": "2026-10", "q": "BC", "lang": "en"}).content.decode()
    assert "/workbench/export/payouts.xlsx?state=paid&amp;month=2026-10&amp;q=BC" in page
    assert "1 transfer, ¥100.00" in page


def test_december_ends_with_the_year():
    span = payment_lists.chosen({"month": "2026-12"}).span

    assert span == (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC))


def test_what_is_to_be_paid_goes_on_and_its_sum_is_of_all(client, finance, line, monkeypatch):
    monkeypatch.setattr(finance_page, "ROWS", 2)
    rows = [approved(line) for _number in range(3)]
    for one in rows:
        make_payee_account(one.commitment.provider)
    url = reverse("funding:finance")

    first = client.get(url)
    second = client.get(url, {"pay-after": rows[1].pk})

    assert [row["settlement"] for row in first.context["to_pay"]] == rows[:2]
    assert [row["settlement"] for row in second.context["to_pay"]] == rows[2:]
    assert second.context["all_to_pay"] == {"n": 3, "sum": 30_000}
    assert f"?pay-after={rows[1].pk}#pay-h" in first.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_and_three(client, finance, line, count, django_assert_num_queries):
    for _number in range(count):
        approved(line)
        make_payout(settlement=approved(line))
    client.get(PAGE)

    with django_assert_num_queries(4):
        client.get(PAGE)
    with django_assert_num_queries(17):
        client.get(reverse("funding:finance"))


def test_every_page_of_a_lines_statement_knows_what_was_available(client, finance, line, monkeypatch):
    for number in range(5):
        make_commitment(1_000 * (number + 1), line=line)
    url = reverse("funding:line", args=[line.pk])
    whole = [row.left for row in client.get(url).context["rows"]]
    assert whole == [985_000, 990_000, 994_000, 997_000, 999_000, 1_000_000]
    monkeypatch.setattr(funds, "ROWS", 2)

    first = client.get(url)
    second = client.get(url, {"after": first.context["page"].next})
    third = client.get(url, {"after": second.context["page"].next})
    back = client.get(url, {"before": third.context["page"].previous})

    pages = [[row.left for row in one.context["rows"]] for one in (first, second, third)]
    assert [left for page in pages for left in page] == whole
    assert [row.left for row in back.context["rows"]] == pages[1]
