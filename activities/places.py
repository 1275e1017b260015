"""The counter of places on the session row. Each claim is one conditional update: the database decides, not Python.

``taken`` counts confirmed and offered sign-ups; ``taken_outside`` those of children from outside the ordering area.
Until ``opens_to_all_at`` the latter leave ``reserved`` places alone: a party fits when all its children together do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, F, PositiveIntegerField, Q, QuerySet
from django.db.models.functions import Greatest

from activities.models import Party, Session
from core.prepared import PreparedUpdate
from people.models import Child


def _room_for(size: Any, outside: Any, now: Any) -> Q:
    """The condition under which a party fits."""
    fits = Q(taken__lte=F("capacity") - size)
    if outside:
        fits &= Q(opens_to_all_at__lte=now) | Q(taken_outside__lte=F("capacity") - F("reserved") - outside)
    return fits


def fits(session: Session, size: int, outside: int, now: datetime) -> bool:
    """Tell whether a party would fit by what was read; only the claim itself decides."""
    return size <= session.free and (not outside or outside <= session.free_outside(now))


@dataclass(frozen=True)
class Room:
    """What a family is told before it signs up: the places that it may take, and whether others keep it from them."""

    places: int
    is_there: bool
    is_kept: bool


def room_for(session: Session, children: Iterable[Child], now: datetime) -> Room:
    """Return what is free for a family by what was read; only the claim itself decides. No query of its own."""
    inside = not all(is_outside(session, child) for child in children)
    kept = session.kept_for_area(now)
    places = session.free if inside else session.free_outside(now)
    is_there = bool(places) and (not session.waiting_parties or (inside and bool(kept)))
    return Room(places, is_there, is_kept=not is_there and not inside and bool(kept))


def is_outside(session: Session, child: Child) -> bool:
    """Tell whether the child lives outside the ordering area. No query where the regions are loaded."""
    return not child.home_community.is_within(session.region)


def _open_row(pk: Any, sequence: Any, now: Any) -> Q:
    """The row as it was read: still open, and not moved to another time since."""
    return Q(
        pk=pk,
        status=Session.Status.SCHEDULED,
        sequence=sequence,
        opens_at__lte=now,
        closes_at__gt=now,
    )


_NUMBER = PositiveIntegerField()
_VALUES: dict[str, Any] = {
    "pk": BigIntegerField(),
    "sequence": _NUMBER,
    "size": _NUMBER,
    "outside": _NUMBER,
    "now": DateTimeField(),
}


def claim(session: Session, size: int, outside: int, *, now: datetime, queue_jumped: bool = False) -> bool:
    """Take places if all of them are free, in one statement. Return whether it did; ``session`` gets the new figures.

    While families wait nobody takes a place past them, unless the caller holds the row's lock and has just found that
    none of them fits (``queue_jumped``).
    """
    claim_of = _CLAIMS[bool(outside), queue_jumped]
    left = claim_of.row(pk=session.pk, sequence=session.sequence, size=size, outside=outside, now=now)
    if left is None:
        return False
    session.taken, session.taken_outside, session.capacity = left
    return True


def _claims(*, outside: bool, queue_jumped: bool) -> PreparedUpdate:
    def build(pk: Any, sequence: Any, size: Any, outside: Any, now: Any) -> tuple[QuerySet[Session], dict[str, Any]]:
        row = _open_row(pk, sequence, now) & _room_for(size, outside if from_outside else 0, now)
        if not queue_jumped:
            row &= Q(waiting_parties=0)
        changes = {"taken": F("taken") + size, "taken_outside": F("taken_outside") + outside}
        return Session.objects.filter(row), changes

    from_outside = outside
    return PreparedUpdate(build, ("taken", "taken_outside", "capacity"), **_VALUES)


_CLAIMS = {(o, j): _claims(outside=o, queue_jumped=j) for o in (False, True) for j in (False, True)}


def claim_at_the_door(session: Session, *, outside: bool) -> bool:
    """Take one place of the locked session for a child that is there, whatever the pools say.

    Return whether one was free; ``session`` gets the new figures.
    """
    row = Session.objects.filter(pk=session.pk, status=Session.Status.SCHEDULED, taken__lt=F("capacity"))
    if not row.update(taken=F("taken") + 1, taken_outside=F("taken_outside") + int(outside)):
        return False
    session.taken += 1
    session.taken_outside += int(outside)
    return True


def give_back(session: Session, size: int, outside: int) -> None:
    """Free places under the row's lock; the ceiling sinks with them as far as the capacity."""
    left = F("taken") - size
    Session.objects.filter(pk=session.pk).update(
        taken=left, taken_outside=F("taken_outside") - outside, ceiling=Greatest(F("capacity"), left)
    )


def queue(session: Session, party: Party, *, now: datetime) -> bool:
    """Give the party the next rank, in one statement, if there is no room for it. Return whether it did."""
    counted = _QUEUES[bool(party.outside)].row(
        pk=session.pk, sequence=session.sequence, size=party.size, outside=party.outside, now=now
    )
    return _set_rank(party, counted)


def queue_under_lock(session: Session, party: Party) -> None:
    """Give the party the next rank; the caller holds the row's lock and has found no room."""
    _set_rank(party, _NEXT_RANK.row(pk=session.pk))


def _next_rank() -> dict[str, Any]:
    return {"join_counter": F("join_counter") + 1, "waiting_parties": F("waiting_parties") + 1}


def _queues(*, outside: bool) -> PreparedUpdate:
    def build(pk: Any, sequence: Any, size: Any, outside: Any, now: Any) -> tuple[QuerySet[Session], dict[str, Any]]:
        row = _open_row(pk, sequence, now) & ~_room_for(size, outside if from_outside else 0, now)
        return Session.objects.filter(row), _next_rank()

    from_outside = outside
    return PreparedUpdate(build, ("join_counter",), **_VALUES)


_QUEUES = {outside: _queues(outside=outside) for outside in (False, True)}
_NEXT_RANK = PreparedUpdate(
    lambda pk: (Session.objects.filter(pk=pk), _next_rank()), ("join_counter",), pk=BigIntegerField()
)
_RANK = PreparedUpdate(
    lambda pk, rank: (Party.objects.filter(pk=pk), {"join_seq": rank}), pk=BigIntegerField(), rank=BigIntegerField()
)


def _set_rank(party: Party, counted: tuple[Any, ...] | None) -> bool:
    if counted is None:
        return False
    (party.join_seq,) = counted
    _RANK.run(pk=party.pk, rank=party.join_seq)
    return True


def leave_queue(session: Session, count: int) -> None:
    """Count parties out of the waiting list under the row's lock."""
    if count:
        Session.objects.filter(pk=session.pk).update(waiting_parties=F("waiting_parties") - count)
