"""Advances: a part of a commitment that is paid before anything was delivered, where the fund's rule allows it.

Advance and settlement together never pay more than the commitment: the settlement pays the rest, and of an advance
that was more than the order is worth the difference becomes a claim. All callers hold the budget line's lock.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.money import format_money
from funding import claims, ledger, slips
from funding.ledger import Kind, Move
from funding.models import Commitment, Entry, FundRule, Settlement, SettlementHistory
from organisations.acting import Acting, record

Status = Settlement.Status
WHOLE = 10_000  # basis points


class NoAdvances(DomainError):
    """The fund's rule knows no advances, or none for this provider now."""


class TooMuchAdvanced(DomainError):
    """It is more than the fund's rule allows."""


def most(commitment: Commitment, rule: FundRule | None) -> int:
    """Return how much may be advanced of a commitment under a rule: its share, and no more than its cap."""
    if rule is None:
        return 0
    share = commitment.amount * rule.advance_share // WHOLE
    return share if rule.advance_cap is None else min(share, rule.advance_cap)


def require_allowed(commitment: Commitment, amount: int, rule: FundRule | None) -> None:
    """Pass if the rule allows the advance and the provider owes the fund nothing.

    Raises:
        NoAdvances, TooMuchAdvanced: why it may not be.
        StaleState: the order has ended, or was confirmed.
    """
    if not commitment.is_open or commitment.settlement is not None:
        raise StaleState(_("This order is confirmed or has ended: its settlement pays for it."))
    league, currency = commitment.line.fund.league, commitment.line.fund.currency
    allowed = most(commitment, rule)
    if not allowed:
        sentence = _("The rules of this fund know no advances. An officer of %(league)s can enter one.")
        raise NoAdvances(sentence % {"league": league})
    if amount > allowed:
        words = {"amount": format_money(allowed, currency), "league": league}
        sentence = _("At most %(amount)s of this order can be advanced by the rule of %(league)s.")
        raise TooMuchAdvanced(sentence % words, field="amount")
    if claims.is_owing(commitment.provider_id, commitment.line.fund_id):
        words = {"provider": commitment.provider}
        sentence = _("%(provider)s still owes a part of an earlier advance. There is another once that is settled.")
        raise NoAdvances(sentence % words)


def grant(advance: Settlement, *, by: Acting, now: datetime) -> None:
    """Make an approved advance payable."""
    commitment = advance.commitment
    _post(advance, "grant", Entry.Kind.ADVANCE, Kind.COMMITTED, Kind.PAYABLE, by=by, now=now)
    commitment.advanced = advance.amount
    commitment.save(update_fields=["advanced"])


def take_back(advance: Settlement, *, reason: str, by: Acting, now: datetime) -> None:
    """End an advance that was not paid and has no transfer under way; its money is committed for the order again.

    Raises:
        LeftAlready: the bank says that it was paid.
    """
    slips.require_advance_not_left(advance)
    before, commitment = advance.status, advance.commitment
    if before == Status.APPROVED:
        _post(advance, "undo", Entry.Kind.UNDO, Kind.PAYABLE, Kind.COMMITTED, by=by, now=now)
        commitment.advanced = 0
        commitment.save(update_fields=["advanced"])
    advance.status = Status.ENDED
    advance.save(update_fields=["status"])
    after, verb = Status.ENDED, "end_advance"
    record(SettlementHistory, by, verb=verb, before=before, after=after, note=reason, settlement=advance, at=now)


def _post(
    advance: Settlement, name: str, kind: Entry.Kind, source: str, target: str, *, by: Acting, now: datetime
) -> None:
    commitment = advance.commitment
    held = ledger.accounts_of(commitment.line.fund_id, commitment.line_id)
    ledger.post(
        f"advance:{advance.pk}/{name}",
        kind=kind,
        transfers=[Move(held[source], held[target], advance.amount)],
        memo=commitment.reference,
        by=by,
        at=now,
        commitment=commitment,
    )


def close(commitment: Commitment, worth: int, *, by: Acting, now: datetime) -> int:
    """Reckon an advance as its order ends with so much worth; return how much of that it covers.

    An advance that nobody began to pay is taken back. One that was paid, is on its way, or has left by the bank's word
    covers what the order is worth, and what is left of it is claimed from the provider.
    """
    advance = commitment.advance
    if advance is None:
        return 0
    if advance.status != Status.PAID and not advance.payouts.under_way().exists() and not slips.has_left(advance):
        take_back(advance, reason="", by=by, now=now)
        return 0
    if advance.amount > worth:
        claims.open_for(advance, advance.amount - worth, by=by, now=now)
    return min(advance.amount, worth)


def require_none_under_way(commitment: Commitment) -> None:
    """Refuse to reckon while nobody knows whether an advance arrives.

    Raises:
        StaleState: one is on its way.
        LeftAlready: one that counts as not paid has left by the bank's word.
    """
    advance = commitment.advance
    if advance is None or advance.status == Status.PAID:
        return
    slips.require_advance_not_left(advance)
    if advance.payouts.under_way().exists():
        words = {"amount": format_money(advance.due, commitment.line.fund.currency)}
        raise StaleState(
            _("An advance of %(amount)s is on its way. Confirm that it arrived or failed, then approve this.") % words
        )
