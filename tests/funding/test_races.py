"""Two approvers and the last yuan: one gets it. Without the guard the same rounds over-commit."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import F

from core.errors import StaleState
from core.time import today
from funding import allowances, carrying, commitments, donations, funds, ledger, payouts, settlements
from funding.commitments import BudgetShort
from funding.invariants import INVARIANTS
from funding.models import BudgetLine, Commitment, Entry, Payout
from notifications.models import Message
from organisations.acting import clock
from tests import races
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_donation,
    make_finance,
    make_fund,
    make_line,
    make_payout,
    make_settlement,
)
from tests.factories.organisations import make_organisation
from tests.proving import share

pytestmark = pytest.mark.race
BY = clock("tests")
AMOUNT = 100
RACERS = (2, 4, 10)


def rounds(target: int):
    """Yield a number of racers for each round: mostly pairs, which find a missing lock soonest."""
    for number in range(target):
        yield RACERS[number % len(RACERS)]


def last_yuan(racers: int, provider, reserve) -> tuple[int, int, list[BaseException]]:
    """Let the racers reserve the only amount of a line; return what is committed, what was there, and odd errors."""
    line = make_line(AMOUNT)
    tasks = [partial(reserve, line.pk, AMOUNT, provider=provider, reference=f"{line.pk}-{n}") for n in range(racers)]
    race = races.run(*tasks)
    committed = sum(Commitment.objects.filter(line=line).values_list("amount", flat=True))
    return committed, AMOUNT, race.errors_other_than(BudgetShort)


def guarded(line_id, amount, **more):
    return commitments.reserve(line_id, amount, by=BY, now=NOW, **more)


def race_for_the_last_yuan(target: int) -> int:
    """Race so many rounds; return how many were raced."""
    raced, provider = 0, make_organisation()
    for racers in rounds(target):
        committed, available, odd = last_yuan(racers, provider, guarded)
        assert odd == []
        assert committed == available
        raced += 1
    lines = BudgetLine.objects.exclude(allocated=F("available") + F("committed") + F("payable") + F("paid"))
    assert not lines.exists()
    assert not BudgetLine.objects.filter(available__lt=0).exists()
    return raced


def test_reserve_the_last_yuan_in_a_race_one_wins(fresh_db):
    assert race_for_the_last_yuan(20) == 20


@pytest.mark.prove
def test_reserve_the_last_yuan_in_a_race_one_wins_in_200_rounds(fresh_db):
    assert race_for_the_last_yuan(share(210)) == share(210)


def unguarded(line_id, amount, *, provider, reference):
    """Read in autocommit, look, and write whatever was read: what software without a lock does."""
    line = BudgetLine.objects.get(pk=line_id)
    if line.available < amount:
        raise BudgetShort(line, amount)
    Commitment.objects.create(line=line, provider=provider, reference=reference, amount=amount, opened_at=NOW)
    BudgetLine.objects.filter(pk=line_id).update(available=F("available") - amount, committed=F("committed") + amount)


def drop_checks() -> None:
    """Take the line's constraints away, as the negative control asks."""
    model = BudgetLine
    checks = [c for c in model._meta.constraints if c.name.startswith("budgetline_") and "once" not in c.name]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        return
    with connection.schema_editor() as editor:
        for check in checks:
            editor.remove_constraint(model, check)


def unguarded_here(*args, **more):
    """Do it on a connection that ignores CHECK constraints (on SQLite that is a setting of each connection)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
    return unguarded(*args, **more)


def over_committed_without_the_guard(target: int) -> int:
    """Return in how many of the rounds more was committed than there was."""
    drop_checks()
    provider, over = make_organisation(), 0
    for racers in rounds(target):
        committed, available, odd = last_yuan(racers, provider, unguarded_here)
        assert odd == []
        over += committed > available
    return over


def test_reserve_without_the_guard_over_commits_in_the_same_rounds(fresh_db):
    assert over_committed_without_the_guard(20) > 0


@pytest.mark.prove
def test_reserve_without_the_guard_over_commits_in_200_rounds(fresh_db, record_property):
    over = over_committed_without_the_guard(share(210))

    record_property("rounds over-committed without the guard", over)
    assert over > 0


def test_mark_paid_by_two_people_with_one_slip_pays_once(fresh_db):
    for number in range(5):
        payout = payouts.send(make_payout(600), by=make_finance(), now=NOW)
        people = [make_finance(), make_finance()]

        race = races.run(
            *[partial(payouts.mark_paid, payout, bank_reference=f"ABC{number}", by=by, now=NOW) for by in people]
        )

        assert race.errors == []
        assert Entry.objects.filter(kind="pay", payout=payout).count() == 1
        payout.settlement.commitment.line.refresh_from_db()
        assert payout.settlement.commitment.line.paid == 600


def test_queue_by_two_people_makes_one_payout(fresh_db):
    for _round in range(5):
        first = make_payout(600)
        payouts.mark_failed(first, reason="账号错误", by=make_finance(), now=NOW)
        people = [make_finance(), make_finance()]

        race = races.run(*[partial(payouts.queue, first.settlement, by=by, now=NOW) for by in people])

        assert race.errors == []
        assert Payout.objects.filter(settlement=first.settlement).alive().count() == 1


def test_approve_by_two_people_makes_the_amount_payable_once(fresh_db):
    for _round in range(5):
        settlement = make_settlement(600)
        people = [make_finance(), make_finance()]

        race = races.run(*[partial(settlements.approve, settlement, by=by, now=NOW) for by in people])

        assert race.errors == []
        line = BudgetLine.objects.get(pk=settlement.commitment.line_id)
        assert (line.payable, line.committed) == (600, 0)
        assert settlement.history.filter(verb="approve").count() == 1
        told = Message.objects.filter(kind="settlement_approved").values_list("recipient", "cause")
        assert sorted(told) == sorted(set(told))


def test_send_by_two_people_sends_once(fresh_db):
    for _round in range(5):
        payout = make_payout(600)
        people = [make_finance(), make_finance()]

        race = races.run(*[partial(payouts.send, payout, by=by, now=NOW) for by in people])

        assert race.errors == []
        assert payout.history.filter(verb="send").count() == 1


def test_paid_and_returned_at_once_leave_one_word_of_the_bank(fresh_db):
    for number in range(5):
        payout = payouts.send(make_payout(600), by=make_finance(), now=NOW)
        one, two = make_finance(), make_finance()

        race = races.run(
            partial(payouts.mark_paid, payout, bank_reference=f"X{number}", by=one, now=NOW),
            partial(payouts.mark_paid, payout, bank_reference=f"Y{number}", by=two, now=NOW),
            partial(payouts.mark_failed, payout, reason="退票", by=two, now=NOW),
        )

        assert race.errors_other_than(StaleState) == []
        assert len(race.errors) == 2
        payout.refresh_from_db()
        line = BudgetLine.objects.get(pk=payout.settlement.commitment.line_id)
        assert (line.paid, line.payable) == ((600, 0) if payout.status == "paid" else (0, 600))


def test_void_in_a_race_happens_once(fresh_db):
    for _round in range(5):
        line = make_line(AMOUNT)
        commitment = guarded(line.pk, AMOUNT, provider=make_organisation(), reference=f"V-{line.pk}")

        race = races.run_same(4, partial(commitments.void, commitment, by=BY, now=NOW, reason="取消"))

        assert race.errors == []
        line.refresh_from_db()
        assert (line.available, line.committed) == (AMOUNT, 0)


def test_locks_are_held_until_the_transaction_ends(fresh_db):
    line = make_line(AMOUNT)
    provider = make_organisation()

    def hold():
        with transaction.atomic():
            return guarded(line.pk, AMOUNT, provider=provider, reference="H")

    race = races.run_same(2, hold)

    assert len(race.results) == 1
    assert [type(error) for error in race.errors] == [BudgetShort]


def test_post_outside_a_transaction_is_refused(fresh_db):
    line = make_line(AMOUNT)
    accounts = ledger.accounts_of(line.fund_id, line.pk)
    move = ledger.Move(accounts["available"], accounts["committed"], 1)

    with pytest.raises(transaction.TransactionManagementError):
        ledger.post("k", kind=Entry.Kind.RESERVE, transfers=[move], memo="", by=BY, at=NOW)


def test_carry_over_while_settlements_are_approved_and_orders_dropped_loses_nothing(fresh_db):
    """Whoever read a commitment on its old line finds it on the new one, and each happens once."""
    for number in range(5):
        line = make_line(1000)
        target = make_line(1, fund=make_fund(1, league=line.fund.league, ends_on=date(2027, 12, 31)))
        by = make_finance(line.fund.league)
        dropped, settled = (make_commitment(300, line=line, provider=make_organisation()) for _one in range(2))
        settlement = make_settlement(300, commitment=settled)

        race = races.run(
            partial(carrying.carry_over, line, target, by=by, now=NOW, key=f"carry:{number}"),
            partial(carrying.carry_over, line, target, by=by, now=NOW, key=f"carry:{number}"),
            partial(commitments.void, dropped, by=BY, now=NOW, reason="取消"),
            partial(settlements.approve, settlement, by=by, now=NOW),
        )

        assert race.errors_other_than(carrying.NothingOpen) == []
        for one in (line, target):
            one.refresh_from_db()
        assert (line.committed + target.committed, line.payable + target.payable) == (0, 300)
        assert line.allocated + target.allocated == 1001
        assert [promise.key for promise in INVARIANTS if promise.check().breaches] == []


def test_allowance_that_ends_while_the_last_of_it_is_reserved_goes_one_way(fresh_db):
    """Whoever began to approve before midnight meets the clock after it."""
    for number in range(5):
        line = allowances.set_return(make_line(AMOUNT), date(2026, 12, 1), by=BY, now=NOW)
        later = NOW + timedelta(days=10)
        provider = make_organisation()

        race = races.run(
            partial(commitments.reserve, line.pk, AMOUNT, provider=provider, reference=f"L{number}", by=BY, now=NOW),
            partial(allowances.give_back, line.pk, by=BY, now=later),
            partial(allowances.give_back, line.pk, by=BY, now=later),
        )

        assert race.errors_other_than(BudgetShort) == []
        line.refresh_from_db()
        line.fund.refresh_from_db()
        assert (line.available, line.committed + line.fund.unallocated) == (0, AMOUNT)
        assert Entry.objects.filter(kind="give_back", key__startswith=f"line:{line.pk}/").count() <= 1


def test_donation_booked_by_two_people_arrives_once(fresh_db):
    for number in range(5):
        donation = make_donation(600)
        people = [make_finance(donation.fund.league) for _one in range(2)]

        race = races.run(
            *[
                partial(donations.receive, donation, amount=600, bank_reference=f"G{number}", by=by, now=NOW)
                for by in people
            ]
        )

        assert race.errors == []
        donation.fund.refresh_from_db()
        assert donation.fund.received == 600


def test_period_closed_while_money_moves_holds_nothing_that_came_after(fresh_db):
    """An entry dated in the period is there before it is closed, or is refused."""
    for number in range(5):
        fund = make_fund(1000, now=NOW - timedelta(days=2))
        by, late = make_finance(fund.league), NOW - timedelta(days=1)

        race = races.run(
            partial(funds.close_period, fund, ends_on=today(late), by=by, now=NOW),
            partial(funds.receive, fund, 1, document="d", by=BY, now=late, key=f"late:{number}"),
            partial(make_line, 10, fund=fund, now=late),
        )

        assert race.errors_other_than(ledger.PeriodClosed) == []
        fund.refresh_from_db()
        assert fund.received == 1000 + Entry.objects.filter(key=f"late:{number}").count()
