"""Donations by bank transfer: announced under a reference, booked once, acknowledged."""

import uuid
from datetime import date

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from core.errors import SentByAnother, StaleState
from funding import donations, ledger
from funding.invariants import INVARIANTS
from funding.models import Donation, Entry, FundHistory
from notifications.models import Message
from organisations.acting import clock
from tests.factories.funding import make_donation, make_finance, make_fund, make_league, make_received_donation
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db
BY = clock("tests")


@pytest.fixture
def fund():
    return make_fund(league=make_league())


@pytest.fixture
def donor():
    return make_organisation("enterprise")


def announce(fund, donor, now, amount=500, *, submission_id=None, **more):
    return donations.announce(
        fund,
        amount,
        donor=donor,
        donor_name=more.pop("donor_name", "示范企业"),
        by=BY,
        now=now,
        submission_id=submission_id or uuid.uuid4(),
    )


def receive(donation, now, amount=500, number="ICBC1"):
    by = make_finance(donation.fund.league)
    return donations.receive(donation, amount=amount, bank_reference=number, by=by, now=now)


def balances(fund):
    fund.refresh_from_db()
    return fund.received, fund.unallocated


def broken():
    return {promise.key: promise.check().breaches for promise in INVARIANTS if promise.check().breaches}


def test_announce_twice_with_one_form_draws_one_reference(fund, donor, now):
    finance, form = make_finance(fund.league), uuid.uuid4()

    first = announce(fund, donor, now, submission_id=form)
    again = announce(fund, donor, now, submission_id=form)
    other = announce(fund, donor, now)

    assert first == again
    assert [first.reference, other.reference] == [f"JZ{fund.pk:03d}-0001", f"JZ{fund.pk:03d}-0002"]
    assert balances(fund) == (0, 0)
    assert Message.objects.filter(kind="donation_announced", recipient=finance.user).count() == 2


def test_announce_with_a_used_form_is_refused(fund, donor, now):
    form = uuid.uuid4()
    announce(fund, donor, now, submission_id=form)

    with pytest.raises(ledger.KeyReused):
        announce(fund, donor, now, 501, submission_id=form)
    with pytest.raises(SentByAnother):
        announce(fund, make_organisation("enterprise"), now, submission_id=form)


def test_announce_to_a_fund_of_elsewhere_or_of_last_year_is_refused(fund, donor, now):
    town = make_organisation("league", region=make_region("天穆镇"))
    ended = make_fund(league=fund.league, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))

    for other in (make_fund(league=town), ended):
        with pytest.raises(donations.NotGivable):
            announce(other, donor, now)

    assert donations.givable(donor, now) == [fund]


def test_receive_books_once_thanks_and_names_the_receipt(fund, donor, now):
    giver = make_member(donor, "manager")
    donation = announce(fund, donor, now)

    for _click in range(2):
        donation = receive(donation, now)

    assert (donation.status, donation.bank_reference, balances(fund)) == ("received", "ICBC1", (500, 500))
    assert (donation.entry.kind, donation.entry.memo) == ("donate", donation.reference)
    assert Entry.objects.filter(kind="donate").count() == 1
    assert FundHistory.objects.get(verb="donate").note == donation.reference
    message = Message.objects.get(kind="donation_received")
    assert (message.recipient, message.path) == (giver.user, f"/funding/donations/{donation.pk}/receipt/")
    assert broken() == {}


def test_receive_another_amount_is_what_the_receipt_says(fund, donor, now):
    """The receipt is over what arrived, whatever was announced."""
    donation = receive(announce(fund, donor, now), now, 499)

    assert (donation.amount, balances(fund)) == (499, (499, 499))
    assert donation.history.get(verb="donate").note == "500 → 499"


def test_receive_with_the_bank_number_of_another_is_refused(fund, donor, now):
    receive(announce(fund, donor, now), now)

    with pytest.raises(donations.SlipUsed) as refusal:
        receive(announce(fund, donor, now), now)

    assert refusal.value.field == "bank_reference"
    assert balances(fund) == (500, 500)


def test_receive_a_second_time_with_another_slip_is_refused(fund, donor, now):
    donation = receive(announce(fund, donor, now), now)

    with pytest.raises(StaleState, match="received"):
        receive(donation, now, number="ICBC2")

    assert balances(fund) == (500, 500)


def test_withdraw_ends_what_was_announced_and_nothing_else(fund, donor, now):
    donation = announce(fund, donor, now)
    for _click in range(2):
        donation = donations.withdraw(donation, reason="改为实物", by=BY, now=now)

    assert (donation.status, donation.history.filter(verb="withdraw").count()) == ("withdrawn", 1)
    with pytest.raises(StaleState):
        receive(donation, now)
    with pytest.raises(StaleState):
        donations.withdraw(receive(announce(fund, donor, now), now), reason="x", by=BY, now=now)


def test_donation_of_somebody_without_a_login_tells_nobody(fund, now):
    donation = receive(announce(fund, None, now, donor_name="王先生"), now)

    assert (donation.donor, donation.donor_name) == (None, "王先生")
    assert not Message.objects.filter(kind="donation_received").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "received"},
        {"bank_reference": "X"},
        {"amount": 0},
    ],
)
def test_donation_that_is_half_booked_is_refused_by_the_database(fund, donor, now, change):
    donation = announce(fund, donor, now)

    with pytest.raises(IntegrityError), transaction.atomic():
        Donation.objects.filter(pk=donation.pk).update(**change)


def test_two_donations_of_one_slip_are_refused_by_the_database(fund, donor, now):
    receive(announce(fund, donor, now), now)
    other = receive(announce(fund, donor, now), now, number="ICBC2")

    with pytest.raises(IntegrityError), transaction.atomic():
        Donation.objects.filter(pk=other.pk).update(bank_reference="ICBC1")


def test_donations_are_seen_by_their_giver_and_their_league(now):
    donation, other = make_received_donation(), make_donation()
    giver = make_member(donation.donor, "manager")

    assert list(Donation.objects.visible_to(giver)) == [donation]
    assert list(Donation.objects.visible_to(make_finance(other.fund.league))) == [other]
    assert not Donation.objects.visible_to(make_member(donation.fund.league, "editor")).exists()
    assert str(donation) == donation.reference


def test_receive_the_number_that_another_leagues_bank_gave_as_well_books_both(fund, donor, now):
    receive(announce(fund, donor, now), now)
    other = make_fund(league=make_organisation("league"))
    gift = make_donation(500, fund=other)

    assert receive(gift, now).status == Donation.Status.RECEIVED
    with pytest.raises(donations.SlipUsed):
        receive(make_donation(500, fund=make_fund(league=other.league)), now)
