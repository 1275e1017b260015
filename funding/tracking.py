"""Where the money of a settlement is, told like a parcel's way; and the settlement's whole story."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.money import format_money
from core.templatetags.ui import daytime
from funding import wording
from funding.models import Payout, PayoutHistory, Settlement, SettlementHistory


@dataclass(frozen=True)
class Parcel:
    """A settlement and where its money is: a badge, and a sentence that says who does what next."""

    settlement: Settlement
    payout: Payout | None
    text: str
    tone: str
    icon: str
    next: str
    wants_invoice: bool = False


def parcel(settlement: Settlement) -> Parcel:
    """Return where a settlement's money is. Its payouts are prefetched, oldest first; its invoice is joined."""
    payouts = list(settlement.payouts.all())
    payout = payouts[-1] if payouts else None
    if settlement.status == Settlement.Status.PROPOSED:
        return Parcel(
            settlement,
            None,
            *_words(pgettext("payment", "To be approved"), "info", "clock", _("League finance checks it.")),
        )
    if settlement.status == Settlement.Status.ENDED:
        return Parcel(settlement, payout, *_words(pgettext("payment", "Taken back"), "neutral", "stop", ""))
    if payout is None and settlement.status == Settlement.Status.PAID:
        then = _("It was advanced before, or set off against what you owed.")
        return Parcel(settlement, None, *_words(pgettext("payment", "Set off"), "success", "check", then))
    if payout is None or payout.status in {Payout.Status.FAILED, Payout.Status.RETURNED}:
        return _waiting(settlement, payout)
    words = {
        Payout.Status.QUEUED: (
            pgettext("payment", "Prepared"),
            "info",
            "clock",
            _("A second person of League finance checks it."),
        ),
        Payout.Status.SENT: (
            payout.state if payout.rail == Payout.Rail.STRIPE else pgettext("payment", "On its way"),
            "info",
            "right",
            _("Stripe has it.") if payout.rail == Payout.Rail.STRIPE else _("The bank has it."),
        ),
        Payout.Status.PAID: (pgettext("payment", "Arrived"), "success", "check", ""),
    }
    return Parcel(settlement, payout, *words[Payout.Status(payout.status)])


def _words(text: str, tone: str, icon: str, then: str) -> tuple[str, str, str, str]:
    return text, tone, icon, then


def _waiting(settlement: Settlement, payout: Payout | None) -> Parcel:
    """Return the parcel of an approved settlement with no transfer under way."""
    if not settlement.is_invoiced:
        amount = format_money(settlement.to_invoice, settlement.commitment.line.fund.currency)
        then = _("Upload the invoice over exactly %(amount)s.") % {"amount": amount}
        return Parcel(settlement, None, pgettext("payment", "Invoice wanted"), "warn", "doc", then, wants_invoice=True)
    if payout is not None:
        text = (
            pgettext("payment", "Came back")
            if payout.status == Payout.Status.RETURNED
            else pgettext("payment", "Failed")
        )
        then = _("Check the bank account; League finance makes a new transfer.")
        return Parcel(settlement, payout, text, "danger", "warn", then)
    return Parcel(
        settlement,
        None,
        *_words(pgettext("payment", "To be paid"), "info", "clock", _("League finance makes the transfer.")),
    )


def story(settlement: Settlement, *, with_names: bool) -> list[dict[str, Any]]:
    """Return what happened to a settlement and its payouts, newest first, for the timeline.

    Outsiders read which organisation acted, the League's finance also who.
    """
    rows: list[SettlementHistory | PayoutHistory] = [
        *settlement.history.select_related("actor", "on_behalf_of"),
        *PayoutHistory.objects.filter(payout__settlement=settlement).select_related("actor", "on_behalf_of", "payout"),
    ]
    rows.sort(key=lambda row: (row.at, isinstance(row, PayoutHistory), row.pk), reverse=True)
    return [_told(row, is_first=number == 0, with_names=with_names) for number, row in enumerate(rows)]


def _told(row: SettlementHistory | PayoutHistory, *, is_first: bool, with_names: bool) -> dict[str, Any]:
    who = [str(row.on_behalf_of)] if row.on_behalf_of else []
    if with_names and row.actor:
        who.append(str(row.actor))
    by_stripe = (
        isinstance(row, PayoutHistory)
        and row.payout.rail == Payout.Rail.STRIPE
        and (row.verb, row.before)
        != ("mark_failed", Payout.Status.QUEUED)  # a person took it back, Stripe never had it
    )
    what = wording.verb(row.verb, by_stripe=by_stripe)
    if isinstance(row, PayoutHistory):
        what += f" · {row.payout.reference}"
    return {
        "what": what,
        "who": " · ".join(who),
        "note": row.note,
        "when": daytime(row.at),
        "system": bool(row.system),
        "now": is_first,
    }
