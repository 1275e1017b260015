"""Shifts: a volunteer's job in a session. Assignments: who does it."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from activities.models import Session
from core.encryption import EncryptedTextField
from core.models import Submitted, TimeStamped
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Words for shifts."""

    def open(self, now: datetime) -> Self:
        """Keep those that people can still join or wait for."""
        return self.filter(status=Shift.Status.OPEN, session__status=Session.Status.SCHEDULED, starts_at__gt=now)

    def with_card_data(self) -> Self:
        """Bring along what a card of a shift shows."""
        return self.select_related(
            "session__version__programme", "session__version__theme", "session__provider", "session__venue"
        )


class Shift(Submitted, TimeStamped):
    """A job in a session with a number of places; ``taken`` counts confirmed assignments.

    One conditional update of this row decides every claim of a place: ``taken < places``.
    """

    class Status(models.TextChoices):
        """A shift ends with its session, or earlier by the provider."""

        OPEN = "open", pgettext_lazy("shift", "Open")
        CANCELLED = "cancelled", _("Cancelled")

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="shifts", verbose_name=pgettext_lazy("activity", "session")
    )
    title = models.CharField(_("job"), max_length=60)
    title_en = models.CharField(_("job in English"), max_length=100, blank=True)
    places = models.PositiveSmallIntegerField(_("places"))
    taken = models.PositiveSmallIntegerField(_("taken"), default=0, editable=False)
    join_counter = models.PositiveIntegerField(default=0, editable=False)
    skills = models.CharField(_("skills asked for"), max_length=200, blank=True)
    reports_to = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("reports to"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    is_risky = models.BooleanField(_("risky"), default=False)
    insurance_number = models.CharField(_("insurance number"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN, editable=False)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.CheckConstraint(name="shift_taken_within_places", condition=Q(taken__lte=F("places"))),
            models.CheckConstraint(name="shift_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [models.Index(fields=["status", "starts_at"], name="shift_by_start")]

    def __str__(self) -> str:
        return self.title_en if self.title_en and (get_language() or "").startswith("en") else self.title

    @property
    def free(self) -> int:
        """How many places are free."""
        return self.places - self.taken

    @property
    def lacks_insurance(self) -> bool:
        """Whether nobody may join yet: risky work needs an insurance first."""
        return self.is_risky and not self.insurance_number

    def is_open(self, now: datetime) -> bool:
        """Tell whether people can still join or wait."""
        return self.status == self.Status.OPEN and self.starts_at > now


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Words for assignments."""

    def visible_to(self, by: Acting) -> Self:
        """Keep the person's own, and those in sessions of the provider for which they act."""
        if by.user is None:
            return self.none()
        seen = Q(user=by.user)
        if by.organisation is not None and by.organisation.may_act:
            seen |= Q(shift__session__provider=by.organisation)
        return self.filter(seen)

    def active(self) -> Self:
        """Keep those that were not cancelled."""
        return self.exclude(status=Assignment.Status.CANCELLED)

    def confirmed(self) -> Self:
        """Keep those with a place."""
        return self.filter(status=Assignment.Status.CONFIRMED)

    def waiting(self) -> Self:
        """Keep the waiting list, in its order."""
        return self.filter(status=Assignment.Status.WAITING).order_by("join_seq")

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Keep those that share time with the span; one that ends when the other begins does not."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


class Assignment(Submitted):
    """A volunteer in a shift. The times repeat the shift's, so that the database itself refuses an overlap.

    Cancelled rows stay; joining again is a new row at the end of the waiting list.
    """

    class Status(models.TextChoices):
        """Where it stands."""

        CONFIRMED = "confirmed", _("Confirmed")
        WAITING = "waiting", _("On the waiting list")
        CANCELLED = "cancelled", _("Cancelled")

    shift = models.ForeignKey(Shift, models.PROTECT, related_name="assignments", verbose_name=_("shift"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("volunteer")
    )
    status = models.CharField(_("status"), max_length=9, choices=Status)
    join_seq = models.PositiveIntegerField(_("rank"), editable=False)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    emergency_contact = EncryptedTextField(_("emergency contact"), max_length=100)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(pgettext_lazy("shift", "joined"), editable=False)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True, editable=False)
    checked_out_at = models.DateTimeField(_("checked out"), null=True, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "user"], condition=~Q(status="cancelled"), name="assignment_active_once"
            ),
            models.UniqueConstraint(fields=["shift", "join_seq"], name="assignment_rank_once"),
            models.CheckConstraint(
                name="assignment_out_after_in",
                condition=Q(checked_out_at__isnull=True)
                | Q(checked_in_at__isnull=False, checked_out_at__gte=F("checked_in_at")),
            ),
            models.CheckConstraint(
                name="assignment_present_is_confirmed", condition=Q(checked_in_at__isnull=True) | Q(status="confirmed")
            ),
        ]
        indexes = [models.Index(fields=["user", "starts_at"], name="assignment_by_start")]


class AssignmentHistory(ActedHistory):
    """What happened to an assignment."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="history", verbose_name=_("assignment"))

    class Meta:
        verbose_name = _("history of an assignment")
        verbose_name_plural = _("history of assignments")


class ShiftHistory(ActedHistory):
    """What happened to a shift."""

    shift = models.ForeignKey(Shift, models.PROTECT, related_name="history", verbose_name=_("shift"))

    class Meta:
        verbose_name = _("history of a shift")
        verbose_name_plural = _("history of shifts")
