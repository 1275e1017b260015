"""What is known of people who are with children: results and dates, never details."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Submitted
from organisations.models import ActedHistory, Organisation
from safeguarding.models.text import PledgeText


class BackgroundCheck(Submitted):
    """The result of one record query (从业查询). It holds no criminal detail.

    ``of_age``: whoever recorded it saw on an identity document that the person is 18. Without a clear check that says
    so nobody whose birth date is not on record is with children: a record that was erased says nothing of an age.

    A newer check replaces an older one; an adverse result is only replaced by a clear one that was both queried and
    recorded after it.
    """

    class Result(models.TextChoices):
        """What the query said."""

        CLEAR = "clear", _("no record found")
        ADVERSE = "adverse", _("may not work with minors")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="background_checks", verbose_name=_("person")
    )
    result = models.CharField(_("result"), max_length=7, choices=Result)
    checked_on = models.DateField(_("checked on"))
    valid_until = models.DateField(_("valid until"))
    reference = models.CharField(_("reference"), max_length=60)
    of_age = models.BooleanField(_("was of age, as seen on an identity document"), default=False)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("background check")
        verbose_name_plural = _("background checks")
        constraints = [
            models.CheckConstraint(name="check_valid_after_checked", condition=Q(valid_until__gte=F("checked_on"))),
            models.CheckConstraint(name="check_has_reference", condition=~Q(reference="")),
            models.CheckConstraint(
                name="check_not_recorded_by_oneself",
                condition=Q(recorded_by__isnull=True) | ~Q(recorded_by=F("user")),
                violation_error_message=_("Nobody records their own check."),
            ),
        ]
        indexes = [models.Index(fields=["user", "-checked_on"], name="check_user_newest")]


class Pledge(models.Model):
    """A person's signature under the pledge."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="pledges", verbose_name=_("person"))
    text = models.ForeignKey(PledgeText, models.PROTECT, related_name="pledges", verbose_name=_("text"))
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        verbose_name = _("signed pledge")
        verbose_name_plural = _("signed pledges")
        constraints = [models.UniqueConstraint(fields=["user", "text"], name="pledge_once_per_text")]


KNOWN_COURSES = {"child-protection": _("Child protection"), "first-aid": _("First aid")}


def course_title(course: str) -> str:
    """Return a course in words: the known ones translated, a city's own as its code reads."""
    return str(KNOWN_COURSES.get(course) or course.replace("-", " ").capitalize())


class Training(models.Model):
    """A course that a person has completed. ``course`` is one of ``REQUIRED_COURSES`` or any other."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="trainings", verbose_name=_("person")
    )
    course = models.SlugField(_("course"), max_length=60)
    completed_on = models.DateField(_("completed on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        constraints = [
            models.UniqueConstraint(fields=["user", "course", "completed_on"], name="training_once_a_day"),
            models.CheckConstraint(
                name="training_valid_after_completed",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("completed_on")),
            ),
        ]

    @property
    def title(self) -> str:
        """The course in words."""
        return course_title(self.course)


class Suspension(Submitted):
    """A time during which a person is kept away from children."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="suspensions", verbose_name=_("person")
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("suspended by"))
    league = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("League"), editable=False
    )

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        constraints = [
            models.CheckConstraint(
                name="suspension_ends_after_start", condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on"))
            ),
        ]


class WorkerHistory(ActedHistory):
    """What happened to a person's clearance: checks, pledges, trainings, suspensions."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))

    class Meta:
        verbose_name = _("history of a person's clearance")
        verbose_name_plural = _("history of clearances")
