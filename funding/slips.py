"""What the bank's statements say of money that left for a settlement: while it stands, nothing is paid again."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError
from funding.models import LineState, Settlement, StatementLine

State = LineState.State


class LeftAlready(DomainError):
    """The bank says that an earlier transfer left, and not that it came back."""


def standing() -> QuerySet[LineState, Any]:
    """Return the slips of money that left and did not come back.

    A matched slip stands until one is matched that brought the same transfer's money back: what came back for another
    transfer says nothing of this one. One that differs stands until somebody has found out why and set it aside.
    """
    back = LineState.objects.filter(payout=OuterRef("payout"), state=State.MATCHED, is_return=True)
    is_there = Q(state=State.MATCHED) & ~Exists(back) | Q(state=State.DIFFERS)
    return LineState.objects.filter(is_there, line__direction=StatementLine.Direction.OUT)


def left_for(settlement_ids: Iterable[int]) -> set[int]:
    """Return the settlements for which money left by the bank's word, whatever was noted by hand. One query.

    What left for an advance that was taken back left for whatever else pays its order.
    """
    rows = standing().annotate(asked=F("payout__settlement__commitment__settlement"))
    own = Q(payout__settlement=F("asked")) | Q(payout__settlement__status=Settlement.Status.ENDED)
    return set(rows.filter(own, asked__in=set(settlement_ids)).values_list("asked", flat=True))


def has_left(advance: Settlement) -> bool:
    """Tell whether the bank says that the advance itself left, and not that it came back. One query."""
    return standing().filter(payout__settlement=advance).exists()


def require_not_left(settlement_ids: Iterable[int]) -> None:
    """Let nothing be paid again of which the bank says that it left.

    Raises:
        LeftAlready: it does.
    """
    if left_for(settlement_ids):
        raise LeftAlready(
            _("The bank says that an earlier transfer for this left, and not that it came back. Look at its statement.")
        )


def require_advance_not_left(advance: Settlement) -> None:
    """Let no advance count as not paid of which the bank says that it left.

    Raises:
        LeftAlready: it does.
    """
    if has_left(advance):
        raise LeftAlready(
            _(
                "The bank says that the advance on this order left, and not that it came back. "
                "Look at its statement first."
            )
        )
