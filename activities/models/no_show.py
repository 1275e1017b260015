"""When children who sign up and do not come are kept from signing up, and what families say against it."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models.attendance import Attendance
from activities.models.session import Session
from core.models import Submitted
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation

OBJECT_WITHIN = timedelta(days=14)


class NoShowRule(Submitted):
    """What a League decided for its area from a day on. Rows are never changed; a later one takes over.

    Three zeros say that nobody is barred from that day on.
    """

    league = models.ForeignKey(Organisation, models.PROTECT, related_name="no_show_rules", verbose_name=_("League"))
    valid_from = models.DateField(_("valid from"))
    misses = models.PositiveSmallIntegerField(_("sessions missed"))
    within_days = models.PositiveSmallIntegerField(_("within so many days"))
    bar_days = models.PositiveSmallIntegerField(_("days without sign-up"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("rule", "decided by")
    )
    made_at = models.DateTimeField(pgettext_lazy("rule", "decided"))
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)

    class Meta:
        verbose_name = _("no-show rule")
        verbose_name_plural = _("no-show rules")
        constraints = [
            models.CheckConstraint(
                name="no_show_rule_whole_or_none",
                condition=Q(misses=0, within_days=0, bar_days=0)
                | Q(misses__gte=1, within_days__gte=1, bar_days__gte=1),
            ),
        ]
        indexes = [models.Index(fields=["league", "valid_from"], name="no_show_rule_by_day")]

    @property
    def bars_nobody(self) -> bool:
        """Whether it ends the rule before it."""
        return self.misses == 0


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """Words for objections."""

    def open(self) -> Self:
        """Keep those that wait for an answer, about what is marked in a session that is closed, and not open again."""
        return self.filter(
            status=Objection.Status.OPEN,
            attendance__status=Attendance.Status.ABSENT,
            attendance__sign_up__session__status=Session.Status.CLOSED,
        )

    def decidable_by(self, by: Acting) -> Self:
        """Keep those about sessions of the provider that the person coordinates, or of the League's area."""
        role, league = Membership.Role, by.organisation
        if league is None:
            return self.none()
        if by.is_kind(Organisation.Kind.LEAGUE, role.OFFICER):
            return self.filter(attendance__sign_up__session__region__lineage__startswith=league.region.lineage)
        if by.is_kind(Organisation.Kind.PROVIDER, role.MANAGER, role.COORDINATOR):
            return self.filter(attendance__sign_up__session__provider=league)
        return self.none()


class Objection(Submitted):
    """A family says that an absence should not count. Accepted, it does not; the mark itself stays as it is."""

    class Status(models.TextChoices):
        """Where it stands."""

        OPEN = "open", pgettext_lazy("objection", "waits for an answer")
        ACCEPTED = "accepted", pgettext_lazy("objection", "accepted")
        REFUSED = "refused", pgettext_lazy("objection", "refused")

    attendance = models.OneToOneField(
        Attendance, models.PROTECT, related_name="objection", verbose_name=_("attendance")
    )
    reason = models.TextField(_("reason"), max_length=500)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("objection", "made by")
    )
    made_at = models.DateTimeField(pgettext_lazy("objection", "made"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("objection", "decided by"),
    )
    decided_at = models.DateTimeField(pgettext_lazy("objection", "decided"), null=True, blank=True)
    answer = models.TextField(pgettext_lazy("objection", "answer"), max_length=500, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.CheckConstraint(
                name="objection_decided_by_somebody",
                condition=Q(status="open", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="objection_refused_with_reason", condition=~Q(status="refused") | ~Q(answer="")
            ),
        ]
        indexes = [models.Index(fields=["status", "made_at"], name="objection_by_status")]


class ObjectionHistory(ActedHistory):
    """What happened to an objection."""

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="history", verbose_name=_("objection"))

    class Meta:
        verbose_name = _("history of an objection")
        verbose_name_plural = _("history of objections")
