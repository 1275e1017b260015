"""Ratings with a comment, of three kinds."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models.session import Session
from activities.models.signup import SignUp
from organisations.models import ActedHistory, Organisation

EDITABLE_FOR = timedelta(days=7)


class ReviewInvitation(models.Model):
    """Somebody from society is asked to rate a session: 社会各界."""

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="review_invitations", verbose_name=pgettext_lazy("activity", "session")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="review_invitations",
        verbose_name=pgettext_lazy("person", "who"),
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited"))

    class Meta:
        verbose_name = _("invitation to review")
        verbose_name_plural = _("invitations to review")
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="review_invitation_once")]

    def __str__(self) -> str:
        return f"{self.session_id} · {self.user_id}"


class ReviewQuerySet(models.QuerySet["Review"]):
    """Words for reviews."""

    def visible(self) -> Self:
        """Keep those that count: not hidden, and not of somebody whose attendance was taken back."""
        return self.filter(~Q(kind="attendee") | Q(sign_up__attendance__status="present"), hidden_at__isnull=True)

    def of_attendees(self) -> Self:
        """Keep those of the people who were there."""
        return self.filter(kind=Review.Kind.ATTENDEE)

    def votes(self) -> Self:
        """Keep one visible attendee review per child: the child's own mark where there is one, else the guardian's."""
        own = Review.objects.visible().of_attendees().filter(sign_up=models.OuterRef("sign_up"), by_child=True)
        return self.visible().of_attendees().filter(Q(by_child=True) | ~models.Exists(own))


class Review(models.Model):
    """One rating. Attendee marks make the published mean; office and invited reviews stand beside it."""

    class Kind(models.TextChoices):
        """Who rates."""

        ATTENDEE = "attendee", _("Attendee")
        OFFICE = "office", _("Office")
        INVITED = "invited", _("Society")

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="reviews", verbose_name=pgettext_lazy("activity", "session")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    sign_up = models.ForeignKey(
        SignUp, models.PROTECT, null=True, blank=True, related_name="reviews", verbose_name=_("sign-up")
    )
    by_child = models.BooleanField(_("by the child"), default=False)
    office = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="office_reviews", verbose_name=_("office")
    )
    reference = models.CharField(_("about"), max_length=40, blank=True)
    invitation = models.OneToOneField(
        ReviewInvitation, models.PROTECT, null=True, blank=True, related_name="review", verbose_name=_("invitation")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="reviews", verbose_name=_("author")
    )
    pseudonym = models.CharField(_("shown as"), max_length=20, blank=True)
    mark = models.PositiveSmallIntegerField(_("mark"))
    tags = models.JSONField(_("tags"), default=list, blank=True)
    text = models.TextField(pgettext_lazy("review", "comment"), max_length=500, blank=True)
    reply = models.TextField(_("reply of the provider"), max_length=500, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_reason = models.CharField(_("hidden because"), max_length=200, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("written"))
    changed_at = models.DateTimeField(_("changed"))

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(name="review_mark_1_to_5", condition=Q(mark__gte=1, mark__lte=5)),
            models.UniqueConstraint(
                fields=["sign_up", "by_child"], condition=Q(kind="attendee"), name="review_attendee_once"
            ),
            models.UniqueConstraint(
                fields=["office", "reference"], condition=Q(kind="office"), name="review_office_once"
            ),
            models.CheckConstraint(
                name="review_kind_has_its_source",
                condition=Q(kind="attendee", sign_up__isnull=False, office__isnull=True, invitation__isnull=True)
                | Q(kind="office", sign_up__isnull=True, office__isnull=False, invitation__isnull=True)
                | Q(kind="invited", sign_up__isnull=True, office__isnull=True, invitation__isnull=False),
            ),
            models.CheckConstraint(
                name="review_hidden_with_reason",
                condition=Q(hidden_at__isnull=True, hidden_reason="")
                | (Q(hidden_at__isnull=False) & ~Q(hidden_reason="")),
            ),
        ]
        indexes = [models.Index(fields=["session", "kind"], name="review_by_session")]

    def __str__(self) -> str:
        return f"{self.session_id} · {self.get_kind_display()} · {self.mark}"

    @property
    def editable_until(self) -> datetime:
        """The moment until which its author may change it."""
        return self.created_at + EDITABLE_FOR


class ReviewHistory(ActedHistory):
    """What happened to a review."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="history", verbose_name=_("review"))

    class Meta:
        verbose_name = _("history of a review")
        verbose_name_plural = _("history of reviews")
