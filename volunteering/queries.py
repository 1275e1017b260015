"""What the pages about shifts read."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse

from activities.models import CrewAssignment, Session
from core.calendars import Entry
from core.time import today
from organisations.acting import Acting
from users.models import User
from volunteering.models import Assignment, AssignmentHistory, AssignmentQuerySet, Shift, ShiftQuerySet
from volunteering.policies import ORGANISERS


def open_shifts(now: datetime) -> ShiftQuerySet:
    """Return the shifts that people can join or wait for, the next one first, with what a card shows."""
    return Shift.objects.open(now).with_card_data().order_by("starts_at", "pk")


def mine(user: User, now: datetime) -> AssignmentQuerySet:
    """Return a person's places and waits in shifts that are not over, the next one first."""
    rows = Assignment.objects.active().filter(user=user, ends_at__gt=now)
    return rows.select_related(
        "shift__session__version__programme",
        "shift__session__version__theme",
        "shift__session__venue",
        "shift__session__provider",
        "shift__reports_to__user",
    ).order_by("starts_at", "pk")


def past_of(user: User, now: datetime) -> AssignmentQuerySet:
    """Return a person's shifts that are over, the latest first."""
    rows = Assignment.objects.confirmed().filter(user=user, ends_at__lte=now)
    return rows.select_related("shift__session__version").order_by("-starts_at", "-pk")


def sessions_on_duty(by: Acting) -> QuerySet[Session]:
    """Return the sessions of their provider whose shifts they see: all as an organiser, else those they run."""
    if by.user is None:
        return Session.objects.none()
    organisation = by.organisation
    if organisation is None or not by.is_for(organisation.pk):
        return Session.objects.none()
    own = Session.objects.filter(provider=organisation)
    if not by.is_for(organisation.pk, *ORGANISERS):
        own = own.filter(Exists(CrewAssignment.objects.active().filter(session=OuterRef("pk"), user=by.user)))
    return own.with_card_data()


def sessions_ahead(by: Acting, now: datetime) -> QuerySet[Session]:
    """Return the sessions of their provider that are not over, soonest first, each with its ``open_shifts``."""
    rows = sessions_on_duty(by).filter(status=Session.Status.SCHEDULED, ends_at__gt=now).order_by("starts_at", "pk")
    shifts = Shift.objects.filter(status=Shift.Status.OPEN).order_by("starts_at", "pk")
    return rows.prefetch_related(Prefetch("shifts", shifts, to_attr="open_shifts"))


def time_served(user: User, now: datetime) -> dict[int, timedelta]:
    """Return how long the person served, by year: from check-in to check-out, within each shift. One query.

    Where nobody wrote down that they left, the shift's end counts.
    """
    rows = Assignment.objects.confirmed().filter(user=user, ends_at__lte=now, checked_in_at__isnull=False)
    found: dict[int, timedelta] = {}
    for row in rows.only("starts_at", "ends_at", "checked_in_at", "checked_out_at"):
        came = max(row.starts_at, row.checked_in_at or row.ends_at)
        served = max(timedelta(0), min(row.ends_at, row.checked_out_at or row.ends_at) - came)
        year = today(row.starts_at).year
        found[year] = found.get(year, timedelta(0)) + served
    return found


def shifts_of(session: Session) -> ShiftQuerySet:
    """Return a session's shifts with their people in the order in which they joined."""
    people = Assignment.objects.active().select_related("user").order_by("join_seq")
    shifts = Shift.objects.filter(session=session).select_related("reports_to__user")
    return shifts.prefetch_related(Prefetch("assignments", people, to_attr="people")).order_by("starts_at", "pk")


def as_entry(assignment: Assignment) -> Entry:
    """Return a volunteer's shift as a calendar shows it: the programme with the job, and the place."""
    shift, session = assignment.shift, assignment.shift.session
    return Entry(
        key=f"shift-{shift.pk}",
        title=f"{session.version.title_local} · {shift}",
        place=session.place,
        path=reverse("volunteering:shift", args=[shift.pk]),
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        sequence=session.sequence + (shift.status == Shift.Status.CANCELLED),
        changed_at=max(session.changed_at, shift.changed_at),
        is_cancelled=shift.status == Shift.Status.CANCELLED,
    )


def in_calendar_of(user: User, since: datetime) -> AssignmentQuerySet:
    """Return the person's places in shifts that end after a moment; a shift that was called off stays. One query."""
    called_off = AssignmentHistory.objects.filter(assignment=OuterRef("pk"), verb="cancel", before="confirmed")
    had_place = Q(shift__status=Shift.Status.CANCELLED) & Exists(called_off)
    rows = Assignment.objects.filter(Q(status="confirmed") | had_place, user=user, shift__ends_at__gt=since)
    about = ("shift__session__version__programme", "shift__session__venue")
    return rows.select_related(*about).order_by("shift__starts_at", "pk")
