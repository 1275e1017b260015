"""Something went wrong with personal data: what, whom it concerns, and how each of them was told."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Submitted, TimeStamped
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation
from people.models import Child, Guardian

MAX_WORDS = 2000
MAX_NOTICE = 5000


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Words for incidents."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the League's area, for its safeguarding officers and for who oversees them."""
        role = Membership.Role
        sees = by.is_kind(Organisation.Kind.LEAGUE, role.SAFEGUARDING, role.OFFICER, role.AUDITOR)
        if not sees or by.organisation is None:
            return self.none()
        return self.filter(league__region__lineage__startswith=by.organisation.region.lineage)

    def open(self) -> Self:
        """Keep those that somebody still has to do something about."""
        return self.exclude(status=Incident.Status.CLOSED)


class Incident(Submitted, TimeStamped):
    """One incident of personal data. It names nobody: whom it concerns stands in ``Affected``, by number."""

    class Status(models.TextChoices):
        """Where it stands."""

        OPEN = "open", pgettext_lazy("incident", "Open")
        NOTIFYING = "notifying", pgettext_lazy("incident", "People are being told")
        CLOSED = "closed", pgettext_lazy("incident", "Closed")

    class Kind(models.TextChoices):
        """What happened, in one word."""

        BREACH = "breach", _("Data got out")
        ACCESS = "access", _("Somebody saw what was not for them")
        LOSS = "loss", _("Data was lost")
        CHANGE = "change", _("Data was changed without right")

    class Grade(models.TextChoices):
        """How grave it is, in the grades of the national rules on reporting."""

        ORDINARY = "ordinary", pgettext_lazy("grade", "ordinary")
        LARGER = "larger", pgettext_lazy("grade", "larger")
        MAJOR = "major", pgettext_lazy("grade", "major")
        GRAVE = "grave", pgettext_lazy("grade", "especially grave")

    REPORTED_GRADES = (Grade.LARGER, Grade.MAJOR, Grade.GRAVE)

    league = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("who handles it"), editable=False
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN, editable=False)
    kind = models.CharField(_("what kind"), max_length=6, choices=Kind)
    grade = models.CharField(_("grade"), max_length=8, choices=Grade)
    found_at = models.DateTimeField(_("found"))
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    what = models.TextField(_("what happened"), max_length=MAX_WORDS)
    data_kinds = models.JSONField(_("which data"), default=list)
    may_follow = models.TextField(_("what may follow"), max_length=MAX_WORDS, blank=True)
    remedy = models.TextField(_("what was done"), max_length=MAX_WORDS, blank=True)
    advice = models.TextField(_("what those concerned can do"), max_length=MAX_WORDS, blank=True)
    authority = models.CharField(_("reported to"), max_length=100, blank=True, editable=False)
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True, editable=False)
    reference = models.CharField(_("their number"), max_length=60, blank=True, editable=False)
    notice_zh = models.TextField(_("notice in Chinese"), max_length=MAX_NOTICE, blank=True)
    notice_en = models.TextField(_("notice in English"), max_length=MAX_NOTICE, blank=True)
    sent_at = models.DateTimeField(_("notice sent"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(pgettext_lazy("time", "closed"), null=True, blank=True, editable=False)
    lessons = models.TextField(_("what was learned"), max_length=MAX_WORDS, blank=True, editable=False)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident of personal data")
        verbose_name_plural = _("incidents of personal data")
        constraints = [
            models.CheckConstraint(
                name="incident_began_before_found", condition=Q(began_at__isnull=True) | Q(began_at__lte=F("found_at"))
            ),
            models.CheckConstraint(
                name="incident_reported_to_somebody",
                condition=Q(reported_at__isnull=True, authority="")
                | (Q(reported_at__gte=F("found_at")) & ~Q(authority="")),
            ),
            models.CheckConstraint(
                name="incident_told_in_words",
                condition=Q(sent_at__isnull=True) | (~Q(notice_zh="") & ~Q(notice_en="")),
            ),
            models.CheckConstraint(
                name="incident_status_fits_notice",
                condition=Q(status="closed")
                | Q(status="open", sent_at__isnull=True)
                | Q(status="notifying", sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="incident_closed_is_told_why",
                condition=(Q(status="closed", closed_at__isnull=False) & ~Q(lessons=""))
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="incident_larger_closed_is_reported",
                condition=~Q(status="closed") | Q(grade="ordinary") | Q(reported_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["found_at"], name="incident_by_finding")]

    def __str__(self) -> str:
        return f"{self.found_at:%Y}-{self.pk}"

    @property
    def report_by(self) -> datetime | None:
        """Until when the authority has to know; nothing where the grade need not be reported."""
        if self.grade not in self.REPORTED_GRADES:
            return None
        return self.found_at + timedelta(hours=settings.INCIDENT_REPORT_HOURS)

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether the authority should know by now and does not."""
        return self.reported_at is None and self.report_by is not None and self.report_by < now

    @property
    def was_late(self) -> bool:
        """Tell whether the authority was told after the deadline."""
        return self.reported_at is not None and self.report_by is not None and self.report_by < self.reported_at


class AffectedQuerySet(models.QuerySet["Affected"]):
    """Words for whom an incident concerns."""

    def untold(self) -> Self:
        """Keep those whom nobody has told, or written to, in any way."""
        return self.filter(tellings__isnull=True)


class Affected(models.Model):
    """That an incident concerns the data of a child, a guardian or a login: their number, nothing else."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="affected", verbose_name=_("incident"))
    child = models.ForeignKey(Child, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("child"))
    guardian = models.ForeignKey(
        Guardian, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("guardian")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("login")
    )
    added_at = models.DateTimeField(_("added"), editable=False)

    objects = AffectedQuerySet.as_manager()

    class Meta:
        verbose_name = _("person concerned by an incident")
        verbose_name_plural = _("people concerned by an incident")
        constraints = [
            models.UniqueConstraint(fields=["incident", "child"], name="affected_child_once"),
            models.UniqueConstraint(fields=["incident", "guardian"], name="affected_guardian_once"),
            models.UniqueConstraint(fields=["incident", "user"], name="affected_user_once"),
            models.CheckConstraint(
                name="affected_is_one_person",
                condition=Q(child__isnull=False, guardian__isnull=True, user__isnull=True)
                | Q(child__isnull=True, guardian__isnull=False, user__isnull=True)
                | Q(child__isnull=True, guardian__isnull=True, user__isnull=False),
            ),
        ]


class Telling(Submitted):
    """That somebody was told about a person concerned: who, how, when. Append-only.

    What the site sent names the guardian or the login to whom it went; what staff did themselves names neither.
    """

    class How(models.TextChoices):
        """By which way."""

        MESSAGE = "message", _("message on the site, and by mail where there is an address")
        OFFICE = "office", _("through the office that registered the family")
        PHONE = "phone", pgettext_lazy("way of telling", "by phone")
        LETTER = "letter", pgettext_lazy("way of telling", "by letter")
        PERSON = "person", pgettext_lazy("way of telling", "in person")
        PUBLIC = "public", _("by a public notice, as nobody could be reached")

    BY_STAFF = (How.PHONE, How.LETTER, How.PERSON, How.PUBLIC)

    affected = models.ForeignKey(Affected, models.PROTECT, related_name="tellings", verbose_name=_("about whom"))
    guardian = models.ForeignKey(
        Guardian, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("guardian")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("login")
    )
    how = models.CharField(pgettext_lazy("way of telling", "how"), max_length=7, choices=How)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("told by"))

    class Meta:
        verbose_name = _("telling about an incident")
        verbose_name_plural = _("tellings about incidents")
        constraints = [
            models.UniqueConstraint(fields=["affected", "guardian"], name="telling_guardian_once"),
            models.UniqueConstraint(fields=["affected", "user"], name="telling_user_once"),
            models.CheckConstraint(
                name="telling_goes_to_somebody",
                condition=Q(how="message", guardian__isnull=False, user__isnull=True)
                | Q(how="message", guardian__isnull=True, user__isnull=False)
                | Q(how="office", guardian__isnull=False, user__isnull=True)
                | Q(how__in=["phone", "letter", "person", "public"], guardian__isnull=True, user__isnull=True),
            ),
        ]


class IncidentHistory(ActedHistory):
    """What happened to an incident. Its notes are numbers and ways, never names."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="history", verbose_name=_("incident"))

    class Meta:
        verbose_name = _("history of an incident")
        verbose_name_plural = _("history of incidents")
