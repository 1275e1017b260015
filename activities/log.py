"""History rows of sign-ups, several at a time."""

from collections.abc import Iterable
from datetime import datetime

from activities.models import SignUp, SignUpHistory
from organisations.acting import Acting


def entries(
    sign_ups: Iterable[SignUp],
    by: Acting,
    *,
    verb: str,
    now: datetime,
    before: str | None = None,
    after: str | None = None,
    note: str = "",
) -> list[SignUpHistory]:
    """Return one unsaved history row for each sign-up.

    ``after`` is the status that the row has now, unless it is given.
    """
    actor = by.history()
    return [
        SignUpHistory(
            sign_up=row,
            verb=verb,
            before=before or "",
            after=row.status if after is None else after,
            note=note,
            at=now,
            **actor,
        )
        for row in sign_ups
    ]


def sign_ups_changed(
    sign_ups: Iterable[SignUp],
    by: Acting,
    *,
    verb: str,
    now: datetime,
    before: str | None = None,
    after: str | None = None,
    note: str = "",
) -> None:
    """Write one history row for each sign-up in the caller's transaction, as :func:`entries` makes them. One query."""
    rows = entries(sign_ups, by, verb=verb, now=now, before=before, after=after, note=note)
    SignUpHistory.objects.bulk_create(rows, batch_size=500)
