"""What goes on by itself: who closed the page too early finds their batch and statement finished."""

import uuid

import pytest

from funding import batches, statements
from funding.models import Payout
from funding.tasks import run, sweep
from organisations.models import Membership
from tests.factories.banking import OWN_ACCOUNT, bank_row, make_csv, make_ready, make_sent_batch, transfers
from tests.factories.funding import make_finance

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(now):
    """A batch and a statement whose person closed the page at once."""
    finance = make_finance()
    sent = transfers(make_sent_batch(100, finance=finance))
    chosen = make_ready(200, finance=finance)
    batch = batches.make([one.pk for one in chosen], by=finance, submission_id=uuid.uuid4(), now=now)
    statement, _new = statements.start(make_csv(bank_row(sent[0])), account=OWN_ACCOUNT, by=finance, now=now)
    return finance, batch, statement


def test_sweep_finishes_what_was_begun_in_the_persons_name(begun, now):
    finance, batch, statement = begun

    assert run(now) == 2

    batch.refresh_from_db()
    statement.refresh_from_db()
    assert (batch.filled_at, statement.matched_at) == (now, now)
    assert {payout.made_by for payout in transfers(batch)} == {finance.user}
    assert set(Payout.objects.values_list("status", flat=True)) == {"paid", "queued"}
    assert run(now) == 0


@pytest.mark.parametrize("loss", ["membership", "login", "role"])
def test_sweep_acts_for_nobody_who_may_no_longer_pay(begun, now, loss):
    """Losing a role takes effect at once, also on what was begun before."""
    finance, batch, _statement = begun
    if loss == "login":
        finance.user.is_active = False
        finance.user.save()
    elif loss == "role":
        Membership.objects.filter(user=finance.user).update(role="auditor")
    else:
        Membership.objects.filter(user=finance.user).update(ends_on="2026-11-23")

    assert run(now) == 0

    batch.refresh_from_db()
    assert batch.filled_at is None


def test_task_runs_at_the_present_moment(begun):
    sweep()

    assert Payout.objects.filter(status="paid").count() == 1
