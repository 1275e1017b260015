"""One dated delivery with limited places, and the people who run it."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import ProgrammeVersion
from core.models import TimeStamped
from organisations.models import ActedHistory, Membership, Organisation, Region, Venue

CLOSES_BEFORE_START = timedelta(hours=2)
OPENS_TO_ALL_BEFORE_CLOSING = timedelta(hours=72)
CLOCK_CLOSES_AFTER_END = timedelta(hours=72)


def has_room(now: datetime) -> Q:
    """Return the condition: a place is free for which nobody waits, or that is kept for some children."""
    kept = Q(taken__lt=F("reserved") + F("taken_outside")) | Q(taken__lt=F("first_timers") + F("taken_returning"))
    return Q(taken__lt=F("capacity")) & (Q(waiting_parties=0) | (Q(opens_to_all_at__gt=now) & kept))


class SessionQuerySet(models.QuerySet["Session"]):
    """Words for sessions."""

    def scheduled(self) -> Self:
        """Keep those that are neither closed nor cancelled."""
        return self.filter(status=Session.Status.SCHEDULED)

    def not_cancelled(self) -> Self:
        """Keep those that took place or will."""
        return self.exclude(status=Session.Status.CANCELLED)

    def upcoming(self, now: datetime) -> Self:
        """Keep the scheduled ones that have not begun."""
        return self.scheduled().filter(starts_at__gt=now)

    def of_series(self, session: "Session") -> Self:
        """Keep the dates that were ordered together with the session; none where it stands alone."""
        return self.filter(series=session.series) if session.series else self.none()

    def open_for_sign_up(self, now: datetime) -> Self:
        """Keep those that families can sign up for now, for a place or for the waiting list."""
        return self.scheduled().filter(opens_at__lte=now, closes_at__gt=now)

    def room_first(self, now: datetime) -> Self:
        """Put those in which some family may get a place now first, each kind by time; ``is_full`` tells them apart."""
        return self.alias(is_full=Case(When(has_room(now), then=Value(0)), default=Value(1))).order_by(
            "is_full", "starts_at", "pk"
        )

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Keep those that share time with the span; one that ends when the other begins does not."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)

    def with_card_data(self) -> Self:
        """Bring along what a row about a session shows."""
        return self.select_related("version__programme", "version__theme", "provider", "venue", "region")


class Session(TimeStamped):
    """A date, a place, a number of places. ``taken`` counts confirmed and offered sign-ups.

    Open, full, under way and awaiting report are derived. One conditional update of this row decides every claim
    of a place: ``taken + n <= capacity``. ``ceiling`` is what ``taken`` may reach: the capacity, or what was taken when
    the capacity was lowered below it; each release brings it back towards the capacity. ``sealed_at``: the order is
    confirmed, so the attendance is final. ``reserved`` places are kept for the area's children, ``first_timers`` ones
    for those who come to the programme for the first time, both until ``opens_to_all_at``; they may be the same places.
    ``series`` is the same for the dates that were ordered together; empty where there is only one.
    """

    class Status(models.TextChoices):
        """What is stored; the rest follows from the time and the counters."""

        SCHEDULED = "scheduled", _("Scheduled")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    provider = models.ForeignKey(
        Organisation, models.PROTECT, related_name="sessions", verbose_name=pgettext_lazy("organisation", "provider")
    )
    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="sessions", verbose_name=_("programme version")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="sessions", verbose_name=_("ordering area"))
    office = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="ordered_sessions", verbose_name=_("office")
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    venue = models.ForeignKey(
        Venue, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("venue")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    contact_phone = models.CharField(_("phone on the day"), max_length=20, blank=True)
    capacity = models.PositiveIntegerField(_("places"))
    ceiling = models.PositiveIntegerField(_("ceiling"), editable=False)
    taken = models.PositiveIntegerField(_("taken"), default=0, editable=False)
    taken_outside = models.PositiveIntegerField(_("taken from outside the area"), default=0, editable=False)
    taken_returning = models.PositiveIntegerField(_("taken by who came before"), default=0, editable=False)
    reserved = models.PositiveIntegerField(_("reserved for the area"), default=0)
    first_timers = models.PositiveIntegerField(_("kept for first-timers"), default=0)
    waiting_parties = models.PositiveIntegerField(_("waiting parties"), default=0, editable=False)
    join_counter = models.PositiveIntegerField(default=0, editable=False)
    opens_at = models.DateTimeField(_("sign-up opens"))
    opens_to_all_at = models.DateTimeField(_("reserved places open to all"))
    closes_at = models.DateTimeField(_("sign-up closes"))
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.SCHEDULED, editable=False)
    no_attendance = models.BooleanField(_("nobody came"), default=False, editable=False)
    sealed_at = models.DateTimeField(_("final since"), null=True, blank=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    series = models.UUIDField(pgettext_lazy("sessions", "series"), null=True, blank=True, editable=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("activity", "session")
        verbose_name_plural = pgettext_lazy("activity", "sessions")
        constraints = [
            models.CheckConstraint(name="session_taken_within_ceiling", condition=Q(taken__lte=F("ceiling"))),
            models.CheckConstraint(
                name="session_ceiling_is_capacity_or_taken",
                condition=Q(ceiling__gte=F("capacity")) & (Q(ceiling=F("capacity")) | Q(ceiling=F("taken"))),
            ),
            models.CheckConstraint(name="session_outside_within_taken", condition=Q(taken_outside__lte=F("taken"))),
            models.CheckConstraint(name="session_reserved_within_capacity", condition=Q(reserved__lte=F("capacity"))),
            models.CheckConstraint(
                name="session_returning_within_taken",
                condition=Q(taken_returning__lte=F("taken")) & (Q(taken_returning=0) | Q(first_timers__gt=0)),
            ),
            models.CheckConstraint(
                name="session_first_timers_within_capacity", condition=Q(first_timers__lte=F("capacity"))
            ),
            models.CheckConstraint(name="session_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="session_opens_before_closing",
                condition=Q(opens_at__lte=F("closes_at")) & Q(closes_at__lte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="session_no_attendance_when_closed", condition=Q(no_attendance=False) | Q(status="closed")
            ),
        ]
        indexes = [
            models.Index(fields=["status", "starts_at"], name="session_by_start"),
            models.Index(fields=["version", "status", "starts_at"], name="session_by_version"),
            models.Index(fields=["provider", "starts_at"], name="session_by_provider"),
            models.Index(fields=["venue", "starts_at"], name="session_by_venue"),
            models.Index(fields=["series", "starts_at"], name="session_by_series", condition=Q(series__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def free(self) -> int:
        """How many places are free; never negative."""
        return max(0, self.capacity - self.taken)

    def free_outside(self, now: datetime) -> int:
        """Return how many places a child from outside the area may take now."""
        return self._left_beside(self.reserved, self.taken_outside, now)

    def free_returning(self, now: datetime) -> int:
        """Return how many places a child may take now that has been to the programme before."""
        return self._left_beside(self.first_timers, self.taken_returning, now)

    def _left_beside(self, kept: int, taken: int, now: datetime) -> int:
        """Return how many places are left for those who leave ``kept`` ones alone and have ``taken`` others."""
        if now >= self.opens_to_all_at:
            return self.free
        return max(0, min(self.free, self.capacity - kept - taken))

    def kept_for_area(self, now: datetime) -> int:
        """Return how many of the free places only a child from the ordering area may take now."""
        return self.free - self.free_outside(now)

    def kept_for_first_timers(self, now: datetime) -> int:
        """Return how many of the free places only a child may take now that comes for the first time."""
        return self.free - self.free_returning(now)

    def kept(self, now: datetime) -> int:
        """Return how many of the free places not every child may take now."""
        return max(self.kept_for_area(now), self.kept_for_first_timers(now))

    def is_open(self, now: datetime) -> bool:
        """Tell whether families can sign up, for a place or for the waiting list."""
        return self.status == self.Status.SCHEDULED and self.opens_at <= now < self.closes_at

    def is_under_way(self, now: datetime) -> bool:
        """Tell whether it has begun and not ended."""
        return self.status == self.Status.SCHEDULED and self.starts_at <= now < self.ends_at

    def awaits_close(self, now: datetime) -> bool:
        """Tell whether it is over and nobody has closed it yet."""
        return self.status == self.Status.SCHEDULED and now >= self.ends_at

    @property
    def place(self) -> str:
        """The venue's name and the address, as far as they are known."""
        return " ".join(part for part in [str(self.venue) if self.venue else "", self.address] if part)


class SessionHistory(ActedHistory):
    """What happened to a session and its crew."""

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="history", verbose_name=pgettext_lazy("activity", "session")
    )

    class Meta:
        verbose_name = _("history of a session")
        verbose_name_plural = _("history of sessions")


class CrewQuerySet(models.QuerySet["CrewAssignment"]):
    """Words for crew assignments."""

    def active(self) -> Self:
        """Keep those that were not taken back."""
        return self.filter(removed_at__isnull=True)


class CrewAssignment(models.Model):
    """A member of the provider who runs a session: *staff on duty*.

    The person and the times repeat the membership's and the session's, so that the database itself refuses a person
    in two places at once.
    """

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="crew", verbose_name=pgettext_lazy("activity", "session")
    )
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="crew", verbose_name=_("member"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="crew", editable=False, verbose_name=_("person")
    )
    is_lead = models.BooleanField(_("leads the session"), default=False)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    removed_at = models.DateTimeField(_("taken back"), null=True, blank=True, editable=False)

    objects = CrewQuerySet.as_manager()

    class Meta:
        verbose_name = _("crew assignment")
        verbose_name_plural = _("crew assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "user"], condition=Q(removed_at__isnull=True), name="crew_person_once"
            ),
            models.UniqueConstraint(
                fields=["session"], condition=Q(removed_at__isnull=True, is_lead=True), name="crew_one_lead"
            ),
        ]
        indexes = [models.Index(fields=["user", "starts_at"], name="crew_by_start")]

    def __str__(self) -> str:
        return f"{self.user} · {self.session}"
