"""Entries balance, move the stored balances, and cannot be undone but by another entry."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from core.money import format_plain, parse_money, to_decimal
from core.time import today
from funding import funds, ledger
from funding.ledger import Kind, Move
from funding.models import Account, Entry, FundHistory, Period, Transfer
from organisations.acting import clock
from tests.factories.funding import make_finance, make_fund, make_line

pytestmark = pytest.mark.django_db
BY = clock("tests")


def post(line, source, target, amount, *, key="k", at, **more):
    accounts = ledger.accounts_of(line.fund_id, line.pk)
    with transaction.atomic():
        return ledger.post(
            key,
            kind=more.pop("kind", Entry.Kind.RESERVE),
            transfers=[Move(accounts[source], accounts[target], amount)],
            memo="",
            by=BY,
            at=at,
            **more,
        )


def balances(line):
    line.refresh_from_db()
    return line.allocated, line.available, line.committed, line.payable, line.paid


def test_post_moves_the_stored_balances_with_the_entry(now):
    line = make_line(1000)

    entry, is_new = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)

    assert is_new
    assert balances(line) == (1000, 700, 300, 0, 0)
    transfer = entry.transfers.get()
    assert (transfer.credit.kind, transfer.debit.kind, transfer.amount) == (Kind.AVAILABLE, Kind.COMMITTED, 300)
    assert (entry.booked_on, entry.system) == (today(now), "tests")


def test_post_the_same_key_twice_changes_nothing(now):
    line = make_line(1000)
    first, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)

    again, is_new = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now + timedelta(days=1))

    assert (again, is_new) == (first, False)
    assert balances(line) == (1000, 700, 300, 0, 0)


def test_post_the_same_key_with_another_amount_is_refused(now):
    line = make_line(1000)
    post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)

    with pytest.raises(ledger.KeyReused):
        post(line, Kind.AVAILABLE, Kind.COMMITTED, 301, at=now)

    assert balances(line) == (1000, 700, 300, 0, 0)


def test_post_more_than_a_line_has_is_refused_and_leaves_no_entry(now):
    line = make_line(1000)

    with pytest.raises(ledger.NotEnough):
        post(line, Kind.AVAILABLE, Kind.COMMITTED, 1001, at=now)

    assert not Entry.objects.filter(key="k").exists()
    assert balances(line) == (1000, 1000, 0, 0, 0)


def test_post_more_than_the_fund_has_unallocated_is_refused(now):
    line = make_line(1000)

    with pytest.raises(ledger.NotEnough):
        post(line, Kind.UNALLOCATED, Kind.AVAILABLE, 1, at=now)


def test_post_into_a_closed_period_is_refused_with_a_sentence(now):
    line = make_line(1000)
    funds.close_period(line.fund, ends_on=today(now) - timedelta(days=1), by=BY, now=now)

    with pytest.raises(ledger.PeriodClosed):
        post(line, Kind.AVAILABLE, Kind.COMMITTED, 1, at=now - timedelta(days=1))

    post(line, Kind.AVAILABLE, Kind.COMMITTED, 1, at=now)


def test_close_period_twice_by_one_person_closes_it_once(now):
    fund, yesterday = make_fund(1000), today(now) - timedelta(days=1)
    by = make_finance(fund.league)

    first, again = (funds.close_period(fund, ends_on=yesterday, by=by, now=now) for _click in range(2))

    assert (first, first.closed_by, first.closed_at) == (again, by.user, now)
    assert FundHistory.objects.filter(verb="close_period", after=yesterday.isoformat()).count() == 1
    with pytest.raises(funds.PeriodNotOver, match="closed up to that day already"):
        funds.close_period(fund, ends_on=yesterday, by=make_finance(fund.league), now=now)


def test_close_period_while_an_entry_is_dated_ahead_is_refused(now):
    """A clock that ran ahead wrote it; closed, nobody could tell which period it belongs to."""
    fund = make_fund(1000, now=now + timedelta(days=1))

    with pytest.raises(funds.DatedAhead):
        funds.close_period(fund, ends_on=today(now) - timedelta(days=1), by=BY, now=now)

    assert not Period.objects.exists()


def test_period_cannot_be_opened_again(now):
    fund = make_fund(1000)
    funds.close_period(fund, ends_on=today(now) - timedelta(days=1), by=BY, now=now)

    for statement in ("UPDATE funding_period SET ends_on = '2020-01-01'", "DELETE FROM funding_period"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_reversal_of_a_closed_period_lands_in_the_open_one(now):
    line = make_line(1000, now=now - timedelta(days=3))
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now - timedelta(days=2))
    funds.close_period(line.fund, ends_on=today(now) - timedelta(days=1), by=BY, now=now)

    with transaction.atomic():
        back, _ = ledger.reverse(entry, memo="typing error", by=BY, at=now)

    assert back.booked_on == today(now)
    assert balances(line) == (1000, 1000, 0, 0, 0)


def test_close_period_that_is_not_over_or_before_a_closed_one_is_refused(now):
    fund = make_fund(1000)
    yesterday = today(now) - timedelta(days=1)

    with pytest.raises(funds.PeriodNotOver):
        funds.close_period(fund, ends_on=today(now), by=BY, now=now)
    funds.close_period(fund, ends_on=yesterday, by=BY, now=now)
    with pytest.raises(funds.PeriodNotOver):
        funds.close_period(fund, ends_on=yesterday, by=BY, now=now)

    assert Period.objects.get().ends_on == yesterday


def test_reverse_undoes_an_entry_once_and_names_it(now):
    line = make_line(1000)
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)

    with transaction.atomic():
        back, is_new = ledger.reverse(entry, memo="typing error", by=BY, at=now)
        again, is_again_new = ledger.reverse(entry, memo="typing error", by=BY, at=now)

    assert (back.reverses, is_new) == (entry, True)
    assert (again, is_again_new) == (back, False)
    assert balances(line) == (1000, 1000, 0, 0, 0)


def test_entry_is_reversed_by_one_entry_only(now):
    line = make_line(1000)
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)
    post(line, Kind.COMMITTED, Kind.AVAILABLE, 300, key="back", at=now, reverses=entry)

    with pytest.raises(IntegrityError):
        post(line, Kind.AVAILABLE, Kind.COMMITTED, 100, key="back again", at=now, reverses=entry)


@pytest.mark.parametrize("table", ["funding_entry", "funding_transfer", "funding_account", "funding_settlementrule"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_books_refuse_update_and_delete_in_the_database(table, statement):
    make_line(1000)

    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_transfer_in_another_currency_than_its_accounts_is_refused_by_the_database(now):
    line = make_line(1000)
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)
    accounts = ledger.accounts_of(line.fund_id, line.pk)

    with pytest.raises(IntegrityError, match="currency"), transaction.atomic():
        Transfer.objects.create(
            entry=entry, debit=accounts["paid"], credit=accounts["payable"], amount=1, currency="JPY"
        )


def test_transfer_between_two_currencies_is_refused_by_the_database(now):
    line = make_line(1000)
    yen = ledger.accounts_of(make_fund(currency="JPY").pk)[Kind.UNALLOCATED]
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)
    here = ledger.accounts_of(line.fund_id, line.pk)[Kind.AVAILABLE]

    with pytest.raises(IntegrityError, match="currency"), transaction.atomic():
        Transfer.objects.create(entry=entry, debit=yen, credit=here, amount=1, currency="CNY")


def test_entry_in_a_second_currency_is_refused_by_the_database(now):
    """Each transfer would balance by itself, but the entry would say that yuan and yen are one happening."""
    line = make_line(1000)
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)
    yen = ledger.accounts_of(make_fund(currency="JPY").pk)

    with pytest.raises(IntegrityError, match="second currency"), transaction.atomic():
        Transfer.objects.create(
            entry=entry, debit=yen[Kind.UNALLOCATED], credit=yen[Kind.OUTSIDE], amount=1, currency="JPY"
        )


@pytest.mark.parametrize(("currency", "text"), [("CNY", "10.05"), ("JPY", "1005"), ("KWD", "1.005")])
def test_fund_in_any_currency_keeps_its_minor_units(now, currency, text):
    amount = parse_money(text, currency)
    line = make_line(amount, fund=make_fund(amount, currency=currency))

    post(line, Kind.AVAILABLE, Kind.COMMITTED, amount, at=now)

    assert (amount, balances(line)) == (1005, (1005, 0, 1005, 0, 0))
    assert format_plain(line.committed, currency) == f"{to_decimal(1005, currency):,}"
    assert set(Transfer.objects.values_list("currency", flat=True)) == {currency}


def test_transfer_in_a_closed_period_is_refused_by_the_database(now):
    line = make_line(1000, now=now - timedelta(days=2))
    entry = Entry.objects.get(kind=Entry.Kind.ALLOCATE)
    funds.close_period(line.fund, ends_on=date(2026, 11, 23), by=BY, now=now)
    accounts = ledger.accounts_of(line.fund_id, line.pk)

    with pytest.raises(IntegrityError, match="closed period"), transaction.atomic():
        Transfer.objects.create(
            entry=entry, debit=accounts["paid"], credit=accounts["payable"], amount=1, currency="CNY"
        )


@pytest.mark.parametrize(("amount", "is_self"), [(0, False), (-1, False), (1, True)])
def test_transfer_of_nothing_or_to_itself_is_refused_by_the_database(now, amount, is_self):
    line = make_line(1000)
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)
    accounts = ledger.accounts_of(line.fund_id, line.pk)
    debit = accounts["payable"] if is_self else accounts["paid"]

    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(entry=entry, debit=debit, credit=accounts["payable"], amount=amount, currency="CNY")


@pytest.mark.parametrize(
    "change",
    ["available = available + 1", "available = -1, committed = committed + 1001", "allocated = 999"],
)
def test_budget_line_that_does_not_add_up_is_refused_by_the_database(change):
    line = make_line(1000)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE funding_budgetline SET {change} WHERE id = {line.pk}")


def test_entries_of_a_line_are_those_that_touched_it(now):
    line, other = make_line(1000), make_line(1000)
    entry, _ = post(line, Kind.AVAILABLE, Kind.COMMITTED, 300, at=now)

    assert set(Entry.objects.touching(line).values_list("kind", flat=True)) == {"allocate", "reserve"}
    assert entry not in Entry.objects.touching(other)
    assert (str(entry), str(entry.transfers.get())[0]) == ("k", str(entry.transfers.get().credit_id)[0])


def test_account_codes_say_where_the_money_stands():
    line = make_line(1000)

    codes = set(Account.objects.values_list("code", flat=True))

    assert codes == {f"fund:{line.fund_id}/{kind}" for kind in ("outside", "unallocated")} | {
        f"line:{line.pk}/{kind}" for kind in ("available", "committed", "payable", "paid")
    }
    assert str(Account.objects.get(code=f"line:{line.pk}/paid")) == f"line:{line.pk}/paid"
