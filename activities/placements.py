"""Signing many parties up at once, for the demo city and for imports: a fixed number of queries a session."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from activities import eligibility, places
from activities.models import Party, Session, SignUp, SignUpHistory
from activities.signups import Draft, build, new_party
from core.locking import lock_all
from organisations.acting import Acting
from people.models import Child, Guardian


@dataclass(frozen=True)
class Placement:
    """One party of the demo city or of an import: which session, who, signed up by whom and when."""

    session: Session
    children: Sequence[Child]
    guardian: Guardian | None
    by: Acting
    at: datetime


def bulk_confirm(placements: Iterable[Placement]) -> list[Party]:
    """Sign many parties up at once under the same rules, session by session in the given order.

    Who is not eligible or does not fit is left out; nobody waits. The sessions' rows are locked, so what is decided
    here in one pass is what one claim after the other would have decided.
    """
    by_session: dict[int, list[Placement]] = {}
    for placement in placements:
        by_session.setdefault(placement.session.pk, []).append(placement)
    parties: list[Party] = []
    with transaction.atomic():
        for session in lock_all(Session, by_session):
            parties += _place(session, by_session[session.pk])
    return parties


def _place(session: Session, placements: Sequence[Placement]) -> list[Party]:
    """Place what fits and is eligible in one locked session. A fixed number of queries."""
    session.version, session.region = placements[0].session.version, placements[0].session.region
    last = max(placement.at for placement in placements)
    who = {child: one.guardian for one in placements for child in one.children}
    obstacles = eligibility.find(session, who, last, guardian=who)
    been = places.been_before(session, list(who), last)
    taken: set[int] = set()
    chosen: list[Draft] = []
    for one in placements:
        draft = Draft(session, one.children, one.guardian, one.by, one.at, uuid.uuid4(), been)
        pks = {child.pk for child in one.children}
        is_welcome = session.is_open(one.at) and not taken & pks and not any(obstacles[pk] for pk in pks)
        if not session.waiting_parties and is_welcome and places.fits(session, draft.need, one.at):
            places.count_in(session, draft.need)
            taken |= pks
            chosen.append(draft)
    session.save(update_fields=["taken", "taken_outside", "taken_returning"])
    parties = Party.objects.bulk_create([new_party(draft) for draft in chosen], batch_size=500)
    rows = [
        build(party, session, child, draft.status_with_place, draft.now, been=been)
        for party, draft in zip(parties, chosen, strict=True)
        for child in draft.children
    ]
    SignUp.objects.bulk_create(rows, batch_size=500)
    acted = {party.pk: draft for party, draft in zip(parties, chosen, strict=True)}
    SignUpHistory.objects.bulk_create(
        [
            SignUpHistory(
                sign_up=row,
                verb="sign_up",
                after=row.status,
                at=row.created_at,
                **acted[row.party_id].by.history(),
            )
            for row in rows
        ],
        batch_size=500,
    )
    return parties
