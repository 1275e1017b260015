"""Reading a session as it stands now, with what hardly ever changes about it from the process's memory.

The pages of a registration surge read one session again and again. Its places, times and status are read anew each
time; a version never changes, and the names of a place or a provider may be a minute old.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db import models
from django.db.models import BigIntegerField
from django.http import Http404
from django.utils import timezone

from activities import places, queries
from activities.models import Session
from catalog.models import ProgrammeVersion
from core.memory import remembered
from core.prepared import Prepared
from core.time import today
from organisations.models import Organisation, Region, Venue
from people.models import Child

MINUTE = 60
MOMENT = 5
M = TypeVar("M", bound=models.Model)
_ROW = Prepared(lambda pk: Session.objects.filter(pk=pk), pk=BigIntegerField())


@remembered(MINUTE)
def _version(pk: int) -> ProgrammeVersion:
    return ProgrammeVersion.objects.select_related("programme", "theme").get(pk=pk)


@remembered(MINUTE)
def _around(model: type[M], pk: int | str) -> M:
    return model._default_manager.get(pk=pk)


def session_now(pk: int) -> Session:
    """Return the session with version, programme, theme, region, provider and venue. One query where these are known.

    Raises:
        DoesNotExist: there is no such session.
    """
    row = _ROW.first(pk=pk)
    if row is None:
        raise Session.DoesNotExist
    row.version = _version(row.version_id)
    row.region, row.provider = _around(Region, row.region_id), _around(Organisation, row.provider_id)
    if row.venue_id is not None:
        row.venue = _around(Venue, row.venue_id)
    return row


def session_or_404(pk: int) -> Session:
    """Return the session as a page shows it, or answer 404."""
    try:
        return session_now(pk)
    except Session.DoesNotExist as missing:
        raise Http404 from missing


@remembered(MOMENT)
def _with_room(programme_id: int) -> list[Session]:
    return queries.with_room_of(programme_id, timezone.now())


def backups_shown(session: Session, children: Iterable[Child], now: datetime) -> list[Session]:
    """Return where else a family may find room while the session is full; it may be some seconds old."""
    rows = list(children)
    if not rows:
        return []
    programme = session.version.programme_id
    beside = [one for one in _with_room(programme) if one.pk != session.pk][: queries.BESIDE]
    nobody: frozenset[int] = frozenset()
    everybody = frozenset(child.pk for child in rows)
    there = [one for one in beside if places.room_for(one, rows, nobody, now).is_there]
    if all(places.room_for(one, rows, everybody, now).is_there for one in there):
        return there  # whoever came before finds room too
    been = places.attended(programme, rows, now)
    return [one for one in there if places.room_for(one, rows, been, now).is_there]


@dataclass(frozen=True)
class Crew:
    """What families are told about the staff: how many, and whether all of them passed the gate for the day."""

    count: int
    is_cleared: bool


@remembered(MINUTE)
def _crew(pk: int, day: date) -> Crew:
    crew = queries.crew_of(pk)
    return Crew(len(crew), queries.are_cleared(crew, day))


def crew_shown(session: Session) -> Crew:
    """Return what a page tells about the staff on duty; it may be a minute old."""
    return _crew(session.pk, today(session.starts_at))
