"""Statements and the trial balance say what the ledger says, for any days."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.time import today
from funding import balances, funds, ledger
from funding.balances import Span
from funding.ledger import Kind
from funding.models import Account, Entry
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import make_commitment, make_finance, make_fund, make_line

pytestmark = pytest.mark.django_db
BY = clock("tests")
DAY = timedelta(days=1)


def on(day):
    """Return that day of November 2026 as the moment of a booking."""
    return NOW.replace(day=day)


def a_year(now):
    """Money of four days: 1,000 received and allocated on the 2nd, 300 and 200 committed on the 5th and 9th."""
    line = make_line(1000, now=on(2))
    make_commitment(300, line=line, now=on(5))
    make_commitment(200, line=line, now=on(9))
    return line


def span(first, last):
    return Span(date(2026, 11, first), date(2026, 11, last))


def account(line, kind):
    return ledger.accounts_of(line.fund_id, line.pk)[kind]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((1, 30), (0, 1000, 500, 500)),
        ((2, 2), (0, 1000, 0, 1000)),
        ((3, 4), (1000, 0, 0, 1000)),
        ((5, 9), (1000, 0, 500, 500)),
        ((9, 9), (700, 0, 200, 500)),
        ((10, 30), (500, 0, 0, 500)),
    ],
)
def test_standing_has_opening_turnover_and_closing_of_the_days(now, days, expected):
    line = a_year(now)

    found = balances.standing(account(line, Kind.AVAILABLE), span(*days))

    assert (found.opening, found.debited, found.credited, found.closing) == expected


def test_movements_have_the_balance_after_each_in_the_order_of_the_books(now):
    line = a_year(now)
    available = account(line, Kind.AVAILABLE)

    days = span(5, 30)
    opening = balances.balance_before(available, days.since)
    rows = list(balances.seen_from(available, opening, balances.movements(available, days)))

    assert [(row.came, row.went, row.balance) for row in rows] == [(None, 300, 700), (None, 200, 500)]
    assert {row.other.kind for row in rows} == {"committed"}


def test_trial_balance_of_a_fund_balances_and_of_a_line_is_its_part(now):
    line = a_year(now)

    rows = balances.trial_balance(line.fund, span(5, 9))
    sums = balances.sums_of(rows)

    assert {row.account.kind: row.closing for row in rows} == {
        "outside": -1000,
        "unallocated": 0,
        "available": 500,
        "committed": 500,
        "payable": 0,
        "paid": 0,
    }
    assert [row.account.kind for row in rows][:2] == ["outside", "unallocated"]
    assert sums.is_balanced
    assert (sums.debited, sums.credited) == (500, 500)
    of_line = balances.trial_balance(line.fund, span(5, 9), line)
    assert [row for row in rows if row.account.line_id] == of_line


def test_trial_balance_costs_the_same_for_one_line_and_three(now, django_assert_num_queries):
    fund = make_fund(3000)
    for theme in ("", "law", "mind"):
        make_line(1000, fund=fund, theme_slug=theme)

    with django_assert_num_queries(3):
        balances.trial_balance(fund, span(1, 30))


def test_default_span_begins_with_the_fund_or_with_its_books(now):
    fund = make_fund(1000, starts_on=date(2026, 12, 1))

    assert balances.default_span(fund, today(now)) == Span(today(now), today(now))
    assert balances.default_span(make_fund(), today(now)) == Span(date(2026, 1, 1), today(now))


DAYS = st.integers(1, 30)
STEPS = st.lists(st.tuples(DAYS, st.integers(1, 300), st.sampled_from(["receive", "allocate", "reserve"])), max_size=12)


@pytest.mark.slow
@given(steps=STEPS, first=DAYS, length=st.integers(0, 29))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_days_of_any_books_join_without_a_gap(steps, first, length):
    """Before, within and after a span add up to the stored balance, for every account; and each span balances."""
    with transaction.atomic():
        line = make_line(5000, now=on(1))
        for number, (day, amount, what) in enumerate(sorted(steps)):
            if what == "receive":
                funds.receive(line.fund, amount, document=f"d{number}", by=BY, now=on(day), key=f"r{number}")
            elif what == "allocate":
                funds.receive(line.fund, amount, document=f"d{number}", by=BY, now=on(day), key=f"r{number}")
                funds.allocate(line.fund, line.region, amount, by=BY, now=on(day), key=f"a{number}")
            else:
                make_commitment(amount, line=line, now=on(day))
        last = min(first + length, 30)
        for found in Account.objects.filter(fund=line.fund):
            within = balances.standing(found, span(first, last))
            after = balances.standing(found, Span(date(2026, 11, last) + DAY, date(2027, 1, 1)))
            assert within.closing == after.opening
            rows = list(balances.seen_from(found, within.opening, balances.movements(found, span(first, last))))
            assert (rows[-1].balance if rows else within.opening) == within.closing
        assert balances.sums_of(balances.trial_balance(line.fund, span(first, last))).is_balanced
        line.refresh_from_db()
        assert balances.standing(account(line, Kind.AVAILABLE), span(1, 30)).closing == line.available
        transaction.set_rollback(True)


def test_entry_of_somebody_elses_fund_is_not_visible(now):
    line, other = make_line(1000), make_line(1000)
    by = make_finance(line.fund.league)

    assert set(Account.objects.visible_to(by)) == set(line.fund.accounts.all())
    assert Entry.objects.visible_to(by).count() == 2
    assert other.fund.accounts.count() == 6
