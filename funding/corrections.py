"""Nothing in the books is edited: a mistake is undone by an entry that names it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock, lock_all, retried
from funding import ledger
from funding.models import BudgetLine, Donation, DonationHistory, Entry, Fund, FundHistory
from funding.models.gift import REFUND_KEY
from organisations.acting import Acting, record

Kind = Entry.Kind
# What a person enters by hand. All else is a step of an order, and undone by that order's own verbs.
BY_HAND = frozenset(
    {
        Kind.OPENING,
        Kind.RECEIVE,
        Kind.DONATE,
        Kind.REFUND,
        Kind.ALLOCATE,
        Kind.TAKE_BACK,
        Kind.TRANSFER,
        Kind.SPEND,
    }
)


class NotByHand(DomainError):
    """The entry is a step of an order, of the clock or of Stripe; those have verbs of their own."""


def is_correctable(entry: Entry) -> bool:
    """Tell whether an entry was made by hand and stands uncorrected. Two queries, one with ``reversed_by`` joined."""
    return entry.kind in BY_HAND and not hasattr(entry, "reversed_by") and not _is_at_stripe(entry)


def _is_at_stripe(entry: Entry) -> bool:
    """Tell whether Stripe moved the money: it is there, or has gone back, whatever a correction would say."""
    return entry.key.startswith(REFUND_KEY) or any(one.is_by_stripe for one in Donation.objects.filter(entry=entry))


@retried
def correct(entry: Entry, *, reason: str, by: Acting, now: datetime) -> Entry:
    """Undo an entry that was made by hand, by an entry of today. The same twice happens once.

    A donation that was booked by mistake waits for its transfer again.

    Raises:
        NotByHand: it is a step of an order, or a donation or refund at Stripe.
        StaleState: somebody corrected it already, for another reason.
        ledger.NotEnough: what it brought is no longer there.
    """
    with transaction.atomic():
        fund, line = _locked(entry)
        if entry.kind not in BY_HAND:
            raise NotByHand(_("This entry is a step of an order. Correct it there."))
        if _is_at_stripe(entry):
            raise NotByHand(_("Stripe moved this money. Give the donation back there, or look at its differences."))
        earlier = Entry.objects.filter(reverses=entry).first()
        if earlier is not None:
            if earlier.memo == reason:
                return earlier
            raise StaleState(_("This entry was corrected already. Nothing was changed."))
        back, _is_new = ledger.reverse(entry, memo=reason, by=by, at=now)
        record(FundHistory, by, verb="reverse", before=entry.kind, note=reason, fund=fund, line=line, at=now)
        _reopen_donation(entry, reason, by=by, now=now)
    return back


def _locked(entry: Entry) -> tuple[Fund, BudgetLine | None]:
    """Return the entry's fund and the line that it touched, both locked."""
    accounts = [
        account for row in entry.transfers.select_related("debit", "credit") for account in (row.debit, row.credit)
    ]
    fund = lock(Fund, accounts[0].fund_id)
    lines = lock_all(BudgetLine, {account.line_id for account in accounts if account.line_id})
    return fund, lines[0] if lines else None


def _reopen_donation(entry: Entry, reason: str, *, by: Acting, now: datetime) -> None:
    donation = Donation.objects.filter(entry=entry).first()
    if donation is None:
        return
    before, donation.status = donation.status, Donation.Status.ANNOUNCED
    donation.entry = donation.received_at = donation.received_by = None
    donation.bank_reference = ""
    donation.save()
    record(
        DonationHistory,
        by,
        verb="reverse",
        before=before,
        after=donation.status,
        note=reason,
        donation=donation,
        at=now,
    )
