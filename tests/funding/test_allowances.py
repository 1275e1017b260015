"""An allowance of a term: what is unused on its day goes back to the fund once, and can be offered again."""

from datetime import date, timedelta

import pytest
from django.conf import settings

from core.time import today
from funding import allowances, commitments, funds, tasks
from funding.models import BudgetLine, Entry, FundHistory
from notifications.models import Message
from organisations.acting import clock
from organisations.meanwhile import ChangedMeanwhile, state_of
from tests.factories.funding import make_commitment, make_finance, make_fund, make_line
from tests.factories.organisations import make_region

pytestmark = pytest.mark.django_db
BY = clock("tests")


def an_allowance(now, amount=1000, *, days=10, **more):
    line = make_line(amount, **more)
    return allowances.set_return(line, today(now) + timedelta(days=days), by=BY, now=now)


def state(line):
    line.refresh_from_db()
    line.fund.refresh_from_db()
    return line.allocated, line.available, line.committed, line.fund.unallocated


def test_sweep_on_the_day_returns_what_is_unused_and_keeps_what_is_committed(now):
    line = an_allowance(now)
    make_commitment(300, line=line)
    finance = make_finance(line.fund.league)

    assert allowances.sweep(now + timedelta(days=9)) == 0
    assert state(line) == (1000, 700, 300, 0)
    assert allowances.sweep(now + timedelta(days=10)) == 1

    assert state(line) == (300, 0, 300, 700)
    entry = Entry.objects.get(kind="give_back")
    assert (entry.system, entry.key) == ("funding.give_back", f"line:{line.pk}/give_back/2026-12-04/1")
    message = Message.objects.get(kind="allowance_returned", recipient=finance.user)
    assert message.context["amount"] == "¥7.00"


def test_sweep_twice_returns_an_allowance_once(now):
    line = an_allowance(now)
    later = now + timedelta(days=10)

    assert [allowances.sweep(later), allowances.sweep(later)] == [1, 0]
    assert Entry.objects.filter(kind="give_back").count() == 1
    assert state(line) == (0, 0, 0, 1000)


def test_what_a_dropped_order_gives_back_after_the_term_returns_too(now):
    """Otherwise it would lie on a line that nobody looks at any more."""
    line = an_allowance(now)
    commitment = make_commitment(300, line=line)
    later = now + timedelta(days=10)
    allowances.sweep(later)

    commitments.void(commitment, by=BY, now=later, reason="取消")
    assert allowances.sweep(later) == 1

    assert state(line) == (0, 0, 0, 1000)
    assert sorted(Entry.objects.filter(kind="give_back").values_list("key", flat=True)) == [
        f"line:{line.pk}/give_back/2026-12-04/1",
        f"line:{line.pk}/give_back/2026-12-04/2",
    ]


def test_returned_money_is_allocated_to_somebody_else(now):
    line = an_allowance(now)
    allowances.sweep(now + timedelta(days=10))

    other = funds.allocate(line.fund, make_region("天穆镇"), 1000, by=BY, now=now, key="again")

    assert other.available == 1000


def test_allocate_with_a_term_names_it_and_a_new_term_follows(now):
    fund = make_fund(1000)
    first, second = today(now) + timedelta(days=1), today(now) + timedelta(days=30)

    line = funds.allocate(fund, make_region(), 400, returns_on=first, by=BY, now=now, key="a")
    assert line.returns_on == first
    kept = funds.allocate(fund, make_region(), 100, by=BY, now=now, key="b")
    assert kept.returns_on == first
    later = now + timedelta(days=2)
    with pytest.raises(allowances.TermOver) as refusal:
        funds.allocate(fund, make_region(), 100, by=BY, now=later, key="c")
    assert refusal.value.field == "returns_on"
    line = funds.allocate(fund, make_region(), 100, returns_on=second, by=BY, now=later, key="c")

    assert (line.returns_on, line.available) == (second, 600)
    assert list(FundHistory.objects.filter(verb="set_return").values_list("after", flat=True).order_by("pk")) == [
        first.isoformat(),
        second.isoformat(),
    ]


@pytest.mark.parametrize(
    ("day", "words"), [(date(2026, 11, 24), "after today"), (date(2027, 1, 1), "The fund ends on")]
)
def test_set_return_on_a_day_that_cannot_be_is_refused(now, day, words):
    line = make_line(1000)

    with pytest.raises(allowances.ReturnNotAhead, match=words):
        allowances.set_return(line, day, by=BY, now=now)

    assert BudgetLine.objects.get().returns_on is None


def test_set_return_twice_writes_one_row_and_can_be_lifted(now):
    line = make_line(1000)
    day = date(2026, 12, 31)

    for _click in range(2):
        line = allowances.set_return(line, day, by=BY, now=now)
    assert line.history.filter(verb="set_return").count() == 1
    line = allowances.set_return(line, None, by=BY, now=now)

    assert line.returns_on is None
    assert allowances.sweep(now + timedelta(days=100)) == 0


def test_set_return_from_an_old_form_names_who_was_faster(now):
    line = make_line(1000)
    seen = state_of(allowances.return_saves(line))
    allowances.set_return(line, date(2026, 12, 1), by=make_finance(line.fund.league), now=now, seen=seen)

    with pytest.raises(ChangedMeanwhile):
        allowances.set_return(line, date(2026, 12, 2), by=make_finance(line.fund.league), now=now, seen=seen)

    line.refresh_from_db()
    assert line.returns_on == date(2026, 12, 1)


def test_reserve_on_a_line_whose_term_is_over_is_refused_before_its_money_went_back(now):
    """Until the clock has returned it, an order could take money that is promised to others."""
    line = make_line(1000)
    allowances.set_return(line, today(now) + timedelta(days=2), by=BY, now=now)
    make_commitment(100, line=line, now=now + timedelta(days=1))

    with pytest.raises(allowances.TermOver, match="ended on"):
        make_commitment(100, line=line, now=now + timedelta(days=2))


def test_transfer_onto_a_line_whose_term_is_over_is_refused(now):
    fund = make_fund(2000)
    ended = an_allowance(now, fund=fund, days=1)
    line = make_line(1000, fund=fund, region=make_region("天穆镇"))

    with pytest.raises(allowances.TermOver):
        funds.transfer(line, ended, 10, reason="调剂", by=BY, now=now + timedelta(days=1), key="t")

    assert state(line)[:2] == (1000, 1000)


def test_the_clock_returns_allowances(now, monkeypatch):
    """Nobody has to think of it."""
    line = an_allowance(now)
    monkeypatch.setattr("funding.tasks.timezone.now", lambda: now + timedelta(days=10))

    tasks.give_back()

    assert state(line) == (0, 0, 0, 1000)
    assert tasks.give_back.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_one_line_that_refuses_does_not_stop_the_others(now, monkeypatch):
    fund = make_fund(2000)
    lines = [an_allowance(now, fund=fund, region=make_region(name)) for name in ("瑞景街道", "天穆镇")]
    give_back = allowances.give_back

    def refuse_first(line_id, **more):
        if line_id == lines[0].pk:
            raise allowances.TermOver("x")
        return give_back(line_id, **more)

    monkeypatch.setattr(allowances, "give_back", refuse_first)

    assert allowances.sweep(now + timedelta(days=10)) == 1
    assert state(lines[1])[:2] == (0, 0)
