"""Payouts under random faults: workers killed between call and save, dead lines, events doubled, shuffled and lost,
two officers, Stripe and the bank at once. Each settlement is paid exactly once, out there and in our books.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from funding import invariants
from funding.models import BudgetLine, StripeTransfer
from funding.stripe import transfers
from tests.factories.stripe import make_sent_stripe_payout
from tests.funding.stripe_city import AMOUNT, City
from tests.proving import share

pytestmark = [pytest.mark.race, pytest.mark.slow]
WAVE = 20
MANY = 2_500  # on each of the two databases: 5,000 in all


def pay_under_faults(stripe, now, total: int) -> dict[str, int]:
    """Pay so many settlements while everything fails; return how often what went wrong."""
    city = City(stripe, now, seed=total, total=total)
    paid = 0
    try:
        while paid < total:
            made = city.wave(min(WAVE, total - paid))
            assert [(one.pk, city.standing(one), city.booked(one)) for one in made] == [(one.pk, 1, 1) for one in made]
            paid += len(made)
    finally:
        city.close()
    line = BudgetLine.objects.get(pk=city.line.pk)
    assert (line.paid, line.payable, line.committed, line.available) == (total * AMOUNT, 0, 0, 0)
    found = {one.key: one.check().breaches for one in invariants.INVARIANTS}
    assert {key: breaches for key, breaches in found.items() if breaches} == {}
    return city.counts


def test_each_of_20_is_paid_once_whatever_fails(fresh_db, stripe, now):
    counts = pay_under_faults(stripe, now, 20)

    assert counts["killed"] > 0
    assert counts["events lost"] > 0


@pytest.mark.prove
def test_each_of_many_is_paid_once_whatever_fails(fresh_db, stripe, now, record_property):
    counts = pay_under_faults(stripe, now, share(MANY))

    record_property("settlements paid", share(MANY))
    for name, count in counts.items():
        record_property(name, count)
    assert all(counts.values())


def test_without_key_and_question_the_same_faults_pay_twice(fresh_db, stripe, now, monkeypatch):
    """The control: a fresh key for each try, and nobody asks what exists, as careless software does."""
    monkeypatch.setattr(StripeTransfer, "key", property(lambda _one: str(uuid4())))
    monkeypatch.setattr(transfers, "look", lambda *_arguments, **_more: False)
    payout = make_sent_stripe_payout(stripe)
    stripe.faults.append("drop_after")
    for minutes in range(2):
        transfers.push(payout.pk, now=now + timedelta(minutes=minutes))

    standing = [one for one in stripe.books.objects.values() if one.get("transfer_group") == payout.reference]
    assert len(standing) == 2
