"""Payouts: made by one, checked by another, followed until the money arrived or came back."""

import itertools
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.utils import translation

from core.errors import StaleState
from core.formats import daytime_text
from funding import payees, payouts, settlements
from funding.models import Entry, Payout, Settlement
from funding.payees import (
    PayeeAccountChanged,
    PayeeAccountMissing,
    PayeeAccountUnconfirmed,
    PayeeNameDiffers,
)
from funding.payouts import TRANSITIONS, BankReferenceUsed
from funding.policies import OwnMoney, PersonNeeded, SecondPersonNeeded
from funding.settlements import InvoiceNeeded
from funding.signals import payout_changed
from notifications.models import Message
from organisations.acting import clock
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_paid_payout,
    make_payee_account,
    make_payout,
    make_settlement,
)
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
BY = clock("tests")
Status = Payout.Status


def balances(payout):
    line = payout.settlement.commitment.line
    line.refresh_from_db()
    return line.available, line.committed, line.payable, line.paid


@pytest.fixture
def heard():
    """What the signal told, as (settlement status, payout status)."""
    calls = []

    def listen(sender, settlement, payout, **kwargs):
        calls.append((settlement.status, payout.status))

    payout_changed.connect(listen)
    yield calls
    payout_changed.disconnect(listen)


def test_payout_goes_from_queue_to_paid_and_settles(now, heard):
    maker, checker = make_finance(), make_finance()
    line = make_line(700_000)
    settlement = make_settlement(600_000, commitment=make_commitment(600_000, line=line), approved_by=maker)

    payout = make_payout(settlement=settlement, maker=maker)
    assert (payout.status, payout.made_by, payout.amount, payout.currency) == ("queued", maker.user, 600_000, "CNY")
    assert payout.reference == str(payout) == f"{settlement.commitment.reference}-1"
    assert balances(payout) == (100_000, 0, 600_000, 0)
    payout = payouts.send(payout, by=checker, now=now)
    assert (payout.status, payout.checked_by, payout.sent_at) == ("sent", checker.user, now)
    assert balances(payout) == (100_000, 0, 600_000, 0)
    payout = payouts.mark_paid(payout, bank_reference="ABC1", by=maker, now=now)

    assert (payout.status, payout.paid_at, payout.settlement.status) == ("paid", now, "paid")
    assert balances(payout) == (100_000, 0, 0, 600_000)
    assert list(payout.history.order_by("pk").values_list("verb", "before", "after")) == [
        ("queue", "", "queued"),
        ("send", "queued", "sent"),
        ("mark_paid", "sent", "paid"),
    ]
    assert heard == [("approved", "queued"), ("approved", "sent"), ("paid", "paid")]


def test_queue_twice_makes_one_payout(now):
    payout = make_payout()

    assert payouts.queue(payout.settlement, by=make_finance(), now=now) == payout
    assert Payout.objects.count() == 1


def test_queue_needs_approval_invoice_and_a_fit_account(now):
    maker = make_finance()
    settlement = make_settlement()
    provider = settlement.commitment.provider

    with pytest.raises(StaleState):
        payouts.queue(settlement, by=maker, now=now)
    settlement = settlements.approve(settlement, by=maker, now=now)
    with pytest.raises(InvoiceNeeded):
        payouts.queue(settlement, by=maker, now=now)
    settlements.record_invoice(settlement, exception="小额免票", by=maker, now=now)
    with pytest.raises(PayeeAccountMissing):
        payouts.queue(settlement, by=maker, now=now)
    account = make_payee_account(provider, is_confirmed=False)
    with pytest.raises(PayeeAccountUnconfirmed):
        payouts.queue(settlement, by=maker, now=now)
    payees.confirm_account(account, by=maker, now=now)
    assert payouts.queue(settlement, by=maker, now=now).account == account


def test_queue_to_an_account_in_another_name_is_refused(now):
    maker = make_finance()
    settlement = make_settlement(approved_by=maker)
    settlements.record_invoice(settlement, exception="小额免票", by=maker, now=now)
    provider = settlement.commitment.provider
    make_payee_account(provider)
    provider.name = "改名后的中心"
    provider.save()

    with pytest.raises(PayeeNameDiffers):
        payouts.queue(settlement, by=maker, now=now)


@pytest.mark.parametrize(("amount", "is_refused"), [(500_000, False), (500_001, True)])
def test_send_by_the_maker_is_refused_above_the_amount_of_the_rule(now, amount, is_refused):
    maker = make_finance()
    settlement = make_settlement(amount, commitment=make_commitment(amount, line=make_line(600_000)), approved_by=maker)
    payout = make_payout(settlement=settlement, maker=maker)

    if is_refused:
        with pytest.raises(SecondPersonNeeded, match=r"Above ¥5,000\.00"):
            payouts.send(payout, by=maker, now=now)
        payout.refresh_from_db()
        assert payout.status == Status.QUEUED
    else:
        assert payouts.send(payout, by=maker, now=now).status == Status.SENT


def test_queue_and_send_the_money_of_an_own_organisation_are_refused(now):
    maker, checker = make_finance(), make_finance()
    payout = make_payout(maker=maker)
    provider = payout.settlement.commitment.provider
    make_member(provider, "coordinator", user=checker.user)

    with pytest.raises(OwnMoney):
        payouts.send(payout, by=checker, now=now)
    payouts.mark_failed(payout, reason="账号错误", by=maker, now=now)
    with pytest.raises(OwnMoney):
        payouts.queue(payout.settlement, by=checker, now=now)


def test_send_twice_happens_once(now):
    payout = payouts.send(make_payout(), by=make_finance(), now=now)

    again = payouts.send(payout, by=make_finance(), now=now + timedelta(hours=1))

    assert (again.sent_at, again.checked_by) == (now, payout.checked_by)


def test_send_by_the_clock_is_refused(now):
    with pytest.raises(PersonNeeded):
        payouts.send(make_payout(), by=BY, now=now)


def test_send_after_the_account_was_changed_is_refused(now):
    payout = make_payout()
    make_payee_account(payout.settlement.commitment.provider)

    with pytest.raises(PayeeAccountChanged):
        payouts.send(payout, by=make_finance(), now=now)


def test_mark_paid_twice_pays_once_and_another_number_is_refused(now):
    payout = make_paid_payout()

    again = payouts.mark_paid(payout, bank_reference=payout.bank_reference, by=make_finance(), now=now)
    assert again.status == Status.PAID
    with pytest.raises(StaleState, match="arrived"):
        payouts.mark_paid(payout, bank_reference="another", by=make_finance(), now=now)

    assert Entry.objects.filter(kind="pay").count() == 1


@pytest.mark.parametrize("typed", ["AB12", "ab12", " AB 12", "ＡＢ１２"])
def test_mark_paid_with_the_slip_of_another_payout_is_refused(now, typed):
    """However the keyboard was set: one slip pays once."""
    paid = payouts.send(make_payout(), by=make_finance(), now=now)
    paid = payouts.mark_paid(paid, bank_reference="AB12", by=make_finance(), now=now)
    line = make_line(fund=make_fund(100_000, league=paid.settlement.commitment.line.fund.league))
    settlement = make_settlement(commitment=make_commitment(line=line), approved_by=make_finance())
    payout = payouts.send(make_payout(settlement=settlement), by=make_finance(), now=now)

    with pytest.raises(BankReferenceUsed) as refusal:
        payouts.mark_paid(payout, bank_reference=typed, by=make_finance(), now=now)

    assert refusal.value.field == "bank_reference"
    assert balances(payout)[3] == 0


def test_failed_payout_is_final_and_a_new_one_names_it(now, heard):
    first = payouts.send(make_payout(), by=make_finance(), now=now)

    for _click in range(2):
        first = payouts.mark_failed(first, reason="户名不符", by=make_finance(), now=now)
    second = payouts.queue(first.settlement, by=make_finance(), now=now)

    assert (first.status, first.settlement.status) == ("failed", "approved")
    assert (second.replaces, second.reference[-2:]) == (first, "-2")
    assert balances(second)[2:] == (10_000, 0)
    assert first.history.latest("pk").note == "户名不符"
    assert heard[2:] == [("approved", "failed"), ("approved", "queued")]


def test_returned_payout_brings_the_money_back_to_payable(now, heard):
    first = make_paid_payout(now=now)

    for _click in range(2):
        first = payouts.mark_returned(first, reason="账户已销户", by=make_finance(), now=now + timedelta(days=1))

    assert (first.status, first.settlement.status) == ("returned", "approved")
    assert balances(first)[2:] == (10_000, 0)
    entry = Entry.objects.get(kind="return")
    assert (entry.reverses.key, entry.payout) == (f"payout:{first.pk}/pay", first)
    assert heard[-1] == ("approved", "returned")
    second = make_paid_payout(settlement=first.settlement)
    assert (second.replaces, second.settlement.status) == (first, "paid")
    assert balances(second)[2:] == (0, 10_000)


def test_returned_before_it_was_booked_as_paid_moves_no_money(now):
    payout = payouts.send(make_payout(), by=make_finance(), now=now)

    payout = payouts.mark_returned(payout, reason="退票", by=make_finance(), now=now)

    assert (payout.status, payout.settlement.status) == ("returned", "approved")
    assert not Entry.objects.filter(kind__in=["pay", "return"]).exists()


def reach(status, now):
    """A payout in the status."""
    payout = make_payout(now=now)
    by = make_finance()
    if status in {Status.SENT, Status.PAID, Status.RETURNED}:
        payout = payouts.send(payout, by=by, now=now)
    if status == Status.PAID:
        payout = payouts.mark_paid(payout, bank_reference=f"R{payout.pk}", by=by, now=now)
    if status == Status.FAILED:
        payout = payouts.mark_failed(payout, reason="x", by=by, now=now)
    if status == Status.RETURNED:
        payout = payouts.mark_returned(payout, reason="x", by=by, now=now)
    return payout


VERBS = {
    Status.SENT: lambda payout, now: payouts.send(payout, by=make_finance(), now=now),
    Status.PAID: lambda payout, now: payouts.mark_paid(payout, bank_reference="X", by=make_finance(), now=now),
    Status.FAILED: lambda payout, now: payouts.mark_failed(payout, reason="x", by=make_finance(), now=now),
    Status.RETURNED: lambda payout, now: payouts.mark_returned(payout, reason="x", by=make_finance(), now=now),
}
FORBIDDEN = [
    (source, target)
    for source, target in itertools.product(Status, VERBS)
    if target not in TRANSITIONS[source] and not (source == target and source != Status.PAID)
]


@pytest.mark.parametrize(("source", "target"), FORBIDDEN)
def test_verb_off_the_edges_is_refused_and_changes_nothing(source, target, now):
    payout = reach(source, now)
    before = balances(payout)

    with pytest.raises(StaleState):
        VERBS[target](payout, now)

    payout.refresh_from_db()
    assert payout.status == source
    assert balances(payout) == before


def test_a_step_that_comes_too_late_names_the_colleague_and_when(now):
    """Without it two people at finance each believe that the bank did it."""
    payout, one = make_payout(now=now), make_finance()
    payouts.mark_failed(payout, reason="x", by=one, now=now)
    colleague = make_member(one.organisation, "finance")

    with translation.override("en"):
        words = f"The last to act was {one.user}, on {daytime_text(now)}"
        with pytest.raises(StaleState, match=words):
            payouts.send(payout, by=colleague, now=now)


def test_second_payout_of_a_settlement_is_refused_by_the_database(now):
    payout = make_payout()
    payout.pk, payout.reference = None, "another"

    with pytest.raises(IntegrityError), transaction.atomic():
        payout.save(force_insert=True)


def test_moves_tell_the_provider_and_a_failure_tells_the_finance_too(now):
    payout = make_payout()
    provider, league = payout.settlement.commitment.provider, payout.settlement.commitment.line.fund.league
    finance = make_finance(league)
    Message.objects.all().delete()

    payout = payouts.send(payout, by=finance, now=now)
    payouts.mark_failed(payout, reason="户名不符", by=finance, now=now)

    to_provider = Message.objects.filter(recipient__memberships__organisation=provider)
    assert set(to_provider.values_list("kind", flat=True)) == {"payout_sent", "payout_failed"}
    assert set(finance.user.messages.values_list("kind", flat=True)) == {"payout_again"}


def test_receiver_that_fails_rolls_everything_back(now):
    payout = payouts.send(make_payout(), by=make_finance(), now=now)

    def fail(sender, **kwargs):
        raise RuntimeError

    payout_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            payouts.mark_paid(payout, bank_reference="X", by=make_finance(), now=now)
    finally:
        payout_changed.disconnect(fail)

    payout.refresh_from_db()
    assert (payout.status, balances(payout)[3]) == ("sent", 0)
    assert Settlement.objects.get().status == "approved"


def test_payouts_are_seen_like_their_settlements():
    payout = make_payout()
    own = make_member(payout.settlement.commitment.provider, "manager")

    assert Payout.objects.visible_to(own).under_way().get() == payout
    assert not Payout.objects.visible_to(make_finance()).exists()


@pytest.mark.parametrize("verb", ["mark_paid", "mark_failed", "mark_returned"])
def test_bank_word_about_an_own_organisation_is_noted_by_somebody_else(now, verb):
    payout = payouts.send(make_payout(), by=make_finance(), now=now)
    own = make_finance()
    make_member(payout.settlement.commitment.provider, "coordinator", user=own.user)
    given = {"bank_reference": "B1"} if verb == "mark_paid" else {"reason": "账号不符"}

    with pytest.raises(OwnMoney):
        getattr(payouts, verb)(payout, by=own, now=now, **given)

    payout.refresh_from_db()
    assert payout.status == "sent"
    getattr(payouts, verb)(payout, by=make_finance(), now=now, **given)
