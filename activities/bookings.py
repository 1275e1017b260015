"""What opening sessions asks of venues and crews: lock them, and see what they are booked for. A query each."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import BigIntegerField, DateTimeField

from activities.models import CrewAssignment, Session
from core.locking import demand_transaction
from core.prepared import Prepared
from organisations.models import Membership, Venue

_VENUES = Prepared(
    lambda venues: Venue.objects.select_for_update(no_key=True).filter(pk__in=venues).only("pk").order_by("pk"),
    venues=BigIntegerField(),
)
_MEMBERS = Prepared(
    lambda members: (
        Membership.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=members)
        .select_related("user")
        .order_by("pk")
    ),
    members=BigIntegerField(),
)
_BOOKED = Prepared(
    lambda venues, start, end: Session.objects.not_cancelled().overlapping(start, end).filter(venue__pk__in=venues),
    venues=BigIntegerField(),
    start=DateTimeField(),
    end=DateTimeField(),
)
_ON_DUTY = Prepared(
    lambda people, start, end: (
        CrewAssignment.objects.active()
        .filter(user__pk__in=people, starts_at__lt=end, ends_at__gt=start)
        .select_related("session")
    ),
    people=BigIntegerField(),
    start=DateTimeField(),
    end=DateTimeField(),
)


def hold_venues(venues: Collection[int]) -> None:
    """Lock venues in ascending order until the caller's transaction ends."""
    demand_transaction()
    if venues:
        _VENUES.rows(venues=sorted(venues))


def lock_members(members: Collection[int]) -> dict[int, Membership]:
    """Return members with their people, locked in ascending order until the caller's transaction ends."""
    demand_transaction()
    return {row.pk: row for row in _MEMBERS.rows(members=sorted(members))} if members else {}


def booked(venues: Collection[int], start: datetime, end: datetime) -> list[Session]:
    """Return the sessions in the venues that share time with the span."""
    return _BOOKED.rows(venues=sorted(venues), start=start, end=end) if venues else []


def on_duty(people: Collection[int], start: datetime, end: datetime) -> list[CrewAssignment]:
    """Return when the people run a session within the span, each with the session."""
    return _ON_DUTY.rows(people=sorted(people), start=start, end=end) if people else []
