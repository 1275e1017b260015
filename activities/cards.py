"""What the menu's cards show about sessions and reviews, pushed down to the programme."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import BigIntegerField, Case, Count, DateTimeField, F, QuerySet, Sum, When

from activities.models import Review, Session
from catalog import services as catalog
from catalog.models import Programme
from core.commit import after_commit
from core.jobs import ask_worker
from core.prepared import Prepared

SOON = 2  # seconds


def _open_ones(programmes: Any, now: Any) -> QuerySet[Session]:
    """Sessions open for sign-up, those with a free place first, each kind by time."""
    rows = Session.objects.scheduled().filter(version__programme__pk__in=programmes, closes_at__gt=now)
    is_full = Case(When(taken__lt=F("capacity"), then=0), default=1)
    columns = ("version__programme_id", "starts_at", "region_id", "capacity", "taken")
    return rows.order_by(is_full, "starts_at", "pk").select_related("version").only(*columns)


_SOONEST = Prepared(
    lambda programme, now: _open_ones([programme], now)[:1], programme=BigIntegerField(), now=DateTimeField()
)


def facts(programme_ids: Iterable[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Return, for each programme, its soonest open session with a free place (or its soonest), and the places there.

    One query.
    """
    ids = set(programme_ids)
    found: dict[int, dict[str, Any]] = {
        pk: {"next_session_at": None, "next_region_id": None, "places_left": None} for pk in ids
    }
    for row in _SOONEST.rows(programme=min(ids), now=now) if len(ids) == 1 else _open_ones(ids, now):
        pk = row.version.programme_id
        if found[pk]["places_left"] is None:
            left = max(0, row.capacity - row.taken)
            found[pk] = {"next_session_at": row.starts_at, "next_region_id": row.region_id, "places_left": left}
    return found


def votes(programme_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return each programme's sum and number of attendees' marks, one vote per child. One query.

    Where both the child and a guardian rated, the child's own mark is the vote.
    """
    rows = (
        Review.objects.votes()
        .filter(session__version__programme_id__in=set(programme_ids))
        .values("session__version__programme_id")
        .annotate(total=Sum("mark"), raters=Count("pk"))
    )
    return {row["session__version__programme_id"]: (row["total"], row["raters"]) for row in rows}


_LOCKED = Prepared(
    lambda pk: (
        Programme.objects.select_for_update(no_key=True)
        .only("next_session_at", "next_region_id", "places_left")
        .filter(pk=pk)
    ),
    pk=BigIntegerField(),
)


def _differs(card: Programme, wanted: dict[str, Any]) -> bool:
    return any(getattr(card, name) != value for name, value in wanted.items())


def refresh(programme_id: int, *, now: datetime) -> None:
    """Push the soonest session and the places left down to the programme's card. Three queries, two if it says so.

    The card's row is locked before the places are counted: of two at once the later writes what it read later.
    """
    with transaction.atomic(savepoint=False):
        for card in _LOCKED.rows(pk=programme_id):
            wanted = facts([programme_id], now)[programme_id]
            if _differs(card, wanted):
                catalog.set_card_facts(programme_id, **wanted)


def places_changed(session: Session, *, now: datetime) -> None:
    """After the caller's commit, which took places (``session`` as it is now) or freed some (as it was): set its card.

    Where it became full, or is full no more, at once: a card never says that wrongly. Elsewhere within a few seconds,
    so that a surge does not write the same card once a family.
    """
    show = refresh_soon if session.free else refresh
    after_commit(show, session.version.programme_id, now=now)


def _asked(programme_id: int) -> str:
    return f"programme-card-{programme_id}"


def awaited(programme_ids: Iterable[int]) -> set[int]:
    """Return those whose card a worker was asked to refresh within the last two seconds."""
    keys = {_asked(pk): pk for pk in programme_ids}
    return {keys[key] for key in cache.get_many(keys)}


def refresh_soon(programme_id: int, *, now: datetime) -> None:
    """Let a worker refresh the card in two seconds; whoever asks within them is served by the same refresh."""
    is_first = cache.add(_asked(programme_id), 1, timeout=SOON)
    if is_first and not ask_worker("activities.refresh_card", programme_id, after_seconds=SOON):
        refresh(programme_id, now=now)


def refresh_rating(programme_id: int) -> None:
    """Push the sum and number of marks down. Two queries."""
    total, raters = votes([programme_id]).get(programme_id, (0, 0))
    catalog.set_card_facts(programme_id, rating_sum=total, rating_count=raters)


def stale(now: datetime) -> dict[int, dict[str, Any]]:
    """Return the facts of the programmes whose card says something else. Two queries."""
    shown = list(Programme.objects.only("pk", "next_session_at", "next_region_id", "places_left"))
    wanted = facts([row.pk for row in shown], now)
    return {row.pk: wanted[row.pk] for row in shown if _differs(row, wanted[row.pk])}


def refresh_stale(*, now: datetime) -> int:
    """Set right the cards that differ: a sign-up has closed, or a refresh was lost. Return how many."""
    wrong = stale(now)
    for pk in wrong:
        refresh(pk, now=now)
    return len(wrong)
