"""What the books hold for each order: committed, payable, paid, from the ledger alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from funding.models import Account, Transfer

HELD = (Account.Kind.COMMITTED, Account.Kind.PAYABLE, Account.Kind.PAID)


@dataclass(frozen=True)
class Held:
    """Minor units that stand on the accounts of a commitment's lines for it."""

    committed: int = 0
    payable: int = 0
    paid: int = 0

    @property
    def whole(self) -> int:
        """All of it."""
        return self.committed + self.payable + self.paid


def balances() -> dict[str, Combinable]:
    """Return the aggregates that give transfers' balance on each kind of account, by the names of ``Held``.

    An entry that moves open commitments to another line leaves what is held for each of them as it is.
    """
    return {str(kind): _moved("debit", kind) - _moved("credit", kind) for kind in HELD}


def _moved(side: str, kind: str) -> Combinable:
    return Coalesce(Sum("amount", filter=Q(**{f"{side}__kind": kind})), 0)


def held_for(commitment_ids: Iterable[int]) -> dict[int, Held]:
    """Return what the books hold for each of the commitments. One query."""
    rows = Transfer.objects.filter(entry__commitment__in=list(commitment_ids)).order_by()
    found: QuerySet[Transfer, Any] = rows.values("entry__commitment").annotate(**balances())
    return {row["entry__commitment"]: Held(row["committed"], row["payable"], row["paid"]) for row in found}
