"""Preparing transfers one by one and as a batch: ``make bench-payouts``.

Makes approved and invoiced settlements of 50 providers in a fresh PostgreSQL database, prepares some of them through
``payouts.queue`` and all others as one batch, releases the batch, and prints each rate and their ratio (goal: a batch
of 5,000 at least 8 times the loop). ``SETTLEMENTS`` and ``ALONE`` change the sizes.
"""

import os
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import manage, postgresql

SETTLEMENTS = int(os.environ.get("SETTLEMENTS", "5000"))
ALONE = int(os.environ.get("ALONE", "300"))
PROVIDERS, LINES, PRICE = 50, 20, 64_000
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def seconds(work: Callable[[], object]) -> float:
    """Return how long the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rows(model: Any, made: list[Any]) -> list[Any]:
    """Write rows at once."""
    return model.objects.bulk_create(made, batch_size=500)


def make_city(count: int) -> tuple[list[Any], list[Any]]:
    """Make so many settlements that are ready to be paid; return who pays them and who checks."""
    from funding import rules
    from funding.models import BudgetLine, Commitment, Fund, Invoice, PayeeAccount, Settlement
    from organisations.acting import acting_for
    from organisations.models import Membership, Organisation, Region
    from users.models import User

    region = Region.objects.create(name="北辰区", code="120113000000", level="county", lineage="120113000000/")
    ready = {"region": region, "status": Organisation.Status.ADMITTED}
    league = Organisation.objects.create(kind="league", name="团委", **ready)
    people = [User.objects.create_user(f"finance{n}@example.test") for n in range(2)]
    for person in people:
        Membership.objects.create(user=person, organisation=league, role="finance", starts_on=date(2026, 1, 1))
    providers = [Organisation.objects.create(kind="provider", name=f"机构{n}", **ready) for n in range(PROVIDERS)]
    confirmed = {"set_by": people[0], "set_at": NOW, "confirmed_by": people[1], "confirmed_at": NOW}
    rows(
        PayeeAccount,
        [
            PayeeAccount(organisation=p, holder=p.name, bank="农行", number=f"{p.pk:016d}", **confirmed)
            for p in providers
        ],
    )
    fund = Fund.objects.create(league=league, name="专项资金", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    themes = [f"t{n}" for n in range(LINES)]
    lines = rows(BudgetLine, [BudgetLine(fund=fund, region=region, theme_slug=theme) for theme in themes])
    closed = {"amount": PRICE, "posted": PRICE, "status": "closed", "opened_at": NOW, "closed_at": NOW}
    commitments = rows(
        Commitment,
        [
            Commitment(line=lines[n % LINES], provider=providers[n % PROVIDERS], reference=f"BC-2026-{n:06d}", **closed)
            for n in range(count)
        ],
    )
    done = {"status": "approved", "approved_at": NOW, "approved_by": people[0], "proposed_at": NOW}
    rule = rules.in_force(date(2026, 11, 24))
    settlements = rows(Settlement, [Settlement(commitment=c, amount=PRICE, rule=rule, **done) for c in commitments])
    rows(Invoice, [Invoice(settlement=one, exception="小额免票", recorded_at=NOW) for one in settlements])
    return [acting_for(person, league, "finance") for person in people], settlements


def measure() -> None:
    """Time the loop, the batch, its release and its files, and print them."""
    from funding import bank_files, batches, payouts
    from funding.models import Payout, Settlement

    (maker, checker), settlements = make_city(ALONE + SETTLEMENTS)
    alone = list(Settlement.objects.with_commitment().filter(pk__in=[one.pk for one in settlements[:ALONE]]))
    loop = ALONE / seconds(lambda: [payouts.queue(one, by=maker, now=NOW) for one in alone])
    batch = batches.make([], everything=True, by=maker, submission_id=uuid.uuid4(), now=NOW)
    bulk = SETTLEMENTS / seconds(lambda: batches.fill(batch, by=maker, now=NOW))
    assert Payout.objects.filter(batch_row__batch=batch).count() == SETTLEMENTS
    print(
        f"one by one: {loop:,.0f} transfers/s; a batch of {SETTLEMENTS:,}: {bulk:,.0f}/s; "
        f"ratio {bulk / loop:.1f} (goal 8)"
    )
    print(f"check: {seconds(lambda: batches.check(batch, by=checker, now=NOW)):.2f} s")
    print(f"release: {seconds(lambda: batches.send(batch, by=maker, now=NOW)):.2f} s")
    batch.refresh_from_db()
    for kind in bank_files.KINDS:
        print(f"file as {kind}: {seconds(lambda k=kind: bank_files.content(batch, k)):.2f} s")


def main() -> None:
    """Measure in a database made for it."""
    with postgresql("bench_payouts") as address:
        os.environ |= {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "marketplace.settings.test"}
        manage("migrate", "--noinput")
        import django

        django.setup()
        measure()
        django.db.connections.close_all()


if __name__ == "__main__":
    main()
