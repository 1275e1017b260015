"""All that waits is approved together: as one by one, once, and in spite of a process that is killed in between."""

import os
import signal
import uuid
from datetime import timedelta

import pytest
from django.db import connections

from core.errors import SentByAnother
from funding import approving, commitments, funds
from funding.invariants import INVARIANTS
from funding.ledger import PeriodClosed
from funding.models import ApprovalRun, BudgetLine, Entry, Settlement, SettlementHistory
from funding.policies import PersonNeeded
from funding.tasks import run as sweep
from notifications.models import Message
from organisations.acting import clock, record
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_paid_advance,
    make_rule,
    make_settlement,
)
from tests.factories.organisations import make_member, make_organisation


@pytest.fixture
def finance():
    return make_finance()


def make_waiting(finance, *amounts: int, provider=None, line=None) -> list[Settlement]:
    """Settlements of the person's League that wait; each leaves a tenth of its commitment."""
    line = line or make_line(10_000_000, fund=make_fund(10_000_000, league=finance.organisation))
    provider = provider or make_organisation("provider")
    return [make_settlement(n, commitment=make_commitment(n + n // 10, line=line, provider=provider)) for n in amounts]


def begin(finance, now) -> ApprovalRun:
    return approving.begin(by=finance, submission_id=uuid.uuid4(), now=now)


def statuses() -> list[str]:
    return list(Settlement.objects.order_by("pk").values_list("status", flat=True))


def broken() -> list[str]:
    """What ``verify`` finds in the books."""
    return [f"{one.key} {breach}" for one in INVARIANTS for breach in one.check().breaches]


@pytest.mark.django_db
def test_all_that_waits_is_approved_in_portions_and_the_books_are_those_of_one_by_one(finance, now, monkeypatch):
    monkeypatch.setattr(approving, "PORTION", 2)
    provider = make_organisation("provider")
    manager = make_member(provider, "manager")
    rows = make_waiting(finance, 1_000, 2_000, 3_000, 4_000, 5_000, provider=provider)
    run = begin(finance, now)
    late = make_settlement(500, commitment=make_commitment(500, line=rows[0].commitment.line, provider=provider))

    run = approving.go_on(run, by=finance, now=now)

    assert (run.approved, run.passed_over, run.finished_at) == (5, 0, now)
    assert statuses() == ["approved"] * 5 + ["proposed"]
    line = BudgetLine.objects.get(pk=late.commitment.line_id)
    assert (line.payable, line.committed, line.available) == (15_000, 500, 10_000_000 - 15_500)
    assert Entry.objects.filter(kind="settle").count() == 5
    history = SettlementHistory.objects.filter(verb="approve")
    assert set(history.values_list("actor", "note", "before", "after")) == {
        (finance.user.pk, run.number, "proposed", "approved")
    }
    (message,) = Message.objects.filter(recipient=manager.user, kind="settlements_approved")
    assert (message.context["n"], message.context["amount"]) == (5, "¥150.00")
    assert broken() == []
    approving.go_on(run, by=finance, now=now)
    assert Entry.objects.filter(kind="settle").count() == 5


@pytest.mark.django_db
def test_what_one_by_one_would_refuse_or_reckon_with_is_left_to_it(finance, now):
    line = make_line(10_000_000, fund=make_fund(10_000_000, league=finance.organisation))
    rule = make_rule(line.fund, advance_share=5_000, checker_above=2_000)
    advance = make_advance(commitment=make_commitment(9_000, line=line))
    advanced = make_settlement(4_000, commitment=advance.commitment)
    owed = make_paid_advance(commitment=make_commitment(10_000, line=line))
    commitments.void(owed.commitment, by=clock("tests"), now=now, reason="暴雨")
    owing = make_settlement(1_000, commitment=make_commitment(1_000, line=line, provider=owed.commitment.provider))
    made, small, fine = make_waiting(finance, 2_001, 2_000, 3_000, line=line)
    for one in (made, small):
        record(SettlementHistory, finance, verb="propose", after="proposed", settlement=one, at=now)

    approving.go_on(begin(finance, now), by=finance, now=now)

    found = {one.pk: one for one in Settlement.objects.all()}
    left = [found[one.pk].status for one in (advance, advanced, owing, made)]
    assert left == ["proposed"] * 4
    assert [(found[one.pk].status, found[one.pk].fund_rule) for one in (small, fine)] == [("approved", rule)] * 2
    assert broken() == []


@pytest.mark.django_db
def test_own_money_is_passed_over_and_a_closed_period_stops_it(finance, now):
    own = make_organisation("provider")
    make_member(own, "coordinator", user=finance.user)
    make_waiting(finance, 1_000, provider=own)
    make_waiting(finance, 2_000)

    run = approving.go_on(begin(finance, now), by=finance, now=now)

    assert (run.approved, run.passed_over, statuses()) == (1, 1, ["proposed", "approved"])
    (row,) = make_waiting(finance, 3_000)
    funds.close_period(row.commitment.line.fund, ends_on=now.date(), by=clock("tests"), now=now + timedelta(days=1))
    with pytest.raises(PeriodClosed):
        approving.go_on(begin(finance, now), by=finance, now=now)
    assert Settlement.objects.get(pk=row.pk).status == "proposed"


@pytest.mark.django_db
def test_one_form_begins_once_and_only_a_person_begins(finance, now):
    number = uuid.uuid4()

    first, again = (approving.begin(by=finance, submission_id=number, now=now) for _ in range(2))

    assert first == again
    with pytest.raises(SentByAnother):
        approving.begin(by=make_finance(), submission_id=number, now=now)
    with pytest.raises(PersonNeeded):
        approving.begin(by=clock("tests"), submission_id=uuid.uuid4(), now=now)


@pytest.mark.django_db
def test_the_page_approves_all_and_the_sweep_goes_on_with_the_rest(finance, now, client, monkeypatch, time_machine):
    time_machine.move_to(now, tick=False)
    monkeypatch.setattr(approving, "PORTION", 1)
    make_waiting(finance, 1_000, 2_000, 3_000)
    client.force_login(finance.user)
    page = client.get("/funding/", headers={"accept-language": "en"})
    assert "Approve all 3" in page.content.decode()
    monkeypatch.setattr("funding.views.settlements.SECONDS_IN_A_REQUEST", -1)

    number = page.context["batch_form"].fields["submission_id"].initial()
    answer = client.post("/funding/settlements/approve-all/", {"submission_id": number}, follow=True)

    assert "1 settlement" in answer.content.decode() or "1" in answer.content.decode()
    assert statuses() == ["approved", "proposed", "proposed"]
    assert sweep(now) == 1
    assert statuses() == ["approved"] * 3
    assert client.post("/funding/settlements/approve-all/", {}, follow=True).status_code == 200


def killed_in_its_second_portion(run: ApprovalRun, finance, now) -> int:
    """Let a process approve, and kill it when the books of the second portion are written; return its signal."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        write, portions = SettlementHistory.objects.bulk_create, []

        def or_die(rows):
            portions.append(rows)
            if len(portions) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return write(rows)

        SettlementHistory.objects.bulk_create = or_die
        approving.go_on(run, by=finance, now=now)
        os._exit(1)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def test_a_process_killed_in_between_loses_and_doubles_nothing(fresh_db, finance, now, monkeypatch):
    monkeypatch.setattr(approving, "PORTION", 2)
    make_waiting(finance, 1_000, 2_000, 3_000, 4_000, 5_000)
    run = begin(finance, now)

    assert killed_in_its_second_portion(run, finance, now) == signal.SIGKILL

    assert statuses() == ["approved"] * 2 + ["proposed"] * 3
    assert (broken(), Entry.objects.filter(kind="settle").count()) == ([], 2)
    run = approving.go_on(run, by=finance, now=now)
    assert (run.approved, statuses()) == (5, ["approved"] * 5)
    assert (broken(), Entry.objects.filter(kind="settle").count()) == ([], 5)
    assert BudgetLine.objects.get(payable__gt=0).payable == 15_000


def test_without_its_transaction_the_killed_process_leaves_the_books_broken(fresh_db, finance, now, monkeypatch):
    """The control: if a portion were not one transaction, the test above would see it."""
    from django.db import transaction

    monkeypatch.setattr(approving, "PORTION", 2)
    make_waiting(finance, 1_000, 2_000, 3_000, 4_000, 5_000)
    run = begin(finance, now)
    post = approving.ledger.post_new

    def post_and_commit(*args, **kwargs):
        post(*args, **kwargs)
        transaction.get_connection().connection.commit()

    monkeypatch.setattr(approving.ledger, "post_new", post_and_commit)
    assert killed_in_its_second_portion(run, finance, now) == signal.SIGKILL

    assert broken() != []
