"""The list of all transfers, and its choices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from core.time import at
from funding.models import Payout
from organisations.acting import Acting

Status = Payout.Status
STATES: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "": (pgettext_lazy("transfers", "All"), tuple(Status.values)),
    "way": (pgettext_lazy("transfers", "Under way"), Payout.UNDER_WAY),
    "paid": (pgettext_lazy("transfers", "Arrived"), (Status.PAID,)),
    "back": (pgettext_lazy("transfers", "Failed or came back"), (Status.FAILED, Status.RETURNED)),
}
MOST_SOUGHT = 60  # characters
_MONTH = re.compile(r"((?:19|20|21)\d\d)-(0[1-9]|1[0-2])", re.ASCII)
# Organisations and references have public names; no person is found here.
_SOUGHT = (
    "reference",
    "bank_reference",
    "settlement__commitment__provider__name",
    "settlement__commitment__provider__name_en",
)


@dataclass(frozen=True)
class Choice:
    """Which transfers: a state, the month in which they were prepared as ``2026-11``, words."""

    state: str = ""
    month: str = ""
    words: str = ""

    @property
    def kept(self) -> dict[str, str]:
        """What of it an address holds."""
        return {key: value for key, value in (("state", self.state), ("month", self.month), ("q", self.words)) if value}

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when the month lasts in the city."""
        if not self.month:
            return None
        year, month = map(int, self.month.split("-"))
        following = date(year + month // 12, month % 12 + 1, 1)
        return at(date(year, month, 1), time.min), at(following, time.min)


def chosen(asked: Mapping[str, str]) -> Choice:
    """Return what an address chooses; nonsense chooses nothing."""
    state, month = asked.get("state", ""), asked.get("month", "")
    words = asked.get("q", "").strip()[:MOST_SOUGHT]
    return Choice(state if state in STATES else "", month if _MONTH.fullmatch(month) else "", words)


def payouts(by: Acting, choice: Choice) -> QuerySet[Payout]:
    """Return the visible transfers of a choice, the newest first."""
    rows = Payout.objects.visible_to(by).filter(status__in=STATES[choice.state][1])
    if choice.span:
        rows = rows.filter(queued_at__gte=choice.span[0], queued_at__lt=choice.span[1])
    for word in choice.words.split():
        sought = Q()
        for field in _SOUGHT:
            sought |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(sought)
    return rows.with_settlement().order_by("-pk")
