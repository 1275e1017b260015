"""What happens by the clock: reminders the day before, and nobody stays who may no longer be with children."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from activities import scheduling
from activities.models import CrewAssignment, Session, SessionHistory
from core.time import at, today
from notifications.services import notify
from organisations import memberships
from organisations.acting import Acting, clock, record
from safeguarding import clearance
from users.models import User
from volunteering import assignments, messages, supervision
from volunteering.models import Assignment
from volunteering.policies import ORGANISERS

SWEEP = clock("volunteering.sweep")


def remind(now: datetime) -> int:
    """Remind everybody who has a place in a shift tomorrow; once for each date, however often it runs.

    Return how many.
    """
    tomorrow = today(now) + timedelta(days=1)
    rows = (
        Assignment.objects.confirmed()
        .filter(starts_at__gte=at(tomorrow, time.min), starts_at__lt=at(tomorrow + timedelta(days=1), time.min))
        .select_related("user", "shift__session__version", "shift__session__provider", "shift__session__venue")
        .order_by("pk")
    )
    for assignment in rows:
        with transaction.atomic():
            event = str(assignment.shift.session.sequence)
            messages.tell_volunteer(assignment, "shift_tomorrow", now=now, event=event)
    return len(rows)


def enforce_clearance(now: datetime, *, user: User | None = None, by: Acting = SWEEP) -> int:
    """Take out of shifts to come, or under way, whom the gate would no longer let in; of one person, if named.

    Return how many.
    """
    under_way = Q(status=Assignment.Status.CONFIRMED, ends_at__gt=now)
    found = Assignment.objects.active().filter(Q(starts_at__gt=now) | under_way, checked_out_at=None)
    found = found.filter(user=user) if user else found
    rows = list(found.select_related("user").order_by("pk"))
    removed = 0
    for day in sorted({_duty_day(row, now) for row in rows}):
        todays = [row for row in rows if _duty_day(row, now) == day]
        answers = clearance.of_workers([row.user for row in todays], day)
        for row in todays:
            if not answers[row.user_id].ok:
                assignments.remove(row, by=by, now=now)
                removed += 1
    return removed


def _duty_day(row: Assignment | CrewAssignment, now: datetime) -> date:
    """Return the day for which the gate is asked: that of the start, or today once it has begun."""
    return max(today(row.starts_at), today(now))


def enforce_crew_clearance(now: datetime, *, user: User | None = None, by: Acting = SWEEP) -> int:
    """Take staff who lost their clearance, or their role, out of sessions to come or under way; who has to act is told.

    Only one person, if named. Return how many.
    """
    rows = CrewAssignment.objects.active().filter(ends_at__gt=now, session__status=Session.Status.SCHEDULED)
    rows = rows.filter(user=user) if user else rows
    about = ("membership", "session__provider", "session__version", "session__venue")
    staff = list(rows.select_related(*about).order_by("pk"))
    removed = 0
    for day in sorted({_duty_day(row, now) for row in staff}):
        todays = [row for row in staff if _duty_day(row, now) == day]
        answers = clearance.of_workers([row.user_id for row in todays], day)
        for row in todays:
            if not answers[row.user_id].ok:
                removed += _take_off(row, by, now, why="not cleared")
            elif not scheduling.is_of_provider(row.membership, row.session.provider, day):
                removed += _take_off(row, by, now, why="no member any more")
    return removed


def _take_off(row: CrewAssignment, by: Acting, now: datetime, *, why: str) -> int:
    """End one crew assignment, once; write it into the session's history and tell who has to find somebody else.

    While the session is under way, everybody else of its crew is told too: somebody there has to act at once.
    """
    session = row.session
    with transaction.atomic():
        if not CrewAssignment.objects.active().filter(pk=row.pk).update(removed_at=now):
            return 0
        record(
            SessionHistory,
            by,
            verb="crew_removed",
            note=why,
            session=session,
            at=now,
        )
        organisers = memberships.holders(session.provider, *ORGANISERS, on=today(now))
        has_begun = row.starts_at <= now
        there = Q(crew__session=session.pk, crew__removed_at=None)
        there &= Q() if has_begun else Q(crew__is_lead=True)
        notify(
            [*organisers, *User.objects.filter(there)],
            kind="crew_removed",
            cause=f"crew:{row.pk}:removed",
            context={
                "programme": session.version.title,
                "programme_en": session.version.title_en,
                "starts_at": session.starts_at,
                "ends_at": session.ends_at,
                "place": session.place,
                "has_begun": has_begun,
            },
            path=reverse("activities:crew", args=[session.pk]),
            now=now,
            urgent=True,
        )
        supervision.recheck(session.pk, by=by, now=now)
    return 1
