"""Two people at finance do the same at the same moment: a statement counts once, a settlement is paid once."""

import uuid
from functools import partial

import pytest

from core.errors import StaleState
from core.locking import lock
from funding import batches, filling, matching, payouts, settlements, statement_layout, statements
from funding.models import BatchRow, Entry, Invoice, LineState, Payout, PayoutBatch, StatementImport, StatementLine
from organisations.acting import clock
from organisations.models import Organisation
from tests import races
from tests.breaking import drop_constraint, drop_triggers
from tests.conftest import NOW
from tests.factories.banking import (
    OWN_ACCOUNT,
    bank_row,
    make_batch,
    make_csv,
    make_ready,
    make_sent_batch,
    transfers,
)
from tests.factories.funding import make_commitment, make_finance, make_settlement

pytestmark = pytest.mark.race
ROUNDS = 5


def import_and_match(content, by):
    """What the page does with a statement, from choosing the file to the last line."""
    upload = make_csv()
    upload.file.seek(0)
    upload.file.write(content)
    upload.file.truncate()
    upload.size = len(content)
    statement, _is_new = statements.start(upload, account=OWN_ACCOUNT, by=by, now=NOW)
    return matching.match_all(statement, by=by, now=NOW)


def test_import_of_one_statement_by_two_people_pays_each_transfer_once(fresh_db):
    for number in range(ROUNDS):
        maker = make_finance()
        sent = transfers(make_sent_batch(100, 200, finance=maker))
        content = make_csv(*[bank_row(one, number=f"{number}-{one.pk}") for one in sent]).read()
        people = [maker, make_finance(maker.organisation)]

        race = races.run(*[partial(import_and_match, content, by) for by in people])

        assert race.errors == []
        assert len({one.pk for one in race.results}) == 1
        assert StatementImport.objects.filter(league=maker.organisation).count() == 1
        assert StatementLine.objects.filter(league=maker.organisation).count() == 2
        assert Entry.objects.filter(kind="pay", payout__in=sent).count() == 2
        assert set(LineState.objects.values_list("state", flat=True)) == {"matched"}


def test_two_files_with_a_line_in_common_bring_it_once(fresh_db):
    """The month's file and the day's file, imported by two people at once."""
    for number in range(ROUNDS):
        maker = make_finance()
        one, other = transfers(make_sent_batch(100, 200, finance=maker))
        common = bank_row(one, number=f"{number}-common")
        files = [
            make_csv(common).read(),
            make_csv(common, bank_row(other, number=f"{number}-other")).read(),
        ]

        race = races.run(*[partial(import_and_match, content, maker) for content in files])

        assert race.errors == []
        assert StatementLine.objects.filter(bank_reference=f"{number}-common").count() == 1
        assert StatementImport.objects.filter(league=maker.organisation).count() == 2
        assert Entry.objects.filter(kind="pay", payout__in=[one, other]).count() == 2


def unguarded(content, by):
    """Look, and write whatever was not there: what software without a lock and a constraint does."""
    upload = make_csv()
    upload.file.seek(0)
    upload.file.write(content)
    upload.size = len(content)
    lines = statement_layout.read(upload)
    known = set(StatementLine.objects.filter(league=by.organisation).values_list("bank_reference", flat=True))
    statement = StatementImport.objects.create(
        league=by.organisation, account=OWN_ACCOUNT, digest="x", imported_by=by.user, imported_at=NOW
    )
    for line in lines:
        if line.bank_reference not in known:
            line.statement, line.league, line.account = statement, by.organisation, OWN_ACCOUNT
            line.save()


def test_import_without_the_guard_brings_a_line_twice_in_the_same_rounds(fresh_db):
    drop_triggers("funding_statementline")
    drop_constraint(StatementLine, "statementline_bank_reference_once")
    drop_constraint(StatementImport, "statementimport_file_once")
    twice = 0
    for number in range(4 * ROUNDS):
        maker = make_finance()
        content = make_csv(
            *[bank_row(one, number=f"{number}") for one in transfers(make_sent_batch(100, finance=maker))]
        )
        races.run_same(2, partial(unguarded, content.read(), maker))
        twice += StatementLine.objects.filter(league=maker.organisation).count() > 1

    assert twice > 0


def test_fill_by_two_people_makes_each_transfer_once(fresh_db, monkeypatch):
    monkeypatch.setattr(filling, "PORTION", 2)
    for _round in range(ROUNDS):
        maker = make_finance()
        chosen = make_ready(*[100] * 5, finance=maker)
        batch = batches.make([one.pk for one in chosen], by=maker, submission_id=uuid.uuid4(), now=NOW)
        people = [maker, make_finance(maker.organisation)]

        race = races.run(*[partial(batches.fill, batch, by=by, now=NOW) for by in people])

        assert race.errors == []
        batch.refresh_from_db()
        assert batch.filled_at is not None
        assert Payout.objects.filter(settlement__in=chosen).count() == 5
        assert not BatchRow.objects.filter(batch=batch, payout__isnull=True).exists()


def test_two_batches_and_a_single_transfer_over_one_settlement_pay_it_once(fresh_db):
    for _round in range(ROUNDS):
        maker = make_finance()
        (settlement,) = make_ready(100, finance=maker)
        made = [batches.make([settlement.pk], by=maker, submission_id=uuid.uuid4(), now=NOW) for _ in range(2)]

        race = races.run(
            *[partial(batches.fill, batch, by=maker, now=NOW) for batch in made],
            partial(payouts.queue, settlement, by=maker, now=NOW),
        )

        assert race.errors == []
        assert Payout.objects.filter(settlement=settlement).count() == 1


def test_one_form_sent_twice_at_once_makes_one_batch(fresh_db):
    for _round in range(ROUNDS):
        maker, number = make_finance(), uuid.uuid4()
        chosen = [one.pk for one in make_ready(100, finance=maker)]

        race = races.run_same(2, partial(batches.make, chosen, by=maker, submission_id=number, now=NOW))

        assert race.errors == []
        assert PayoutBatch.objects.filter(submission_id=number).count() == 1


def test_send_and_take_back_at_once_never_leave_a_dead_transfer_in_the_file(fresh_db):
    """A row that was taken out while the file was released would be paid by the bank, and then once more."""
    for _round in range(ROUNDS):
        maker = make_finance()
        batch = make_batch(100, 100, finance=maker)
        batches.check(batch, by=maker, now=NOW)
        out, _kept = transfers(batch)

        race = races.run(
            partial(batches.send, batch, by=maker, now=NOW),
            partial(payouts.mark_failed, out, reason="x", was="queued", by=maker, now=NOW),
        )

        assert race.errors_other_than(StaleState) == []
        out.refresh_from_db()
        assert (out.status, out.sent_at is None) in {("failed", True), ("sent", False)}


def test_line_matched_and_set_aside_at_once_has_one_state(fresh_db):
    for number in range(ROUNDS):
        maker = make_finance()
        payout = transfers(make_sent_batch(100, finance=maker))[0]
        row = bank_row(payout, number=f"{number}", 附言="")
        statement, _new = statements.start(make_csv(row), account=OWN_ACCOUNT, by=maker, now=NOW)
        line = statement.lines.get()

        race = races.run(
            partial(matching.match, line, payout, by=maker, now=NOW),
            partial(matching.set_aside, line, reason="x", by=maker, now=NOW),
        )

        assert race.errors_other_than(StaleState) == []
        assert len(race.errors) == 1
        payout.refresh_from_db()
        assert (line.state.__class__.objects.get(pk=line.pk).state, payout.status) in {
            ("matched", "paid"),
            ("set_aside", "sent"),
        }


def _one_invoice_for_two(number: str) -> tuple[races.Race, int]:
    """Two people put one invoice to two settlements of its provider; return on how many it stands."""
    first = make_settlement(100)
    second = make_settlement(100, commitment=make_commitment(100, provider=first.commitment.provider))
    given = {"number": number, "amount": 100, "by": clock("tests"), "now": NOW}
    race = races.run(*[partial(settlements.record_invoice, one, **given) for one in (first, second)])
    return race, Invoice.objects.filter(number=number).count()


def test_one_invoice_put_to_two_settlements_at_once_stands_on_one(fresh_db):
    for number in range(ROUNDS):
        race, stands_on = _one_invoice_for_two(f"{number}")

        assert race.errors_other_than(settlements.InvoiceUsed) == []
        assert (len(race.errors), stands_on) == (1, 1)


@pytest.mark.postgresql
def test_without_the_providers_lock_one_invoice_stands_on_two(fresh_db, monkeypatch):
    monkeypatch.setattr(settlements, "lock", lambda model, pk: model.objects.get(pk=pk))

    assert max(_one_invoice_for_two(f"{number}")[1] for number in range(6 * ROUNDS)) == 2


def _one_slip_for_two(number: str) -> tuple[races.Race, int]:
    """Two people confirm two transfers that name no account, of two lines, with one slip; return how many it pays."""
    maker = make_finance()
    sent = [transfers(make_sent_batch(100, finance=maker))[0] for _number in range(2)]
    given = {"bank_reference": number, "by": maker, "now": NOW}
    race = races.run(*[partial(payouts.mark_paid, one, **given) for one in sent])
    return race, Payout.objects.filter(bank_reference=number).count()


def test_one_slip_for_two_transfers_at_once_pays_one(fresh_db):
    for number in range(ROUNDS):
        race, pays = _one_slip_for_two(f"{number}")

        assert race.errors_other_than(payouts.BankReferenceUsed) == []
        assert (len(race.errors), pays) == (1, 1)


@pytest.mark.postgresql
def test_without_the_leagues_lock_one_slip_pays_two_transfers(fresh_db, monkeypatch):
    def only_others(model, pk):
        return model.objects.get(pk=pk) if model is Organisation else lock(model, pk)

    monkeypatch.setattr(payouts, "lock", only_others)

    assert max(_one_slip_for_two(f"{number}")[1] for number in range(6 * ROUNDS)) == 2
