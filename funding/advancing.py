"""Asking for an advance, and taking one back that was not paid. Approving it is ``settlements.approve``."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import StaleState
from core.locking import retried
from core.time import today
from funding import advances, claims, commitments, fund_rules, messages, rules
from funding.models import Commitment, Settlement, SettlementHistory
from funding.policies import require_another
from organisations.acting import Acting, record

Status, Kind = Settlement.Status, Settlement.Kind


@retried
def ask(commitment: Commitment, amount: int, *, reason: str, by: Acting, now: datetime) -> Settlement:
    """Ask for an advance on an open commitment: the provider, or League finance for it. Twice the same asks once.

    Raises:
        NoAdvances, TooMuchAdvanced: the fund's rule does not allow it.
        StaleState: the order has ended, or another amount was asked for already.
    """
    with transaction.atomic():
        commitment = commitments.lock_with_line(commitment.pk)
        known = commitment.advance
        if known is not None and known.amount == amount:
            return known
        if known is not None:
            raise StaleState(_("An advance was asked for already. Take that one back to ask for another."))
        advances.require_allowed(commitment, amount, fund_rules.in_force(commitment.line.fund_id, now))
        advance = Settlement.objects.create(
            commitment=commitment,
            kind=Kind.ADVANCE,
            amount=amount,
            explanation={"reason": reason},
            rule=rules.in_force(today(now)),
            proposed_at=now,
        )
        record(SettlementHistory, by, verb="ask", after=Status.PROPOSED, note=reason, settlement=advance, at=now)
        messages.advance_asked(advance, now=now)
    return advance


@retried
def take_back(advance: Settlement, *, reason: str, by: Acting, now: datetime) -> Settlement:
    """End an advance that was not paid, by whoever asked or pays. Twice happens once.

    Where its order has ended, what is claimed of it is let go: by somebody else than the provider.

    Raises:
        StaleState: it was paid, a transfer is under way, or its order has ended and owes nothing of it.
        LeftAlready: the bank says that it was paid.
        OwnMoney, PersonNeeded: somebody else has to let the claim go.
    """
    with transaction.atomic():
        commitment = commitments.lock_with_line(advance.commitment_id)
        advance = commitment.settlements.get(pk=advance.pk)
        if advance.status == Status.ENDED:
            return advance
        if advance.status == Status.PAID or advance.payouts.alive().exists():
            raise StaleState(_("This advance is paid or on its way. Take its transfer back first."))
        if commitment.is_open:
            advances.take_back(advance, reason=reason, by=by, now=now)
        elif not claims.is_open_for(advance):
            raise StaleState(_("The order has ended: what is left of this advance is still owed to the provider."))
        else:
            require_another(by, commitment.provider, today(now))
            claims.drop_for(advance, by=by, now=now, reason=reason)
    return advance
