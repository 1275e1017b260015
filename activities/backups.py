"""Back-up sessions: where the first choice is full, another date of the programme may give a place at once.

Who gets a place there does not wait at the first choice; who finds none waits there only. Each try is an ordinary
sign-up whose claim decides. All carry the form's one number, so that the database keeps at most one of them.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from activities import eligibility, signups
from activities.models import Party, Session
from activities.reading import session_now
from core.errors import DomainError
from organisations.acting import Acting
from people.models import Child, Guardian

MOST = 2


class TooManyBackups(DomainError):
    """More back-up sessions than can be named."""


def sign_up(
    session_id: int,
    *,
    backups: Sequence[int],
    children: list[Child],
    guardian: Guardian | None,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
    answers: Sequence[signups.ConsentAnswer] = (),
) -> Party:
    """Sign children up for the session, or at once for the first back-up with room for all of them, else let them wait.

    Without back-ups it is ``signups.sign_up``, at no further cost. Back-ups are tried in the given order; those of
    another programme, or where a child may not come, are passed over.

    Raises:
        TooManyBackups: more than two.
        DomainError: what ``signups.sign_up`` refuses about the session itself.
    """
    what: dict[str, Any] = {
        "children": children,
        "guardian": guardian,
        "by": by,
        "now": now,
        "submission_id": submission_id,
    }
    if len(backups) > MOST:
        raise TooManyBackups(_("Choose at most two other dates."), field="backups")
    try:
        if not backups:
            return signups.sign_up(session_id, answers=answers, **what)
        return _first_with_room(session_id, backups, answers, what)
    except (DomainError, IntegrityError):
        known = Party.objects.filter(submission_id=submission_id, submitted_by=by.user).first()
        if known is None:
            raise
        return known


def _first_with_room(
    session_id: int, backups: Sequence[int], answers: Sequence[signups.ConsentAnswer], what: dict[str, Any]
) -> Party:
    """Try the session, then each back-up, for places; else join the session's line."""
    with suppress(signups.NoRoom):
        return signups.sign_up(session_id, answers=answers, waits=False, **what)
    programme = session_now(session_id).version.programme_id
    known = set(Session.objects.filter(pk__in=backups, version__programme=programme).values_list("pk", flat=True))
    for pk in (one for one in backups if one in known):
        with suppress(signups.NoRoom, eligibility.NotOpen, eligibility.NotEligible):
            return signups.sign_up(pk, waits=False, **what)
    return signups.sign_up(session_id, **what)
