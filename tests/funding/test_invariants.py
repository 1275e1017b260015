"""``verify`` sees each promise about money broken: every check is fed a row that was broken on purpose."""

from datetime import date, timedelta

import pytest
from django.db import connection

from funding import carrying, commitments, funds, payouts, stripe_invariants
from funding.invariants import INVARIANTS
from funding.models import BudgetLine, CarriedCommitment, Commitment, Donation, Entry, Payout, Settlement
from organisations.acting import clock
from tests import database
from tests.conftest import NOW
from tests.factories.banking import make_banked
from tests.factories.funding import (
    make_commitment,
    make_donation,
    make_finance,
    make_fund,
    make_line,
    make_paid_advance,
    make_paid_payout,
    make_payout,
    make_received_donation,
    make_settlement,
    make_spending,
)
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
# Stripe's part of the promises is tested beside a Stripe, in test_stripe_invariants.py.
CHECKS = {one.key: one.check for one in INVARIANTS if one not in stripe_invariants.INVARIANTS}


def make_city() -> Payout:
    """Money in every state there is; returns a payout that is paid."""
    make_commitment()
    commitments.void(make_commitment(), by=clock("tests"), now=NOW, reason="取消")
    make_settlement()
    make_settlement(approved_by=make_finance())
    make_payout()
    paid = make_paid_payout()
    returned = payouts.mark_returned(make_paid_payout(), reason="退票", by=make_finance(), now=NOW)
    make_payout(settlement=returned.settlement)
    make_fund(5000)
    make_donation(fund=make_received_donation().fund)
    make_spending(make_line(), 700)
    carried = make_commitment()
    successor = make_line(1, fund=make_fund(1, league=carried.line.fund.league, ends_on=date(2027, 12, 31)))
    carrying.carry_over(carried.line, successor, by=clock("tests"), now=NOW, key="carry")
    funds.close_period(carried.line.fund, ends_on=date(2026, 11, 23), by=clock("tests"), now=NOW)
    return paid


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, worker):
    """The city in a database of this file's own; building it takes half a second."""
    with django_db_blocker.unblock(), database.on_copy(django_db_setup, f"money_{worker}"):
        yield make_city().pk


@pytest.fixture
def city(built, db):
    return Payout.objects.get(pk=built)


@pytest.fixture
def unlocked(city):
    """The city without the database's own refusals, so that a test can break what they protect."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if is_sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("SELECT name, '' FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'funding_%'")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "SELECT conname, conrelid::regclass FROM pg_constraint "
                "WHERE contype = 'c' AND conrelid::regclass::text LIKE 'funding_%'"
            )
            for name, table in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            cursor.execute(
                "SELECT tgname, ' ON ' || tgrelid::regclass FROM pg_trigger "
                "WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'funding_%'"
            )
        for name, on in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}{on}")
        for index in ("payout_one_alive", "payout_bank_reference_once", "donation_bank_reference_once"):
            cursor.execute(f"DROP INDEX {index}")
    yield city
    if is_sqlite:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def run(statement: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@pytest.mark.parametrize("key", CHECKS)
def test_invariant_of_a_sound_city_holds(city, key):
    make_banked(make_finance())
    commitments.void(make_paid_advance().commitment, by=clock("tests"), now=NOW, reason="暴雨")

    finding = CHECKS[key]()

    assert finding.breaches == []
    assert finding.checked > 0


def a_line(**more):
    return BudgetLine.objects.filter(committed__gt=0, **more).first().pk


def a_gift():
    return Donation.objects.get(status="received")


BROKEN = {
    "D1 line": ("D1", "UPDATE funding_budgetline SET allocated = allocated + 1 WHERE id = %s", a_line),
    "D1 fund": ("D1", "UPDATE funding_fund SET received = received + 1 WHERE id = %s", lambda: make_fund(1).pk),
    "D2 line": ("D2", "UPDATE funding_budgetline SET available = -1 WHERE id = %s", a_line),
    "D2 fund": ("D2", "UPDATE funding_fund SET unallocated = -1 WHERE id = %s", lambda: make_fund(1).pk),
    "D3 line": (
        "D3",
        "UPDATE funding_budgetline SET available = available + 1, committed = committed - 1 WHERE id = %s",
        a_line,
    ),
    "D3 fund": ("D3", "UPDATE funding_fund SET unallocated = unallocated + 1 WHERE id = %s", lambda: make_fund(1).pk),
    "D3 outside": ("D3", "UPDATE funding_fund SET received = received + 1 WHERE id = %s", lambda: make_fund(1).pk),
    "D4 closed unbooked": (
        "D4",
        "UPDATE funding_commitment SET status = 'closed' WHERE id = %s",
        lambda: Commitment.objects.open().first().pk,
    ),
    "D4 posted unbooked": (
        "D4",
        "UPDATE funding_commitment SET posted = 1 WHERE id = %s",
        lambda: Commitment.objects.open().first().pk,
    ),
    "D4 held": ("D4", "UPDATE funding_budgetline SET committed = committed + 1 WHERE id = %s", a_line),
    "D5 empty": (
        "D5",
        "DELETE FROM funding_transfer WHERE entry_id = %s",
        lambda: Entry.objects.filter(kind="reserve").first().pk,
    ),
    "D5 zero": (
        "D5",
        "UPDATE funding_transfer SET amount = 0 WHERE entry_id = %s",
        lambda: Entry.objects.filter(kind="reserve").first().pk,
    ),
    "D5 self": (
        "D5",
        "UPDATE funding_transfer SET debit_id = credit_id WHERE entry_id = %s",
        lambda: Entry.objects.filter(kind="reserve").first().pk,
    ),
    "D7 unbooked": (
        "D7",
        "UPDATE funding_entry SET payout_id = NULL WHERE payout_id = %s",
        lambda: Payout.objects.filter(status="paid").first().pk,
    ),
    "D7 payable": (
        "D7",
        "UPDATE funding_settlement SET status = 'proposed' WHERE id = %s",
        lambda: Settlement.objects.filter(status="approved").first().pk,
    ),
    "D7 payments": ("D7", "UPDATE funding_budgetline SET payments = payments + 1 WHERE id = %s", a_line),
    "C7 payout": (
        "C7",
        "UPDATE funding_payout SET reference = 'X-3' WHERE id = %s",
        lambda: Payout.objects.filter(status="paid").first().pk,
    ),
    "C7 donation": ("C7", "UPDATE funding_donation SET reference = 'JZ-3' WHERE id = %s", lambda: a_gift().pk),
    "D4 carried elsewhere": (
        "D4",
        "UPDATE funding_carriedcommitment SET target_id = source_id WHERE id = %s",
        lambda: CarriedCommitment.objects.get().pk,
    ),
    "D4 carried another amount": (
        "D4",
        "UPDATE funding_carriedcommitment SET amount = amount + 1 WHERE id = %s",
        lambda: CarriedCommitment.objects.get().pk,
    ),
    "D4 carried without orders": (
        "D4",
        "DELETE FROM funding_carriedcommitment WHERE id = %s",
        lambda: CarriedCommitment.objects.get().pk,
    ),
    "D7 donation amount": ("D7", "UPDATE funding_donation SET amount = 1 WHERE id = %s", lambda: a_gift().pk),
    "D7 donation unbooked": ("D7", "UPDATE funding_donation SET entry_id = NULL WHERE id = %s", lambda: a_gift().pk),
    "D7 spent unbooked": (
        "D7",
        "UPDATE funding_entry SET kind = 'pay' WHERE id = %s",
        lambda: Entry.objects.get(kind="spend").pk,
    ),
    "D7 document": (
        "D7",
        "DELETE FROM funding_entryfile WHERE entry_id = %s",
        lambda: Entry.objects.get(kind="spend").pk,
    ),
    "D12 page": (
        "D12",
        "UPDATE funding_budgetline SET available = available + 1, committed = committed - 1 WHERE id = %s",
        a_line,
    ),
    "D12 total": ("D12", "UPDATE funding_fund SET refunded = refunded + 1 WHERE id = %s", lambda: make_fund(1).pk),
    "D12 table": ("D12", "UPDATE funding_budgetline SET allocated = allocated + 1 WHERE id = %s", a_line),
    "E7 donation": (
        "E7",
        "UPDATE funding_donation SET bank_reference = 'SAME', status = 'received' WHERE id > 0 OR id = %s",
        lambda: a_gift().pk,
    ),
    "K1 donation": (
        "K1",
        "DELETE FROM funding_donationhistory WHERE donation_id = %s",
        lambda: a_gift().pk,
    ),
    "D8 transfer": (
        "D8",
        "UPDATE funding_transfer SET currency = 'JPY' WHERE entry_id = %s",
        lambda: Entry.objects.first().pk,
    ),
    "D8 account": ("D8", "UPDATE funding_account SET currency = 'JPY' WHERE line_id = %s", a_line),
    "D9 rate": (
        "D9",
        "UPDATE funding_settlementline SET rate = 90 WHERE settlement_id = %s",
        lambda: Settlement.objects.first().pk,
    ),
    "D9 sum": ("D9", "UPDATE funding_settlement SET amount = 1 WHERE id = %s", lambda: Settlement.objects.first().pk),
    "D9 over": (
        "D9",
        "UPDATE funding_commitment SET amount = 1 WHERE id = %s",
        lambda: Settlement.objects.first().commitment_id,
    ),
    "D10 twice": (
        "D10",
        "UPDATE funding_payout SET status = 'queued' WHERE id = %s",
        lambda: Payout.objects.get(status="returned").pk,
    ),
    "D10 amount": ("D10", "UPDATE funding_payout SET amount = 1 WHERE id = %s", lambda: Payout.objects.first().pk),
    "D10 paid without": (
        "D10",
        "UPDATE funding_settlement SET status = 'paid' WHERE id = %s",
        lambda: Settlement.objects.filter(status="approved").first().pk,
    ),
    "D11 unchecked": (
        "D11",
        "UPDATE funding_payout SET checked_by_id = NULL WHERE id = %s",
        lambda: Payout.objects.filter(status="paid").first().pk,
    ),
    "E7 nameless": (
        "E7",
        "UPDATE funding_payout SET bank_reference = '' WHERE id = %s",
        lambda: Payout.objects.filter(status="paid").first().pk,
    ),
    "K1 payout": (
        "K1",
        "DELETE FROM funding_payouthistory WHERE payout_id = %s",
        lambda: Payout.objects.first().pk,
    ),
    "K1 settlement": (
        "K1",
        "DELETE FROM funding_settlementhistory WHERE settlement_id = %s",
        lambda: Settlement.objects.first().pk,
    ),
    "K1 commitment": (
        "K1",
        "DELETE FROM funding_fundhistory WHERE commitment_id = %s",
        lambda: Commitment.objects.first().pk,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_invariant_with_a_broken_row_reports_it(unlocked, name):
    key, statement, pick = BROKEN[name]

    pk = pick()
    run(statement, pk)

    assert CHECKS[key]().breaches != []


def test_d10_same_slip_twice_is_reported(unlocked):
    run("UPDATE funding_payout SET bank_reference = 'SAME'")

    assert CHECKS["E7"]().breaches == ["bank reference SAME: it stands on two payouts"]


def test_d11_maker_who_checked_a_large_payout_is_reported(unlocked):
    payout = unlocked
    run("UPDATE funding_settlementrule SET checker_above = 0")
    run("UPDATE funding_payout SET made_by_id = checked_by_id WHERE id = %s", payout.pk)

    assert CHECKS["D11"]().breaches == [f"payout {payout.pk}: nobody else checked it"]


def test_d11_member_who_approved_the_own_money_is_reported(city):
    provider = city.settlement.commitment.provider
    make_member(provider, "coordinator", user=city.settlement.approved_by)

    breaches = CHECKS["D11"]().breaches

    assert breaches
    assert all(breach.startswith(f"organisation {provider.pk}: its member") for breach in breaches)


def test_d11_member_who_left_before_is_fine(city):
    member = make_member(city.settlement.commitment.provider, "coordinator", user=city.settlement.approved_by)
    member.user.memberships.filter(role="coordinator").update(ends_on="2026-11-23")

    assert CHECKS["D11"]().breaches == []


@pytest.mark.parametrize(("key", "trigger"), [("D6", "funding_transfer_no_update"), ("D13", "funding_transfer_period")])
def test_missing_trigger_is_reported(city, key, trigger):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER {trigger}" + (" ON funding_transfer" if connection.vendor != "sqlite" else ""))

    assert CHECKS[key]().breaches == [f"trigger {trigger}: it is missing"]


def test_d13_entry_that_was_slipped_into_a_closed_period_is_reported(unlocked):
    entry = Entry.objects.get(kind="carry_over")
    run("UPDATE funding_entry SET booked_on = '2026-11-01', at = %s WHERE id = %s", NOW + timedelta(days=1), entry.pk)

    found = [breach for breach in CHECKS["D13"]().breaches if "closed period" in breach]

    late = entry.transfers.filter(credit__fund__periods__isnull=False)
    assert found == [f"transfer {late.get().pk}: it was entered in a closed period"]


def test_d6_correction_that_names_nothing_is_reported(unlocked):
    entry = Entry.objects.get(kind="return")
    run("UPDATE funding_entry SET reverses_id = NULL WHERE id = %s", entry.pk)

    assert f"entry {entry.pk}: it corrects nothing" in CHECKS["D6"]().breaches
