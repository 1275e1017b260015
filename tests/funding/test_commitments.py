"""Commitments: reserved under the line's lock, given back once."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from core.errors import StaleState
from funding import commitments
from funding.commitments import BudgetShort
from funding.models import Commitment, Entry
from organisations.acting import clock
from tests.factories.funding import make_commitment, make_finance, make_line, make_settlement
from tests.factories.organisations import make_organisation

pytestmark = pytest.mark.django_db
BY = clock("tests")


def balances(line):
    line.refresh_from_db()
    return line.available, line.committed, line.payable, line.paid


def test_reserve_moves_money_from_available_to_committed(now):
    line, provider = make_line(1000), make_organisation()

    commitment = commitments.reserve(line.pk, 640, provider=provider, reference="BC-2026-0187", by=BY, now=now)

    assert balances(line) == (360, 640, 0, 0)
    assert (commitment.status, commitment.opened_at, commitment.is_open) == ("open", now, True)
    assert commitment.entries.get().memo == "BC-2026-0187"
    assert commitment.history.get().verb == "reserve"
    assert str(commitment) == "BC-2026-0187"


def test_reserve_the_last_yuan_succeeds_and_one_more_is_refused_with_what_is_missing(now):
    line, provider = make_line(640_000), make_organisation()
    commitments.reserve(line.pk, 640_000, provider=provider, reference="A", by=BY, now=now)

    with pytest.raises(BudgetShort) as refusal:
        commitments.reserve(line.pk, 120_000, provider=provider, reference="B", by=BY, now=now)

    assert refusal.value.short_by == 120_000
    assert "¥1,200.00 is missing" in str(refusal.value)
    assert f"Ask the finance of {line.fund.league}" in str(refusal.value)
    assert Commitment.objects.get().reference == "A"


def test_reserve_an_order_twice_is_refused_by_the_database(now):
    commitment = make_commitment(100)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_commitment(100, line=commitment.line, reference=commitment.reference)


def test_void_gives_everything_back_once(now):
    commitment = make_commitment(640, line=make_line(1000))

    for _click in range(2):
        commitment = commitments.void(commitment, by=make_finance(), now=now, reason="取消")

    assert balances(commitment.line) == (1000, 0, 0, 0)
    assert (commitment.status, commitment.posted, commitment.closed_at) == ("closed", 0, now)
    assert Entry.objects.filter(kind="void").count() == 1
    assert list(commitment.history.order_by("pk").values_list("verb", "note")) == [("reserve", ""), ("void", "取消")]


def test_void_a_settled_commitment_is_refused(now):
    settlement = make_settlement(640, approved_by=make_finance())

    with pytest.raises(StaleState):
        commitments.void(settlement.commitment, by=BY, now=now, reason="取消")


def test_commitment_words_keep_the_open_ones():
    first = make_commitment(100)
    make_settlement(100, approved_by=make_finance())

    assert list(Commitment.objects.open()) == [first]
