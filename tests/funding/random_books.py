"""A seeded driver that does to money whatever people and the clock may do, beside a ledger of its own in memory.

The second ledger is a dictionary of balances. After each step the rows that it touched are compared with it, so that
a refusal that should not have come, and a step that moved too much, both end the run with the step's name.
"""

# Over budget: twenty kinds of steps share one second ledger; half of them would not see what the others owe.

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from django.db.models import Sum

from core.errors import StaleState
from core.time import today
from funding import (
    advances,
    advancing,
    allowances,
    carrying,
    claims,
    commitments,
    corrections,
    donations,
    funds,
    ledger,
    outside,
    payouts,
    rules,
    second_looks,
    settlements,
)
from funding.invariants import INVARIANTS
from funding.models import BudgetLine, Claim, Commitment, Entry, Fund, Payout, SecondLook, Settlement
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import (
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_paper,
    make_payee_account,
    make_proposed_lines,
    make_rule,
)
from tests.factories.organisations import make_organisation, make_region

PARTS = ("available", "committed", "payable", "paid")
Cell = tuple[str, int, str]
Moves = Counter[Cell]


@dataclass
class Advanced:
    """The second ledger's part about advances."""

    granted: dict[int, tuple[int, int]] = field(default_factory=dict)  # open commitment: advance, amount
    arrived: set[int] = field(default_factory=set)  # advances that were paid
    owed: dict[int, tuple[int, int]] = field(default_factory=dict)  # advance: line, amount still claimed, oldest first
    met: set[int] = field(default_factory=set)  # advances of whose claim a part was set off or repaid


class Books:
    """Two funds of one League with four lines each, one provider, and two people of finance."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.now, self.number = NOW, 0
        self.by, self.done = clock("tests"), Counter[str]()
        league = make_league()
        self.maker, self.checker = make_finance(league), make_finance(league)
        self.provider = make_organisation()
        make_payee_account(self.provider)
        self.funds = [make_fund(10_000, league=league, ends_on=date(year, 12, 31)) for year in (2030, 2031)]
        for fund in self.funds:
            make_rule(fund, advance_share=5_000)
        self.lines: list[BudgetLine] = []
        self.balances: Moves = Counter()
        self.returns: dict[int, date] = {}
        self.open: dict[int, tuple[int, int]] = {}  # commitment: line, amount
        self.approved: dict[int, tuple[int, int]] = {}  # settlement: line, amount
        self.paid: dict[int, tuple[int, int, int]] = {}  # payout: settlement, line, amount
        self.advanced = Advanced()
        self.by_hand: dict[int, Moves] = {}
        self.announced: list[int] = []
        for fund in self.funds:
            self.balances["fund", fund.pk, "received"] = self.balances["fund", fund.pk, "unallocated"] = 10_000
            for region, theme in [("瑞景街道", ""), ("瑞景街道", "law"), ("天穆镇", ""), ("北辰区", "")]:
                line = make_line(1000, fund=fund, region=make_region(region), theme_slug=theme)
                self.lines.append(line)
                self.apply(Moves({("fund", fund.pk, "unallocated"): -1000, ("line", line.pk, "available"): 1000}))
        self.steps: dict[str, tuple[Callable[[], Moves | None], int]] = {
            "appropriate": (self.appropriate, 12),
            "take back": (self.take_back, 3),
            "refund": (self.refund, 2),
            "transfer": (self.transfer, 8),
            "commit": (self.commit, 24),
            "release": (self.release, 8),
            "settle": (self.settle, 14),
            "ask for an advance": (self.advance, 10),
            "pay": (self.pay, 12),
            "repay a claim": (self.repay, 20),
            "return": (self.come_back, 4),
            "reverse": (self.reverse, 6),
            "carry over": (self.carry_over, 3),
            "close period": (self.close_period, 1),
            "name a term": (self.name_a_term, 2),
            "give back": (self.give_back, 3),
            "spend": (self.spend, 4),
            "donate": (self.donate, 4),
        }

    # What a step is made of

    def run(self, steps: int, *, verify_every: int) -> None:
        """Take so many steps; look at all promises now and then, and at the end."""
        names, weights = list(self.steps), [weight for _step, weight in self.steps.values()]
        for number in range(1, steps + 1):
            self.now += timedelta(minutes=self.chance.randrange(1, 120))
            name = self.chance.choices(names, weights)[0]
            moves = self.steps[name][0]()
            if moves is not None:
                self.done[name] += 1
                self.apply(moves)
                self.compare(moves, f"step {number}: {name}")
            if number % verify_every == 0 or number == steps:
                self.verify(number)

    def apply(self, moves: Moves) -> None:
        for cell, change in moves.items():
            self.balances[cell] += change

    def allows(self, moves: Moves) -> bool:
        """Tell whether no balance would be negative."""
        return all(self.balances[cell] + change >= 0 for cell, change in moves.items())

    def compare(self, moves: Moves, step: str) -> None:
        """The touched lines and funds are as the second ledger has them, and their equations hold."""
        touched = {(kind, pk) for kind, pk, _part in moves}
        lines = BudgetLine.objects.filter(pk__in=[pk for kind, pk in touched if kind == "line"])
        for line in lines:
            there = {part: getattr(line, part) for part in PARTS}
            assert there == {part: self.balances["line", line.pk, part] for part in PARTS}, step
            assert line.allocated == line.available + line.committed + line.payable + line.paid, step
            assert line.available >= 0, step
        for pk in {line.fund_id for line in lines} | {pk for kind, pk in touched if kind == "fund"}:
            fund = Fund.objects.annotate(of_lines=Sum("lines__allocated")).get(pk=pk)
            assert fund.received - fund.refunded == fund.unallocated + fund.of_lines, step
            for part in ("received", "refunded", "unallocated"):
                assert getattr(fund, part) == self.balances["fund", pk, part], step

    def verify(self, number: int) -> None:
        for promise in INVARIANTS:
            assert promise.check().breaches == [], f"after step {number}: {promise.key}"
        opened = dict(Commitment.objects.open().values_list("pk", "line"))
        assert opened == {pk: line for pk, (line, _amount) in self.open.items()}, f"after step {number}"

    def key(self) -> str:
        self.number += 1
        return f"step:{self.number}"

    def amount(self, most: int = 400) -> int:
        return self.chance.randrange(1, most)

    def line(self) -> BudgetLine:
        return self.chance.choice(self.lines)

    def pick(self, among: "dict[int, object]") -> int | None:
        return self.chance.choice(list(among)) if among else None

    def is_over(self, line: BudgetLine) -> bool:
        return line.pk in self.returns and self.returns[line.pk] <= today(self.now)

    def attempt(self, moves: Moves, act: Callable[[], object], *refusals: type[Exception]) -> Moves:
        """Do it if the second ledger allows it; else it must be refused, and nothing moves."""
        if self.allows(moves):
            act()
            return moves
        with pytest.raises(refusals or ledger.NotEnough):
            act()
        return Moves(dict.fromkeys(moves, 0))

    # The steps

    def appropriate(self) -> Moves:
        line, amount, is_new_term = self.line(), self.amount(), self.chance.random() < 0.3
        fund, key, cell = line.fund_id, self.key(), ("line", line.pk, "available")
        moves = Moves({("fund", fund, "received"): amount, ("fund", fund, "unallocated"): amount})
        funds.receive(line.fund, amount, document=key, by=self.by, now=self.now, key=key)
        self.by_hand[Entry.objects.get(key=key).pk] = Moves(moves)
        self.apply(moves)
        given = Moves({("fund", fund, "unallocated"): -amount, cell: amount})
        key, term = self.key(), today(self.now) + timedelta(days=5) if is_new_term else None

        def act() -> None:
            words = {"theme_slug": line.theme_slug, "returns_on": term, "by": self.by, "now": self.now, "key": key}
            funds.allocate(line.fund, line.region, amount, **words)

        if self.is_over(line) and term is None:
            with pytest.raises(allowances.TermOver):
                act()
            return Moves({cell: 0})
        act()
        if term:
            self.returns[line.pk] = term
        self.by_hand[Entry.objects.get(key=key).pk] = given
        return given

    def take_back(self) -> Moves:
        line, amount, key = self.line(), self.amount(), self.key()
        moves = Moves({("line", line.pk, "available"): -amount, ("fund", line.fund_id, "unallocated"): amount})
        return self.noted(key, moves, lambda: funds.take_back(line, amount, by=self.by, now=self.now, key=key))

    def refund(self) -> Moves:
        fund, amount, key = self.chance.choice(self.funds), self.amount(), self.key()
        moves = Moves({("fund", fund.pk, "unallocated"): -amount, ("fund", fund.pk, "refunded"): amount})
        words = {"document": key, "by": self.by, "now": self.now, "key": key}
        return self.noted(key, moves, lambda: funds.refund(fund, amount, **words))

    def transfer(self) -> Moves | None:
        line, target, amount, key = self.line(), self.line(), self.amount(), self.key()
        if line == target or line.fund_id != target.fund_id or self.is_over(target):
            return None
        moves = Moves({("line", line.pk, "available"): -amount, ("line", target.pk, "available"): amount})
        words = {"reason": key, "by": self.by, "now": self.now, "key": key}
        return self.noted(key, moves, lambda: funds.transfer(line, target, amount, **words))

    def noted(self, key: str, moves: Moves, act: Callable[[], object]) -> Moves:
        """Attempt an entry by hand, and remember it for a correction."""
        done = self.attempt(moves, act)
        entry = Entry.objects.filter(key=key).first()
        if entry is not None:
            self.by_hand[entry.pk] = moves
        return done

    def spend(self) -> Moves:
        line, amount, key = self.line(), self.amount(100), self.key()
        moves = Moves({("line", line.pk, "available"): -amount, ("line", line.pk, "paid"): amount})
        words = {"document": key, "file": make_paper(), "by": self.maker, "now": self.now, "key": key}
        return self.noted(key, moves, lambda: outside.spend(line, amount, **words))

    def donate(self) -> Moves:
        fund, amount = self.chance.choice(self.funds), self.amount()
        form = UUID(int=self.chance.getrandbits(128), version=4)
        words = {"donor_name": "王先生", "by": self.by, "now": self.now, "submission_id": form}
        gift = donations.announce(fund, amount, **words)
        gift = donations.receive(gift, amount=amount, bank_reference=self.key(), by=self.maker, now=self.now)
        moves = Moves({("fund", fund.pk, "received"): amount, ("fund", fund.pk, "unallocated"): amount})
        self.by_hand[gift.entry_id] = moves
        return moves

    def reverse(self) -> Moves | None:
        pk = self.pick(self.by_hand)
        if pk is None:
            return None
        moves = Moves({cell: -change for cell, change in self.by_hand[pk].items()})
        entry = Entry.objects.get(pk=pk)
        done = self.attempt(moves, lambda: corrections.correct(entry, reason="x", by=self.maker, now=self.now))
        if any(done.values()):
            del self.by_hand[pk]
        return done

    def commit(self) -> Moves:
        line, amount, key = self.line(), self.amount(), self.key()
        moves = Moves({("line", line.pk, "available"): -amount, ("line", line.pk, "committed"): amount})
        words = {"provider": self.provider, "reference": key, "by": self.by, "now": self.now}
        if self.is_over(line):
            with pytest.raises(allowances.TermOver):
                commitments.reserve(line.pk, amount, **words)
            return Moves(dict.fromkeys(moves, 0))
        done = self.attempt(moves, lambda: commitments.reserve(line.pk, amount, **words), commitments.BudgetShort)
        if any(done.values()):
            self.open[Commitment.objects.get(reference=key).pk] = (line.pk, amount)
        return done

    def release(self) -> Moves | None:
        pk = self.pick(self.open)
        if pk is None:
            return None
        line, amount = self.open.pop(pk)
        commitments.void(Commitment.objects.get(pk=pk), by=self.by, now=self.now, reason="x")
        moves, held, _covered = self.close_advance(pk, line, 0)
        moves.update({("line", line, "committed"): held - amount, ("line", line, "available"): amount - held})
        return moves

    def advance(self) -> Moves | None:
        """Ask for an advance and approve it: refused above the rule's share, and to whoever owes something."""
        pk = self.pick({one: 0 for one in self.open if one not in self.advanced.granted})
        if pk is None:
            return None
        line, amount = self.open[pk]
        commitment, part = Commitment.objects.get(pk=pk), self.amount(amount + 1)
        owes = any(left and self.is_same_fund(where, line) for where, left in self.advanced.owed.values())
        words = {"reason": "x", "by": self.checker, "now": self.now}
        if part > amount // 2 or owes:
            with pytest.raises((advances.TooMuchAdvanced, advances.NoAdvances)):
                advancing.ask(commitment, part, **words)
            return Moves({("line", line, "committed"): 0})
        found = settlements.approve(advancing.ask(commitment, part, **words), by=self.maker, now=self.now)
        self.advanced.granted[pk], self.approved[found.pk] = (found.pk, part), (line, part)
        return Moves({("line", line, "committed"): -part, ("line", line, "payable"): part})

    def is_same_fund(self, *lines: int) -> bool:
        return len({line.fund_id for line in self.lines if line.pk in lines}) == 1

    def close_advance(self, commitment: int, line: int, worth: int) -> tuple[Moves, int, int]:
        """Take an advance back as its order ends, or count it; return what of the order it held, and what it covers."""
        advance, part = self.advanced.granted.pop(commitment, (0, 0))
        if advance not in self.advanced.arrived:
            self.approved.pop(advance, None)
            return Moves({("line", line, "payable"): -part, ("line", line, "committed"): part}), 0, 0
        if part > worth:
            self.advanced.owed[advance] = (line, part - worth)
        return Moves(), part, min(part, worth)

    def set_off(self, here: int, most: int) -> tuple[Moves, int]:
        """Set off what is owed to the same fund, the oldest claim first."""
        moves, total = Moves(), 0
        for advance, (line, left) in self.advanced.owed.items():
            share = min(left, most - total)
            if share > 0 and self.is_same_fund(line, here):
                self.meet(advance, share)
                total += share
                moves.update({("line", line, "paid"): -share, ("line", line, "available"): share})
        moves.update({("line", here, "payable"): -total, ("line", here, "paid"): total})
        return moves, total

    def meet(self, advance: int, amount: int) -> None:
        line, left = self.advanced.owed[advance]
        self.advanced.owed[advance] = (line, left - amount)
        self.advanced.met.add(advance)

    def repay(self) -> Moves | None:
        advance = self.pick({pk: 0 for pk, (_line, left) in self.advanced.owed.items() if left})
        if advance is None:
            return None
        line, left = self.advanced.owed[advance]
        amount, key = self.amount(left + 50), self.key()
        words = {"received_on": today(self.now), "document": key, "file": make_paper(), "by": self.maker}

        def act() -> object:
            return claims.repay(Claim.objects.get(advance=advance), amount, now=self.now, key=key, **words)

        if amount > left:
            with pytest.raises(claims.ClaimSmaller):
                act()
            return Moves({("line", line, "paid"): 0})
        act()
        self.meet(advance, amount)
        return Moves({("line", line, "paid"): -amount, ("line", line, "available"): amount})

    def settle(self) -> Moves | None:
        pk = self.pick(self.open)
        if pk is None:
            return None
        line, amount = self.open.pop(pk)
        percent = self.chance.choice([0, 50, 90, 98, 100, 100])
        prices = [amount // 2, amount - amount // 2]
        worth = sum(rules.portion(price, percent) for price in prices)
        commitment = Commitment.objects.with_line().get(pk=pk)
        lines = make_proposed_lines(*prices, percent=percent)
        found = settlements.propose(commitment, lines, explanation={}, by=self.by, now=self.now)
        assert (found is None) == (worth == 0)
        if found is not None:
            settlements.approve(found, by=self.maker, now=self.now)
        moves, held, covered = self.close_advance(pk, line, worth)
        parts = {"committed": held - amount, "payable": worth - covered, "available": amount - max(worth, held)}
        moves.update({("line", line, part): change for part, change in parts.items()})
        less, total = self.set_off(line, worth - covered)
        moves.update(less)
        if found is not None and worth > covered + total:
            self.approved[found.pk] = (line, worth - covered - total)
        return moves

    def invoice(self, settlement: Settlement) -> None:
        """Hand an invoice in over what is left to invoice, or say why there is none."""
        over, is_billed = settlement.to_invoice, hasattr(settlement, "invoice") or self.chance.random() < 0.7
        given = {"number": self.key(), "amount": over} if over and is_billed else {"exception": "x"}
        settlements.record_invoice(settlement, **given, by=self.maker, now=self.now)

    def pay(self) -> Moves | None:
        pk = self.pick(self.approved)
        if pk is None:
            return None
        line, amount = self.approved.pop(pk)
        settlement = Settlement.objects.get(pk=pk)
        if not settlement.is_invoiced:
            self.invoice(settlement)
        payout = payouts.queue(settlement, by=self.maker, now=self.now)
        payout = payouts.send(payout, by=self.checker, now=self.now)
        if self.chance.random() < 0.2:
            payouts.mark_failed(payout, reason="x", by=self.maker, now=self.now)
            self.approved[pk] = (line, amount)
            return Moves({("line", line, "paid"): 0})
        payouts.mark_paid(payout, bank_reference=self.key(), by=self.maker, now=self.now)
        self.paid[payout.pk] = (pk, line, amount)
        if settlement.is_advance:
            self.advanced.arrived.add(pk)
        return Moves({("line", line, "payable"): -amount, ("line", line, "paid"): amount})

    def come_back(self) -> Moves | None:
        pk = self.pick(self.paid)
        if pk is None:
            return None
        settlement, line, amount = self.paid[pk]
        payout = Payout.objects.get(pk=pk)
        if settlement in self.advanced.met:
            with pytest.raises(StaleState):
                payouts.mark_returned(payout, reason="x", by=self.maker, now=self.now)
            return Moves({("line", line, "paid"): 0})
        del self.paid[pk]
        payouts.mark_returned(payout, reason="x", by=self.maker, now=self.now)
        self.advanced.arrived.discard(settlement)
        _line, dropped = self.advanced.owed.pop(settlement, (0, 0))
        if amount > dropped:
            self.approved[settlement] = (line, amount - dropped)
        parts = {"paid": -amount, "payable": amount - dropped, "available": dropped}
        return Moves({("line", line, part): change for part, change in parts.items()})

    def carry_over(self) -> Moves | None:
        line, key = self.line(), self.key()
        targets = [one for one in self.lines if carrying.is_successor(line, one)]
        if not targets:
            return None
        target = self.chance.choice(targets)
        here = {pk: amount for pk, (where, amount) in self.open.items() if where == line.pk}
        carried = {pk: amount for pk, amount in here.items() if pk not in self.advanced.granted}
        if not carried:
            with pytest.raises(carrying.NothingOpen):
                carrying.carry_over(line, target, by=self.maker, now=self.now, key=key)
            return Moves({("line", line.pk, "committed"): 0})
        total = sum(carried.values())
        entry = carrying.carry_over(line, target, by=self.maker, now=self.now, key=key)
        assert dict(entry.carried.values_list("commitment", "amount")) == carried
        self.open |= {pk: (target.pk, amount) for pk, amount in carried.items()}
        moves = Moves({("line", line.pk, "committed"): -total, ("line", target.pk, "committed"): total})
        if line.fund_id != target.fund_id:
            moves.update({("fund", line.fund_id, "refunded"): total, ("fund", target.fund_id, "received"): total})
        return moves

    def close_period(self) -> Moves | None:
        fund, ends_on = self.chance.choice(self.funds), today(self.now) - timedelta(days=1)
        form = {"submission_id": UUID(int=self.chance.getrandbits(128), version=4), "by": self.maker, "now": self.now}
        if fund.periods.filter(ends_on__gte=ends_on).exists():
            with pytest.raises(funds.PeriodNotOver):
                second_looks.close_period(fund, ends_on=ends_on, **form)
            return None
        asked = second_looks.close_period(fund, ends_on=ends_on, **form)
        assert isinstance(asked, SecondLook)
        second_looks.confirm(asked, by=self.checker, now=self.now)
        early = self.now - timedelta(days=1)
        with pytest.raises(ledger.PeriodClosed):
            funds.receive(fund, 1, document="x", by=self.by, now=early, key=self.key())
        return Moves({("fund", fund.pk, "received"): 0})

    def name_a_term(self) -> Moves:
        line = self.line()
        day = self.chance.choice([None, today(self.now) + timedelta(days=self.chance.randrange(1, 8))])
        allowances.set_return(line, day, by=self.maker, now=self.now)
        self.returns.pop(line.pk, None)
        if day is not None:
            self.returns[line.pk] = day
        return Moves({("line", line.pk, "available"): 0})

    def give_back(self) -> Moves:
        moves: Moves = Moves()
        due = [line for line in self.lines if self.is_over(line) and self.balances["line", line.pk, "available"]]
        for line in due:
            amount = self.balances["line", line.pk, "available"]
            moves["line", line.pk, "available"] -= amount
            moves["fund", line.fund_id, "unallocated"] += amount
        assert allowances.sweep(self.now) == len(due)
        assert allowances.sweep(self.now) == 0
        return moves
