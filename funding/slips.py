"""What the bank's statements say of money that left for a settlement: while it stands, nothing is paid again."""

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.errors import DomainError
from funding.models import LineState, StatementLine

State = LineState.State


class LeftAlready(DomainError):
    """The bank says that an earlier transfer left, and not that it came back."""


def left_for(settlement_ids: Iterable[int]) -> set[int]:
    """Return the settlements for which money left by the bank's word, though we may have noted it as failed. One query.

    A matched slip counts until one is matched that brought the money back; one that differs counts until somebody has
    found out why and set it aside.
    """
    rows = LineState.objects.filter(
        payout__settlement__in=set(settlement_ids), state__in=[State.MATCHED, State.DIFFERS]
    )
    left: Counter[int] = Counter()
    doubtful = set()
    for settlement, state, direction in rows.values_list("payout__settlement", "state", "line__direction"):
        is_out = direction == StatementLine.Direction.OUT
        if state == State.MATCHED:
            left[settlement] += 1 if is_out else -1
        elif is_out:
            doubtful.add(settlement)
    return doubtful | {settlement for settlement, n in left.items() if n > 0}


def require_not_left(settlement_ids: Iterable[int]) -> None:
    """Let nothing be paid again of which the bank says that it left.

    Raises:
        LeftAlready: it does.
    """
    if left_for(settlement_ids):
        raise LeftAlready(
            _("The bank says that an earlier transfer for this left, and not that it came back. Look at its statement.")
        )
