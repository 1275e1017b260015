"""Who was there, and who looked at the list of names."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models.session import Session
from activities.models.signup import SignUp
from organisations.models import ActedHistory, Organisation
from people.models import Guardian


class Attendance(models.Model):
    """What was marked for a sign-up. Undoing sets it to ``voided``; nothing is deleted.

    Who fetched a child that is handed over is a guardian, or a name that the family gave. It stands here only.
    """

    class Status(models.TextChoices):
        """What was marked."""

        PRESENT = "present", _("Present")
        ABSENT = "absent", _("Absent")
        EXCUSED = "excused", _("Excused")
        VOIDED = "voided", _("Undone")

    sign_up = models.OneToOneField(SignUp, models.PROTECT, related_name="attendance", verbose_name=_("sign-up"))
    status = models.CharField(_("status"), max_length=7, choices=Status)
    at = models.DateTimeField(_("when"))
    by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("marked by")
    )
    walk_in = models.BooleanField(_("came without a sign-up"), default=False)
    checked_out_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    checked_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handed over by"),
    )
    collected_by_guardian = models.ForeignKey(
        Guardian, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("fetched by a guardian")
    )
    collected_by = models.CharField(_("fetched by"), max_length=50, blank=True)

    HAND_OVER = ("checked_out_at", "checked_out_by", "collected_by_guardian", "collected_by")

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.CheckConstraint(
                name="attendance_handed_over_to_one",
                condition=Q(checked_out_at=None, checked_out_by=None, collected_by_guardian=None, collected_by="")
                | Q(
                    status="present", checked_out_at__isnull=False, collected_by_guardian__isnull=False, collected_by=""
                )
                | (Q(status="present", checked_out_at__isnull=False, collected_by_guardian=None) & ~Q(collected_by="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.sign_up_id} · {self.get_status_display()}"

    def forget_hand_over(self) -> None:
        """Forget who fetched the child; the caller saves ``HAND_OVER``."""
        self.checked_out_at = self.checked_out_by = self.collected_by_guardian = None
        self.collected_by = ""


class AttendanceHistory(ActedHistory):
    """What happened to an attendance."""

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="history", verbose_name=_("attendance"))

    class Meta:
        verbose_name = _("history of an attendance")
        verbose_name_plural = _("history of attendances")


class UploadedMark(models.Model):
    """The receipt of a mark that came from a phone's queue, so that sending it twice counts once. Append-only.

    ``uuid`` is the phone's own number of the tap. A mark that was refused has no receipt.
    """

    uuid = models.UUIDField(_("the phone's number"), unique=True, editable=False)
    session = models.ForeignKey(
        Session, models.PROTECT, related_name="uploaded_marks", verbose_name=pgettext_lazy("activity", "session")
    )
    sign_up = models.ForeignKey(SignUp, models.PROTECT, related_name="uploaded_marks", verbose_name=_("sign-up"))
    verb = models.CharField(_("what was tapped"), max_length=7)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("marked by"))
    made_at = models.DateTimeField(_("tapped"))
    received_at = models.DateTimeField(_("when it arrived"))

    class Meta:
        verbose_name = _("uploaded mark")
        verbose_name_plural = _("uploaded marks")

    def __str__(self) -> str:
        return f"{self.sign_up_id} · {self.verb}"


class RosterAccess(models.Model):
    """One look at names of children by somebody who is not their family: who, why, how many names. Append-only.

    It is a look at the list of a session, at families of an office or League, at whom an incident concerns, or at a
    child for whom staff act.
    """

    class Purpose(models.TextChoices):
        """What the names were wanted for."""

        CHECK_IN = "check_in", _("Check-in")
        HEALTH = "health", _("Health note")
        CALL = "call", _("Calling the family")
        PRINT = "print", _("Printed list")
        WALK_IN = "walk_in", _("Somebody at the door")
        INSURANCE = "insurance", _("List for the insurance")
        EMERGENCY = "emergency", _("List for an emergency")
        OBJECTION = "objection", _("Deciding an objection")
        FAMILIES = "families", _("Families of the office")
        ON_BEHALF = "on_behalf", _("Sign-up on behalf of a family")
        SUSPEND = "suspend", _("Suspending a guardian's sign-ups")
        INCIDENT = "incident", _("Handling an incident of data")

    # What is looked at outside the list of a session: the child need not be signed up for it.
    OUTSIDE: ClassVar = (Purpose.FAMILIES, Purpose.ON_BEHALF, Purpose.SUSPEND, Purpose.INCIDENT)

    session = models.ForeignKey(
        Session,
        models.PROTECT,
        null=True,
        related_name="roster_accesses",
        verbose_name=pgettext_lazy("activity", "session"),
    )
    viewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="roster_accesses",
        verbose_name=pgettext_lazy("person", "who"),
    )
    on_behalf_of = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("on behalf of")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    count = models.PositiveIntegerField(_("names shown"))
    # The sign-ups whose names were shown, so that each family sees who looked; rows from before know only the count.
    shown = models.JSONField(null=True, editable=False)
    is_export = models.BooleanField(_("taken away as a file"), null=True, editable=False)
    at = models.DateTimeField(_("when"))
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)

    class Meta:
        verbose_name = _("look at a roster")
        verbose_name_plural = _("looks at rosters")
        indexes = [models.Index(fields=["session", "at"], name="roster_access_by_session")]
        constraints = [
            models.CheckConstraint(
                name="roster_access_has_session",
                condition=Q(session__isnull=False) | Q(purpose__in=["families", "suspend", "incident"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} · {self.viewer_id} · {self.at:%Y-%m-%d %H:%M}"
