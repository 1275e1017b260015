"""``verify`` sees what went wrong between the books and the bank: each promise is broken on purpose."""

import pytest
from django.db import connection

from core.triggers import append_only
from funding import batches, payouts
from funding.bank_invariants import INVARIANTS
from funding.models import BatchRow, LineState, Payout, PayoutBatch
from tests.breaking import drop_triggers
from tests.conftest import NOW
from tests.factories.banking import make_banked, make_batch, transfers
from tests.factories.funding import make_finance

CHECKS = {invariant.key: invariant.check for invariant in INVARIANTS}
TABLES = ("funding_statementline", "funding_statementhistory", "funding_payoutbatchhistory")


def run(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@pytest.fixture
def bank(breakable_db):
    """A bank in every state, without the database's own refusals."""
    batch = make_banked(make_finance())
    drop_triggers(*TABLES)
    if connection.vendor == "sqlite":
        run("PRAGMA ignore_check_constraints = ON")
        run("PRAGMA foreign_keys = OFF")
    return batch


def matched(direction):
    return LineState.objects.filter(state="matched", line__direction=direction).order_by("pk").last().pk


def a_row():
    return BatchRow.objects.filter(payout__status="sent").first().pk


BROKEN = {
    "another amount": ("E4", "UPDATE funding_statementline SET amount = 1 WHERE id = %s", lambda: matched("out")),
    "another currency": (
        "E4",
        "UPDATE funding_statementline SET currency = 'HKD' WHERE id = %s",
        lambda: matched("out"),
    ),
    "another number": (
        "E4",
        "UPDATE funding_statementline SET bank_reference = 'X' WHERE id = %s",
        lambda: matched("out"),
    ),
    "not arrived": (
        "E4",
        "UPDATE funding_payout SET status = 'sent' WHERE id = %s",
        lambda: Payout.objects.get(status="paid").pk,
    ),
    "not come back": (
        "E4",
        "UPDATE funding_payout SET status = 'paid' WHERE id = %s",
        lambda: Payout.objects.get(status="returned").pk,
    ),
    "wrong way round": (
        "E4",
        "UPDATE funding_linestate SET is_return = NOT is_return WHERE line_id = %s",
        lambda: LineState.objects.filter(state="matched", payout__status="paid").get().pk,
    ),
    "another League": (
        "E4",
        "UPDATE funding_statementline SET league_id = (SELECT max(id) FROM organisations_organisation) WHERE id = %s",
        lambda: matched("out"),
    ),
    "no state": ("funding.statements", "DELETE FROM funding_linestate WHERE line_id = %s", lambda: matched("out")),
    "unsaid state": (
        "funding.statements",
        "UPDATE funding_linestate SET state = 'set_aside', payout_id = NULL WHERE line_id = %s",
        lambda: matched("out"),
    ),
    "another settlement": (
        "funding.batches",
        "UPDATE funding_batchrow SET settlement_id = (SELECT max(id) FROM funding_settlement) WHERE id = %s",
        a_row,
    ),
    "new account": (
        "funding.batches",
        "UPDATE funding_payeeaccount SET set_at = '2099-01-01' WHERE id = %s",
        lambda: Payout.objects.filter(status="sent").first().account_id,
    ),
    "unconfirmed account": (
        "funding.batches",
        "UPDATE funding_payeeaccount SET confirmed_at = NULL, confirmed_by_id = NULL WHERE id = %s",
        lambda: Payout.objects.filter(status="sent").first().account_id,
    ),
    "not in the file": (
        "funding.batches",
        "UPDATE funding_payout SET sent_at = NULL, status = 'queued' WHERE id = %s",
        lambda: Payout.objects.filter(status="sent").first().pk,
    ),
    "sent alone": (
        "funding.batches",
        "UPDATE funding_payout SET sent_at = '2026-11-24', status = 'sent' WHERE id = %s",
        lambda: Payout.objects.filter(status="queued").first().pk,
    ),
    "another file": (
        "funding.batches",
        "UPDATE funding_payout SET reference = 'ELSE' WHERE id = %s",
        lambda: Payout.objects.filter(status="sent").first().pk,
    ),
    "account of another": (
        "funding.payees",
        "UPDATE funding_payout SET account_id = (SELECT max(id) FROM funding_payeeaccount) WHERE id = %s",
        lambda: Payout.objects.get(status="paid").pk,
    ),
    "account confirmed by nobody": (
        "funding.payees",
        "UPDATE funding_payeeaccount SET confirmed_at = NULL, confirmed_by_id = NULL WHERE id = %s",
        lambda: Payout.objects.get(status="paid").account_id,
    ),
    "account confirmed too late": (
        "funding.payees",
        "UPDATE funding_payeeaccount SET confirmed_at = '2099-01-01' WHERE id = %s",
        lambda: Payout.objects.get(status="paid").account_id,
    ),
    "no invoice": (
        "funding.payees",
        "DELETE FROM funding_invoice WHERE settlement_id = %s",
        lambda: Payout.objects.get(status="paid").settlement_id,
    ),
    "invoice over another amount": (
        "funding.payees",
        "UPDATE funding_invoice SET number = '2512', amount = 1, exception = '' WHERE settlement_id = %s",
        lambda: Payout.objects.get(status="paid").settlement_id,
    ),
    "unsaid batch": (
        "funding.batches",
        "DELETE FROM funding_payoutbatchhistory WHERE batch_id = %s",
        lambda: PayoutBatch.objects.first().pk,
    ),
}


@pytest.mark.parametrize("key", CHECKS)
def test_sound_bank_holds(bank, key):
    put_triggers_back()

    finding = CHECKS[key]()

    assert finding.breaches == []
    assert finding.checked > 0


def put_triggers_back():
    with connection.schema_editor() as editor:
        append_only(*TABLES).database_forwards("funding", editor, None, None)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_row_is_reported(bank, name):
    key, statement, pick = BROKEN[name]
    before = set(CHECKS[key]().breaches)

    run(statement, pick())

    assert set(CHECKS[key]().breaches) - before


def test_line_that_could_be_changed_is_reported(bank):
    assert CHECKS["funding.statements"]().breaches == [
        "trigger funding_statementline_no_update: it is missing",
        "trigger funding_statementline_no_delete: it is missing",
    ]


def test_settlement_that_two_slips_paid_is_reported(bank):
    """D10 in the bank's own words: the books may look right while the bank paid twice."""
    arrived = Payout.objects.get(status="paid")
    back = Payout.objects.get(status="returned")
    run("UPDATE funding_payout SET settlement_id = %s WHERE id = %s", arrived.settlement_id, back.pk)
    run("DELETE FROM funding_linestate WHERE payout_id = %s AND is_return", back.pk)

    breaches = CHECKS["funding.statements"]().breaches

    assert f"settlement {arrived.settlement_id}: two slips paid it" in breaches


def test_settlement_that_two_slips_paid_is_reported_though_a_third_transfer_came_back_without_one(bank):
    """A return counts for its own transfer: a surplus one must not hide that the bank paid twice."""
    arrived = Payout.objects.get(status="paid")
    returned = Payout.objects.get(status="returned")
    differing = LineState.objects.get(state="differs")
    run("UPDATE funding_linestate SET state = 'matched', differences = '' WHERE line_id = %s", differing.pk)
    run("DELETE FROM funding_linestate WHERE payout_id = %s AND NOT is_return", returned.pk)
    for one in (returned.pk, differing.payout_id):
        run(
            "UPDATE funding_payout SET settlement_id = %s, status = 'returned' WHERE id = %s",
            arrived.settlement_id,
            one,
        )

    breaches = CHECKS["funding.statements"]().breaches

    assert f"settlement {arrived.settlement_id}: two slips paid it" in breaches


@pytest.mark.parametrize("second", ["matched", "noted as failed"])
def test_order_for_which_more_left_than_was_committed_is_reported(bank, second):
    """An advance and the whole settlement: each looks right alone, together they are too much."""
    arrived, other = Payout.objects.get(status="paid"), LineState.objects.get(state="differs")
    commitment = arrived.settlement.commitment_id
    move = "UPDATE funding_settlement SET commitment_id = %s, kind = 'advance' WHERE id = %s"
    run(move, commitment, other.payout.settlement_id)
    run("UPDATE funding_linestate SET differences = 'status' WHERE line_id = %s", other.pk)
    if second == "matched":
        run("UPDATE funding_linestate SET state = 'matched', differences = '' WHERE line_id = %s", other.pk)

    breaches = CHECKS["funding.statements"]().breaches

    assert f"commitment {commitment}: more left for it by the bank's word than was committed" in breaches


def test_batch_that_its_maker_checked_is_reported(bank):
    finance = make_finance()
    batch = make_batch(600_000, finance=finance)
    batches.check(batch, by=make_finance(finance.organisation), now=NOW)
    batch = batches.send(batch, by=finance, now=NOW)
    payouts.mark_returned(transfers(batch)[0], reason="x", by=finance, now=NOW)

    run("UPDATE funding_payoutbatch SET checked_by_id = made_by_id WHERE id = %s", batch.pk)

    assert f"batch {batch.pk}: nobody else checked it" in CHECKS["funding.batches"]().breaches
