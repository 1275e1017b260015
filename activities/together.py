"""One message to a family about several dates of one act, though each date is a transaction of its own.

It is written with the first date, and anew with each further one, in that date's transaction: whatever breaks off, it
names the dates that were decided, and no other. It leaves when the act is over.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext, pgettext

from activities import messages
from activities.models import Party, Session
from core.formats import daytime_text
from notifications import services as notifications
from organisations.acting import Acting
from people import services as people

# Under which heading of the message a date stands.
_HEADINGS = {
    "signed_up": "placed",
    "signed_up_waiting": "queued",
    "guardian_asked": "asked",
    "sign_up_cancelled": "ended",
}


@dataclass(frozen=True)
class _Date:
    """One party's date: where the message names it, and for how many children."""

    session: Session
    party: Party
    heading: str
    count: int

    @property
    def words(self) -> str:
        """The date, in the language of the moment."""
        text = ngettext("%(moment)s (%(count)d child)", "%(moment)s (%(count)d children)", self.count)
        return text % {"moment": daytime_text(self.session.starts_at), "count": self.count}


class Message:
    """The message of one act. ``tell`` stands in for ``messages.tell_party``."""

    def __init__(self, kind: str) -> None:
        """Start with no date; nobody is told of nothing."""
        self.kind = kind
        self.cause = f"dates:{uuid.uuid4()}"
        # For each login or guardian who is told: the dates by the number of the party's form, which a second try keeps.
        self._dates: dict[tuple[str, int], dict[uuid.UUID, _Date]] = defaultdict(dict)

    def tell(
        self,
        party: Party,
        kind: str,
        *,
        session: Session,
        now: datetime,
        by: Acting | None = None,
        count: int,
        event: str = "",
    ) -> None:
        """Add a party's date to the message of each of its family, except who did it themself."""
        date = _Date(session, party, _HEADINGS[kind], count)
        done_by = by.user.pk if by and by.user else None
        youths, guardians = messages.families([party], now)
        for user in youths:
            if user.pk != done_by:
                notifications.notify([user], now=now, grows=True, **self._with(("login", user.pk), date))
        for row in guardians:
            if row.user_id is None or row.user_id != done_by:
                people.tell_all([row], now=now, grows=True, **self._with(("guardian", row.pk), date))

    def _with(self, who: tuple[str, int], date: _Date) -> dict[str, Any]:
        """Add the date to somebody's, and return what they are told now."""
        self._dates[who][date.party.submission_id] = date
        found = sorted(self._dates[who].values(), key=lambda one: (one.session.starts_at, one.party.pk))
        return {
            "kind": self.kind,
            "cause": self.cause,
            "context": _context(found),
            "path": reverse("activities:dates", args=[found[0].session.pk, found[0].party.pk]),
        }

    def drop(self, session: Session) -> None:
        """Forget a date that was refused after all: what was written about it is undone."""
        for who, dates in self._dates.items():
            self._dates[who] = {number: one for number, one in dates.items() if one.session.pk != session.pk}

    def send(self, *, now: datetime) -> None:
        """Let the message go: the act is over."""
        if self._dates:
            notifications.let_go(self.cause, now=now)


def _context(dates: Sequence[_Date]) -> dict[str, Any]:
    """Return the programme, and the dates under each heading, in both languages."""
    version = dates[0].session.version
    found: dict[str, Any] = {"title": version.title, "title_en": version.title_en}
    for heading in sorted(set(_HEADINGS.values())):
        for code, suffix in (("zh-hans", ""), ("en", "_en")):
            with translation.override(code):
                words = [one.words for one in dates if one.heading == heading]
                found[heading + suffix] = pgettext("between dates", ", ").join(words)
    return found
