"""Gifts to a fund by bank transfer: announced under a reference, found on the statement, acknowledged by a receipt."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother, StaleState
from core.locking import lock, retried
from core.time import today
from funding import ledger, messages
from funding.ledger import Kind, Move
from funding.models import Donation, DonationHistory, Entry, Fund, FundHistory, LineState
from organisations.acting import Acting, record
from organisations.meanwhile import with_who
from organisations.models import Organisation

Status = Donation.Status
TRANSITIONS: dict[str, frozenset[str]] = {
    Status.ANNOUNCED: frozenset({Status.RECEIVED, Status.WITHDRAWN}),
    Status.RECEIVED: frozenset({Status.ANNOUNCED}),
    Status.WITHDRAWN: frozenset(),
}


class NotGivable(DomainError):
    """The fund takes no donations today, or none from there."""


class SlipUsed(DomainError):
    """The bank's number stands on another donation."""


def givable(donor: Organisation, now: datetime) -> list[Fund]:
    """Return the running funds to which an enterprise may give: those of a League of its area. One query."""
    rows = Fund.objects.running(today(now)).filter(league__region__in=donor.region.lineage_codes)
    return list(rows.select_related("league").order_by("-starts_on", "pk"))


@retried
def announce(
    fund: Fund,
    amount: int,
    *,
    donor_name: str,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
    donor: Organisation | None = None,
) -> Donation:
    """Note that somebody will give so much, and draw the reference for the transfer. The same form twice makes one.

    Raises:
        NotGivable: the fund has ended, or belongs to another area than the giver.
        SentByAnother: another giver used the form's number.
        ledger.KeyReused: the form was sent before with another amount, fund or name.
    """
    with transaction.atomic():
        fund = lock(Fund, fund.pk)
        known = Donation.objects.filter(submission_id=submission_id).first()
        if known is not None:
            _require_same(known, fund, amount, donor, donor_name)
            return known
        if donor is not None and fund not in givable(donor, now):
            raise NotGivable(_("This fund takes no donations from your area now. Choose another one."), field="fund")
        donation = Donation.objects.create(
            submission_id=submission_id,
            fund=fund,
            donor=donor,
            donor_name=donor_name,
            reference=f"JZ{fund.pk:03d}-{fund.donations.count() + 1:04d}",
            amount=amount,
            currency=fund.currency,
            announced_at=now,
        )
        record(DonationHistory, by, verb="announce", after=Status.ANNOUNCED, donation=donation, at=now)
        messages.donation_announced(donation, now=now)
    return donation


def _require_same(known: Donation, fund: Fund, amount: int, donor: Organisation | None, donor_name: str) -> None:
    if known.donor != donor:
        raise SentByAnother
    if (known.fund_id, known.amount, known.donor_name) != (fund.pk, amount, donor_name):
        sentence = _("This form was sent already with another amount or fund. Open the page anew to announce more.")
        raise ledger.KeyReused(sentence)


@retried
def receive(donation: Donation, *, amount: int, bank_reference: str, by: Acting, now: datetime) -> Donation:
    """Book what arrived under the donation's reference; the receipt is over that. Two who book make one.

    Raises:
        SlipUsed: the bank's number stands on another donation to the League, or on a transfer that came back.
        StaleState: it was booked with another number or amount, or withdrawn.
    """
    with transaction.atomic():
        donation = _locked(donation)
        asked, there = (amount, bank_reference), (donation.amount, donation.bank_reference)
        if donation.status == Status.RECEIVED and asked == there:
            return donation
        _require_edge(donation, Status.RECEIVED, by)
        _require_unused(donation, bank_reference)
        _require_no_return(donation, amount, bank_reference)
        accounts = ledger.accounts_of(donation.fund_id)
        donation.entry, _is_new = ledger.post(
            f"donation:{donation.pk}/{donation.history.count()}",
            kind=Entry.Kind.DONATE,
            transfers=[Move(accounts[Kind.OUTSIDE], accounts[Kind.UNALLOCATED], amount)],
            memo=donation.reference,
            by=by,
            at=now,
        )
        note = "" if amount == donation.amount else f"{donation.amount} → {amount}"
        donation.amount, donation.bank_reference = amount, bank_reference
        donation.received_at, donation.received_by = now, by.user
        _move(donation, Status.RECEIVED, verb="donate", note=note, by=by, now=now)
        record(FundHistory, by, verb="donate", note=donation.reference, fund=donation.fund, at=now)
        messages.donation_received(donation, now=now)
    return donation


def _require_unused(donation: Donation, bank_reference: str) -> None:
    """Pass if no other donation to the League has the bank's number; the League is locked, so that none gets it."""
    league = lock(Organisation, donation.fund.league_id)
    if Donation.objects.filter(bank_reference=bank_reference, fund__league=league).exists():
        raise SlipUsed(
            _("This number of the bank stands on another donation. Look at the slip again."),
            field="bank_reference",
        )


def _require_no_return(donation: Donation, amount: int, bank_reference: str) -> None:
    """Let no money count as given that the statement has as a transfer that came back."""
    back = LineState.objects.filter(state=LineState.State.MATCHED, is_return=True, line__league=donation.fund.league_id)
    if back.filter(line__bank_reference=bank_reference, line__amount=amount).exists():
        raise SlipUsed(
            _("This number of the bank stands on a transfer that came back. Look at the slip again."),
            field="bank_reference",
        )


@retried
def withdraw(donation: Donation, *, reason: str, by: Acting, now: datetime) -> Donation:
    """Note that an announced donation will not come. Twice happens once.

    Raises:
        StaleState: it arrived.
    """
    with transaction.atomic():
        donation = _locked(donation)
        if donation.status != Status.WITHDRAWN:
            _require_edge(donation, Status.WITHDRAWN, by)
            _move(donation, Status.WITHDRAWN, verb="withdraw", note=reason, by=by, now=now)
    return donation


def _locked(donation: Donation) -> Donation:
    """Return the donation as it is now, with its fund's row locked, which guards all that is given to it."""
    lock(Fund, donation.fund_id)
    return Donation.objects.with_fund().get(pk=donation.pk)


def _require_edge(donation: Donation, to: str, by: Acting) -> None:
    if to not in TRANSITIONS[donation.status]:
        sentence = _("This donation is “%(status)s” by now. Reload the page to see what happened.")
        words = {"status": donation.get_status_display()}
        raise StaleState(with_who(sentence % words, donation.history.all(), by))


def _move(donation: Donation, to: Status, *, verb: str, note: str, by: Acting, now: datetime) -> None:
    before, donation.status = donation.status, to
    donation.save()
    record(DonationHistory, by, verb=verb, before=before, after=to, note=note, donation=donation, at=now)
