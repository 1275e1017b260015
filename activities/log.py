"""History rows of sign-ups, several at a time."""

from collections.abc import Iterable
from datetime import datetime

from activities.models import SignUp, SignUpHistory
from core.prepared import insert
from organisations.acting import Acting


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
    """Write one history row for each sign-up in the caller's transaction. One query.

    ``after`` is the status that the row has now, unless it is given.
    """
    actor = by.history()
    entries = [
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
    if len(entries) == 1:
        insert(entries[0])
    else:
        SignUpHistory.objects.bulk_create(entries, batch_size=500)
