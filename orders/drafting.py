"""Writing an order before it is asked for: start, edit, copy, lay out a series of dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Programme, ProgrammeVersion
from core.errors import DomainError, SentByAnother
from core.time import at, local, today
from orders import numbering
from orders.checks import MAX_SESSIONS
from orders.lifecycle.edge import _move
from orders.models import Order, OrderHistory, PlannedSession
from orders.statuses import DRAFT_LIVES, Verb
from organisations import queries
from organisations.acting import Acting, record
from organisations.models import Organisation


class NotOnMenu(DomainError):
    """The programme cannot be ordered."""


class TooManySessions(DomainError):
    """More sessions than an order may hold."""


@dataclass(frozen=True)
class PlannedRow:
    """One date as the clerk writes it; the programme says how long it lasts."""

    starts_at: datetime
    venue_id: int | None = None
    address: str = ""


def series(first: date, clock: time, *, every_weeks: int, count: int) -> list[datetime]:
    """Return the starts of a series: the same weekday and time, every so many weeks. A count over the limit is cut."""
    days = [first + timedelta(weeks=every_weeks * i) for i in range(min(count, MAX_SESSIONS))]
    return [at(day, clock) for day in days]


def _made_by(submission_id: UUID, office: Organisation) -> Order | None:
    """Return what this submission made before, unless it was another office's."""
    earlier = Order.objects.filter(submission_id=submission_id).first()
    if earlier is not None and earlier.office_id != office.pk:
        raise SentByAnother
    return earlier


def _on_menu(programme: Programme) -> tuple[Programme, ProgrammeVersion]:
    """Return the programme and what the menu says of it now."""
    chosen = Programme.objects.on_menu().select_related("current_version").filter(pk=programme.pk).first()
    if chosen is None or chosen.current_version is None:
        raise NotOnMenu(_("This programme is not on the menu any more. Choose another one."))
    return chosen, chosen.current_version


def _price(version: ProgrammeVersion) -> dict[str, Any]:
    return {"unit_price": version.price, "currency": version.currency}


def create(
    programme: Programme,
    *,
    by: Acting,
    now: datetime,
    submission_id: UUID,
    group_size: int | None = None,
    reason: str = "",
    reserve_places: bool = True,
    first_timers: int = 0,
    kept_days: int | None = None,
    opens_at: datetime | None = None,
    rows: Sequence[PlannedRow] = (),
) -> Order:
    """Start a draft; the same submission a second time returns the order that the first one made.

    Raises:
        SentByAnother: another office used the submission's number.
        NotOnMenu, NoLeague: the programme is not published, or nobody decides for the area.
        TooManySessions: more rows than an order may hold.
    """
    office = by.organisation
    assert office is not None  # the policy lets only members of an office or school come here
    with transaction.atomic():
        if (earlier := _made_by(submission_id, office)) is not None:
            return earlier
        chosen, version = _on_menu(programme)
        order = Order.objects.create(
            league=queries.league_for(office.region),
            submission_id=submission_id,
            number=numbering.next_number(now),
            office=office,
            region=office.region,
            provider=chosen.provider,
            programme=chosen,
            quantity=len(rows),
            group_size=group_size or version.max_group,
            **_price(version),
            reason=reason.strip(),
            reserve_places=reserve_places,
            first_timers=first_timers,
            kept_days=kept_days,
            opens_at=opens_at,
            contact=by.user,
            waits_until=now + DRAFT_LIVES,
            created_at=now,
        )
        _plan(order, rows)
        record(OrderHistory, by, verb=Verb.CREATE, after=order.status, order=order, at=now)
    return order


def edit(
    order: Order,
    *,
    by: Acting,
    now: datetime,
    group_size: int,
    reason: str,
    reserve_places: bool,
    first_timers: int = 0,
    kept_days: int | None = None,
    opens_at: datetime | None = None,
    rows: Sequence[PlannedRow] | None = None,
    seen: int | None = None,
) -> Order:
    """Write the draft anew; without rows its dates stay. Nothing is checked but that it can be kept.

    Raises:
        StaleState: it was submitted, or a colleague changed it.
        TooManySessions: more rows than an order may hold.
    """
    with _move(order, Verb.EDIT, by=by, now=now, seen=seen) as row:
        row.group_size, row.reason, row.reserve_places = group_size, reason.strip(), reserve_places
        row.first_timers, row.kept_days, row.opens_at = first_timers, kept_days, opens_at
        shown = row.programme.shown
        row.unit_price, row.currency = shown.price, shown.currency
        if rows is not None:
            row.quantity = len(rows)
            row.planned.all().delete()
            _plan(row, rows)
    return order


def copy(order: Order, *, by: Acting, now: datetime, submission_id: UUID) -> Order:
    """Start a draft like an earlier order: same programme, group, places; dates and opening moved on by whole weeks."""
    planned = list(order.planned.order_by("starts_at", "position"))
    version = order.programme.shown
    weeks = 0
    if planned:
        earliest = now + timedelta(days=version.lead_days + 1)
        weeks = max(0, -((planned[0].starts_at - earliest) // timedelta(weeks=1)))
    rows = [PlannedRow(_weeks_later(one.starts_at, weeks), one.venue_id, one.address) for one in planned]
    return create(
        order.programme,
        by=by,
        now=now,
        submission_id=submission_id,
        group_size=order.group_size,
        reason=order.reason,
        reserve_places=order.reserve_places,
        first_timers=order.first_timers,
        kept_days=order.kept_days,
        opens_at=_weeks_later(order.opens_at, weeks) if order.opens_at else None,
        rows=rows,
    )


def _weeks_later(moment: datetime, weeks: int) -> datetime:
    """Keep weekday and clock time, whatever the zone does meanwhile."""
    return at(today(moment) + timedelta(weeks=weeks), local(moment).time())


def _plan(order: Order, rows: Sequence[PlannedRow]) -> None:
    """Write the planned sessions in the order of their dates."""
    if len(rows) > MAX_SESSIONS:
        sentence = _("An order holds at most %(count)d sessions. Write a second one.")
        raise TooManySessions(sentence % {"count": MAX_SESSIONS})
    length = timedelta(minutes=order.programme.shown.duration_minutes)
    PlannedSession.objects.bulk_create(
        PlannedSession(
            order=order,
            position=position,
            starts_at=row.starts_at,
            ends_at=row.starts_at + length,
            venue_id=row.venue_id,
            address="" if row.venue_id else row.address.strip(),
        )
        for position, row in enumerate(sorted(rows, key=lambda row: row.starts_at), start=1)
    )
