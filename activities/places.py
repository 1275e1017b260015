"""The counter of places on the session row. Each claim is one conditional update: the database decides, not Python.

``taken`` counts confirmed and offered sign-ups; ``taken_outside`` those of children from outside the ordering area, and
``taken_returning`` those of children who came to the programme before. Until ``opens_to_all_at`` the former leave
``reserved`` places alone and the latter ``first_timers`` places: a party fits when all its children together do, by
both. The two may overlap: a child of the area that comes for the first time counts for both.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, F, PositiveIntegerField, Q, QuerySet
from django.db.models.functions import Greatest

from activities.models import Party, Session, SignUp
from core.inserting import Given
from core.prepared import Prepared, PreparedUpdate
from people.models import Child

Pools = tuple[bool, bool]  # the area's, and those for first-timers: who leaves which alone


@dataclass(frozen=True)
class Need:
    """How many places a party needs; how many of its children are from outside, and how many came before."""

    size: int
    outside: int = 0
    returning: int = 0

    @classmethod
    def of(cls, rows: Collection[SignUp]) -> "Need":
        """Return what sign-ups of one party need, or hold."""
        return cls(len(rows), sum(row.is_outside for row in rows), sum(row.is_returning for row in rows))

    @classmethod
    def of_party(cls, party: Party) -> "Need":
        """Return what a party needs, or holds, as it counts itself."""
        return cls(party.size, party.outside, party.returning)

    @property
    def pools(self) -> Pools:
        """Which of the kept places it has to leave alone: the area's, and those for first-timers."""
        return bool(self.outside), bool(self.returning)


def need_of(session: Session, children: Iterable[Child], been: Collection[int]) -> Need:
    """Return what children need; ``been`` are those who came before. No query where the regions are loaded."""
    rows = list(children)
    return Need(len(rows), sum(is_outside(session, child) for child in rows), sum(child.pk in been for child in rows))


def _room_for(pools: Pools, size: Any, outside: Any, came_before: Any, now: Any) -> Q:
    """The condition under which a party fits that leaves these pools alone."""
    fits, opened = Q(taken__lte=F("capacity") - size), Q(opens_to_all_at__lte=now)
    for_area, for_first_timers = pools
    if for_area:
        fits &= opened | Q(taken_outside__lte=F("capacity") - F("reserved") - outside)
    if for_first_timers:
        fits &= opened | Q(taken_returning__lte=F("capacity") - F("first_timers") - came_before)
    return fits


def fits(session: Session, need: Need, now: datetime) -> bool:
    """Tell whether a party would fit by what was read; only the claim itself decides."""
    return (
        need.size <= session.free
        and need.outside <= session.free_outside(now)
        and need.returning <= session.free_returning(now)
    )


@dataclass(frozen=True)
class Room:
    """What a family is told before it signs up: the places that it may take, and for whom others are kept from it."""

    places: int
    is_there: bool
    for_area: bool = False
    for_first_timers: bool = False


def room_for(session: Session, children: Iterable[Child], been: Collection[int], now: datetime) -> Room:
    """Return what is free for a family by what was read; only the claim itself decides. No query of its own."""
    needs = [need_of(session, [child], been) for child in children] or [Need(1, 1, 1)]
    anybody = session.free - session.kept(now)
    places = max(_free_for(session, need, now) for need in needs)
    is_there = bool(places) and (not session.waiting_parties or places > anybody)
    return Room(
        places,
        is_there,
        for_area=not is_there and any(one.outside for one in needs) and bool(session.kept_for_area(now)),
        for_first_timers=not is_there
        and any(one.returning for one in needs)
        and bool(session.kept_for_first_timers(now)),
    )


def _free_for(session: Session, need: Need, now: datetime) -> int:
    outside, returning = need.pools
    return min(
        session.free_outside(now) if outside else session.free,
        session.free_returning(now) if returning else session.free,
    )


def is_outside(session: Session, child: Child) -> bool:
    """Tell whether the child lives outside the ordering area. No query where the regions are loaded."""
    return not child.home_community.is_within(session.region)


def been_before(session: Session, children: Iterable[Child], now: datetime) -> frozenset[int]:
    """Return which of the children came to the session's programme before.

    No query where no places are kept for first-timers, else one.
    """
    return attended(session.version.programme_id, children, now) if session.first_timers else frozenset()


_ATTENDED = Prepared(
    lambda children, programme, now: (
        SignUp.objects.checked_in()
        .filter(child__pk__in=children, session__version__programme=programme, attendance__at__lte=now)
        .only("child_id")
    ),
    children=BigIntegerField(),
    programme=BigIntegerField(),
    now=DateTimeField(),
)


def attended(programme_id: int, children: Iterable[Child], now: datetime) -> frozenset[int]:
    """Return which of the children were checked in at a session of the programme until now. One query."""
    pks = [child.pk for child in children]
    rows = _ATTENDED.rows(children=pks, programme=programme_id, now=now) if pks else []
    return frozenset(row.child_id for row in rows)


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
    "came_before": _NUMBER,
    "now": DateTimeField(),
}


def _values(session: Session, need: Need, now: datetime) -> dict[str, Any]:
    return {
        "pk": session.pk,
        "sequence": session.sequence,
        "size": need.size,
        "outside": need.outside,
        "came_before": need.returning,
        "now": now,
    }


def claim(session: Session, need: Need, *, now: datetime, queue_jumped: bool = False) -> bool:
    """Take places if all of them are free, in one statement. Return whether it did; ``session`` gets the new figures.

    While families wait nobody takes a place past them, unless the caller holds the row's lock and has just found that
    none of them fits (``queue_jumped``).
    """
    left = _CLAIMS[need.pools, queue_jumped].row(**_values(session, need, now))
    if left is not None:
        see_taken(session, left)
    return left is not None


def claiming(session: Session, need: Need, now: datetime, *, queue_jumped: bool = False) -> Given:
    """Return the statement of ``claim`` as the condition on which a party is written; see ``see_taken``."""
    return Given(_CLAIMS[need.pools, queue_jumped], _values(session, need, now))


def see_taken(session: Session, left: tuple[Any, ...]) -> None:
    """Give ``session`` the figures that a claim has left."""
    session.taken, session.taken_outside, session.taken_returning, session.capacity = left


_Update = tuple[QuerySet[Session], dict[str, Any]]
_COUNTED = ("taken", "taken_outside", "taken_returning")


def _claims(pools: Pools, *, queue_jumped: bool) -> PreparedUpdate:
    def build(*, pk: Any, sequence: Any, size: Any, outside: Any, came_before: Any, now: Any) -> _Update:
        row = _open_row(pk, sequence, now) & _room_for(pools, size, outside, came_before, now)
        if not queue_jumped:
            row &= Q(waiting_parties=0)
        return Session.objects.filter(row), _more(size, outside, came_before)

    return PreparedUpdate(build, (*_COUNTED, "capacity"), **_VALUES)


def _more(size: Any, outside: Any, came_before: Any) -> dict[str, Any]:
    return {name: F(name) + more for name, more in zip(_COUNTED, (size, outside, came_before), strict=True)}


_POOLS: list[Pools] = [(False, False), (False, True), (True, False), (True, True)]
_CLAIMS = {(pools, jumped): _claims(pools, queue_jumped=jumped) for pools in _POOLS for jumped in (False, True)}


def claim_at_the_door(session: Session, need: Need) -> bool:
    """Take one place of the locked session for a child that is there, whatever is kept for others.

    Return whether one was free; ``session`` gets the new figures.
    """
    row = Session.objects.filter(pk=session.pk, status=Session.Status.SCHEDULED, taken__lt=F("capacity"))
    if not row.update(**_more(need.size, need.outside, need.returning)):
        return False
    count_in(session, need)
    return True


def count_in(session: Session, need: Need) -> None:
    """Count taken places on the session as it was read."""
    session.taken += need.size
    session.taken_outside += need.outside
    session.taken_returning += need.returning


def give_back(session: Session, need: Need) -> None:
    """Free places under the row's lock; the ceiling sinks with them as far as the capacity."""
    less = _more(-need.size, -need.outside, -need.returning)
    Session.objects.filter(pk=session.pk).update(**less, ceiling=Greatest(F("capacity"), less["taken"]))


def queueing(session: Session, need: Need, now: datetime) -> Given:
    """Return the condition on which a party is written to the end of the line: that there is no room for it."""
    return Given(_QUEUES[need.pools], _values(session, need, now), _RANKED)


def queueing_under_lock(session: Session) -> Given:
    """Return how a party gets the next rank; the caller holds the row's lock and has found no room."""
    return Given(_NEXT_RANK, {"pk": session.pk}, _RANKED)


def _next_rank() -> dict[str, Any]:
    return {"join_counter": F("join_counter") + 1, "waiting_parties": F("waiting_parties") + 1}


def _queues(pools: Pools) -> PreparedUpdate:
    def build(*, pk: Any, sequence: Any, size: Any, outside: Any, came_before: Any, now: Any) -> _Update:
        row = _open_row(pk, sequence, now) & ~_room_for(pools, size, outside, came_before, now)
        return Session.objects.filter(row), _next_rank()

    return PreparedUpdate(build, ("join_counter",), **_VALUES)


_QUEUES = {pools: _queues(pools) for pools in _POOLS}
_NEXT_RANK = PreparedUpdate(
    lambda pk: (Session.objects.filter(pk=pk), _next_rank()), ("join_counter",), pk=BigIntegerField()
)
_RANKED = {"join_seq": "join_counter"}  # what the party gets of it


def leave_queue(session: Session, count: int) -> None:
    """Count parties out of the waiting list under the row's lock."""
    if count:
        Session.objects.filter(pk=session.pk).update(waiting_parties=F("waiting_parties") - count)
