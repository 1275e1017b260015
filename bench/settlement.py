"""Settling all that waits beside one by one, and beside bare chunks: ``make bench-settlement``.

In a fresh PostgreSQL database settlements of confirmed orders are approved one by one through ``settlements.approve``,
all together through ``approving``, and in bare chunks that only lock, write the rows and move the balances. Prints
rates and ratios, and ends with 1 where a goal is missed: 5,000 together at least 8 times the loop and 60 % of the bare
chunks, 20,000 within 15 % per order of 2,000. ``ALONE``, ``SMALL``, ``MIDDLE`` and ``LARGE`` change the sizes.
"""

import os
import statistics
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import manage, postgresql

ALONE, SMALL, MIDDLE, LARGE = (
    int(os.environ.get(name, size))
    for name, size in (("ALONE", "300"), ("SMALL", "2000"), ("MIDDLE", "5000"), ("LARGE", "20000"))
)
PROVIDERS, LINES, PRICE, CHUNK = 50, 20, 64_000, 500
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def seconds(work: Callable[[], object]) -> float:
    """Return how long the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class City:
    """A League with its finance, providers, and lines that hold what every settlement of the bench needs."""

    def __init__(self, settlements: int) -> None:
        from funding import ledger
        from funding.models import BudgetLine, Fund
        from organisations.acting import acting_for
        from organisations.models import Membership, Organisation, Region
        from users.models import User

        region = Region.objects.create(name="北辰区", code="120113000000", level="county", lineage="120113000000/")
        ready = {"region": region, "status": Organisation.Status.ADMITTED}
        league = Organisation.objects.create(kind="league", name="团委", **ready)
        person = User.objects.create_user("finance@example.test")
        Membership.objects.create(user=person, organisation=league, role="finance", starts_on=date(2026, 1, 1))
        self.finance = acting_for(person, league, "finance")
        self.providers = [
            Organisation.objects.create(kind="provider", name=f"机构{n}", **ready) for n in range(PROVIDERS)
        ]
        for n, provider in enumerate(self.providers):
            manager = User.objects.create_user(f"manager{n}@example.test")
            Membership.objects.create(user=manager, organisation=provider, role="manager", starts_on=date(2026, 1, 1))
        fund = Fund.objects.create(league=league, name="专项", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
        ledger.open_accounts(fund)
        held = PRICE * settlements
        self.lines = [
            BudgetLine.objects.create(fund=fund, region=region, theme_slug=f"t{n}", allocated=held, committed=held)
            for n in range(LINES)
        ]
        for line in self.lines:
            ledger.open_accounts(fund, line)
        self.made = 0

    def propose(self, count: int) -> list[Any]:
        """Make so many settlements that wait for approval."""
        from funding import rules
        from funding.models import Commitment, Settlement

        numbers = range(self.made, self.made + count)
        self.made += count
        commitments = Commitment.objects.bulk_create(
            [
                Commitment(
                    line=self.lines[n % LINES],
                    provider=self.providers[n % PROVIDERS],
                    reference=f"BC-2026-{n:06d}",
                    amount=PRICE,
                    opened_at=NOW,
                )
                for n in numbers
            ],
            batch_size=500,
        )
        rule = rules.in_force(date(2026, 11, 24))
        rows = [Settlement(commitment=one, amount=PRICE, rule=rule, proposed_at=NOW) for one in commitments]
        return Settlement.objects.bulk_create(rows, batch_size=500)


def together(city: City) -> None:
    """Approve all that waits as the product does."""
    from funding import approving

    run = approving.begin(by=city.finance, submission_id=uuid.uuid4(), now=NOW)
    assert approving.go_on(run, by=city.finance, now=NOW).finished_at is not None


def bare() -> None:
    """Approve all that waits in chunks, without a question: lock, write, move each balance once."""
    from django.db import transaction
    from django.db.models import F

    from funding.models import Account, BudgetLine, Commitment, Entry, Settlement, Transfer

    accounts = {(one.line_id, one.kind): one.pk for one in Account.objects.filter(line__isnull=False)}
    while True:
        with transaction.atomic():
            free = Settlement.objects.filter(status="proposed").select_for_update(skip_locked=True, of=("self",))
            rows = list(free.select_related("commitment").order_by("pk")[:CHUNK])
            if not rows:
                return
            entries = Entry.objects.bulk_create(
                Entry(key=f"bare:{row.pk}", kind="settle", at=NOW, booked_on=NOW.date(), commitment=row.commitment)
                for row in rows
            )
            Transfer.objects.bulk_create(
                Transfer(
                    entry=entry,
                    credit_id=accounts[row.commitment.line_id, "committed"],
                    debit_id=accounts[row.commitment.line_id, "payable"],
                    amount=row.amount,
                    currency="CNY",
                )
                for entry, row in zip(entries, rows, strict=True)
            )
            sums: Counter[int] = Counter()
            for row in rows:
                sums[row.commitment.line_id] += row.amount
            for line, amount in sorted(sums.items()):
                moved = {"committed": F("committed") - amount, "payable": F("payable") + amount}
                BudgetLine.objects.filter(pk=line).update(**moved)
            Commitment.objects.filter(pk__in=[row.commitment_id for row in rows]).update(
                status="closed", posted=F("amount"), closed_at=NOW
            )
            Settlement.objects.filter(pk__in=[row.pk for row in rows]).update(
                status="approved", approved_at=NOW, approved_by_id=1
            )


def settle() -> list[str]:
    """Time loop, bulk and bare chunks in turns; return the goals that were missed."""
    from funding import settlements
    from funding.models import BudgetLine, Settlement

    city = City(ALONE + 2 * MIDDLE + SMALL + LARGE + 10 * MIDDLE)
    alone = list(Settlement.objects.filter(pk__in=[one.pk for one in city.propose(ALONE)]))
    loop = ALONE / seconds(lambda: [settlements.approve(one, by=city.finance, now=NOW) for one in alone])
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for _round in range(3):
        city.propose(MIDDLE)
        rates["ours"].append(MIDDLE / seconds(lambda: together(city)))
        city.propose(MIDDLE)
        rates["bare"].append(MIDDLE / seconds(bare))
    per_order = []
    for size in (SMALL, LARGE):
        city.propose(size)
        per_order.append(seconds(lambda: together(city)) / size)
    for line in BudgetLine.objects.all():
        assert line.allocated == line.available + line.committed + line.payable + line.paid
    ours, chunks = statistics.median(rates["ours"]), statistics.median(rates["bare"])
    growth = per_order[1] / per_order[0]
    print(f"one by one {loop:,.0f}/s · together {ours:,.0f}/s · bare chunks {chunks:,.0f}/s ({MIDDLE:,} settlements)")
    return judged(
        [
            (f"{MIDDLE:,} together / one by one", ours / loop, ">=", 8.0),
            (f"{MIDDLE:,} together / bare chunks", ours / chunks, ">=", 0.6),
            (f"{LARGE:,} per order / {SMALL:,} per order", growth, "<=", 1.15),
        ]
    )


def judged(goals: Iterable[tuple[str, float, str, float]]) -> list[str]:
    """Print each ratio beside its goal; return the names of those that were missed."""
    missed = []
    for name, value, sign, goal in goals:
        is_met = value >= goal if sign == ">=" else value <= goal
        print(f"{name}: {value:.2f} (goal {sign} {goal}){'' if is_met else '  MISSED'}", flush=True)
        missed += [] if is_met else [name]
    return missed


def main() -> None:
    """Measure in a database made for it."""
    with postgresql("bench_settlement") as address:
        os.environ |= {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "marketplace.settings.test"}
        manage("migrate", "--noinput")
        import django

        django.setup()
        missed = settle()
        django.db.connections.close_all()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
