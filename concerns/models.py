"""A concern, what was said, where it was handed on to, and who has looked. Nothing here points at a child or a sign-up.

Whom a concern is about is part of its sealed words (``Statement.subject``), so that nobody joins these tables to
families or sign-ups; only a concern's own page opens it, and each opening is written down.
"""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from concerns.sealing import SealedField
from core.models import Submitted
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation, Region

NUMBER_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that are mistaken for each other on the phone
NUMBER_LENGTH = 8
MAX_WORDS = 5000


def make_number() -> str:
    """Return a random number under which somebody asks for a concern on the phone."""
    return get_random_string(NUMBER_LENGTH, NUMBER_SIGNS)


class Category(models.Model):
    """A kind of concern: data that a city changes. The first nine are those that the law obliges to report."""

    code = models.SlugField(_("short name"), max_length=20, primary_key=True)
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=100)
    hint = models.CharField(_("what belongs here"), max_length=200, blank=True)
    hint_en = models.CharField(_("what belongs here, in English"), max_length=300, blank=True)
    answer_days = models.PositiveSmallIntegerField(
        _("working days"), default=1, help_text=_("Until when somebody takes it on.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("category of concerns")
        verbose_name_plural = _("categories of concerns")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    @property
    def hint_local(self) -> str:
        """What belongs here, in the page's language."""
        return self.hint_en if (get_language() or "").startswith("en") else self.hint


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Words for concerns."""

    def open(self) -> Self:
        """Keep those that somebody still has to do something about."""
        return self.exclude(status=Concern.Status.CLOSED)

    def overdue(self, on: date) -> Self:
        """Keep those whose deadline has passed."""
        return self.open().filter(due_on__lt=on)

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the area that a League's safeguarding officer or an office's child officer looks after.

        A school's child officer sees what lies at the school's desk.
        Whoever is a member of the organisation that a concern is about sees nothing of it, whatever other role they
        act in: to them it does not exist.
        """
        kind, role = Organisation.Kind, Membership.Role
        keeps = by.is_kind(kind.LEAGUE, role.SAFEGUARDING) or by.is_kind(kind.OFFICE, role.CHILD_OFFICER)
        at_school = by.is_kind(kind.SCHOOL, role.CHILD_OFFICER)
        if not (keeps or at_school) or by.organisation is None or by.user is None:
            return self.none()
        own = Membership.objects.filter(user=by.user).values("organisation")
        area = Q(region__lineage__startswith=by.organisation.region.lineage)
        rows = self.filter(Q(desk=by.organisation) if at_school else area)
        return rows.exclude(about__isnull=False, about__in=own)


class Concern(Submitted):
    """Where a concern stands and who has to act by when. What it says stands in its statements, sealed."""

    class Status(models.TextChoices):
        """Where it stands."""

        REPORTED = "reported", pgettext_lazy("concern", "Reported")
        ACCEPTED = "accepted", pgettext_lazy("concern", "Taken on")
        REFERRED = "referred", pgettext_lazy("concern", "Handed on")
        FOLLOWING = "following", pgettext_lazy("concern", "Being followed up")
        CLOSED = "closed", pgettext_lazy("concern", "Closed")

    class Outcome(models.TextChoices):
        """How it ended."""

        SAFE = "safe", _("The child is safe and has support")
        HANDED_OVER = "handed_over", _("An authority has taken it over")
        UNFOUNDED = "unfounded", _("Looked into: no risk was found")
        DUPLICATE = "duplicate", _("The same as another concern")

    number = models.CharField(_("number"), max_length=NUMBER_LENGTH, unique=True, default=make_number, editable=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"), editable=False)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.REPORTED, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("area"), editable=False)
    desk = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("who has to act"), editable=False
    )
    about = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation concerned"),
        editable=False,
    )
    reported_at = models.DateTimeField(_("reported"), editable=False)
    due_on = models.DateField(_("deadline"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(pgettext_lazy("time", "closed"), null=True, blank=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome, blank=True, editable=False)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        verbose_name = _("concern")
        verbose_name_plural = _("concerns")
        constraints = [
            models.CheckConstraint(
                name="concern_open_has_deadline",
                condition=Q(status="closed", due_on__isnull=True) | (~Q(status="closed") & Q(due_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="concern_closed_has_outcome",
                condition=(Q(status="closed", closed_at__isnull=False) & ~Q(outcome=""))
                | (~Q(status="closed") & Q(closed_at__isnull=True, outcome="")),
            ),
            models.CheckConstraint(
                name="concern_not_at_desk_concerned", condition=Q(about__isnull=True) | ~Q(desk=F("about"))
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=~Q(status="closed"), name="concern_by_deadline")]

    def __str__(self) -> str:
        return self.number

    @property
    def number_shown(self) -> str:
        """The number in two groups, as it is read aloud."""
        return f"{self.number[:4]} {self.number[4:]}"

    def is_overdue(self, on: date) -> bool:
        """Tell whether the deadline has passed."""
        return self.due_on is not None and self.due_on < on


class Statement(Submitted):
    """What somebody reported, as it was sent: nobody changes it. Without ``reporter`` it was sent without a name."""

    concern = models.ForeignKey(Concern, models.PROTECT, related_name="statements", verbose_name=_("concern"))
    words = SealedField(_("what was noticed"), max_length=MAX_WORDS, blank=True)
    subject = SealedField(_("whom it is about"), max_length=500, blank=True)
    contact = SealedField(_("how to reach the reporter"), max_length=200, blank=True)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reported by")
    )
    at = models.DateTimeField(_("when"), editable=False)

    class Meta:
        verbose_name = _("statement of a concern")
        verbose_name_plural = _("statements of concerns")


class HandOff(Submitted):
    """To whom a concern was handed on, when, and under which number they keep it."""

    class Agency(models.TextChoices):
        """Whom one hands a concern on to."""

        POLICE = "110", _("Police 110")
        HOTLINE = "12345", _("City hotline 12345")
        YOUTH = "12355", _("Youth hotline 12355")
        CIVIL = "civil", _("Civil affairs: protection of minors")
        PROCURATORATE = "procuratorate", _("Procuratorate")
        EDUCATION = "education", _("Education authority")
        HOSPITAL = "hospital", _("Hospital")
        OTHER = "other", pgettext_lazy("agency", "Another")

    concern = models.ForeignKey(Concern, models.PROTECT, related_name="hand_offs", verbose_name=_("concern"))
    agency = models.CharField(_("handed on to"), max_length=13, choices=Agency)
    told_at = models.DateTimeField(_("told"))
    reference = models.CharField(_("their number"), max_length=60)
    words = SealedField(_("what was agreed"), max_length=MAX_WORDS, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("handed on by"))

    class Meta:
        verbose_name = _("hand-off of a concern")
        verbose_name_plural = _("hand-offs of concerns")


class Note(Submitted):
    """What a desk wrote down: when it followed up, passed on or closed."""

    concern = models.ForeignKey(Concern, models.PROTECT, related_name="notes", verbose_name=_("concern"))
    verb = models.CharField(_("what"), max_length=10)
    words = SealedField(_("what was found"), max_length=MAX_WORDS)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))

    class Meta:
        verbose_name = _("note on a concern")
        verbose_name_plural = _("notes on concerns")


class ConcernRead(models.Model):
    """One look at a concern: who, for whom, when. Append-only."""

    concern = models.ForeignKey(Concern, models.PROTECT, related_name="reads", verbose_name=_("concern"))
    viewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("person", "who")
    )
    on_behalf_of = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("on behalf of"))
    at = models.DateTimeField(_("when"))
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)

    class Meta:
        verbose_name = _("look at a concern")
        verbose_name_plural = _("looks at concerns")


class ConcernHistory(ActedHistory):
    """What happened to a concern. Its words stand elsewhere, sealed."""

    concern = models.ForeignKey(Concern, models.PROTECT, related_name="history", verbose_name=_("concern"))

    class Meta:
        verbose_name = _("history of a concern")
        verbose_name_plural = _("history of concerns")
