"""Parties and their sign-ups: who has a place, who waits, in which order."""

import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models.session import Session
from core.models import Submitted, TimeStamped
from organisations.acting import Acting
from organisations.models import ActedHistory, Organisation
from people.models import Child, Guardian

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U: read out over a noisy hall
CODE_LENGTH = 8


def make_code() -> str:
    """Return a random ticket code."""
    return "".join(secrets.choice(CODE_ALPHABET) for _place in range(CODE_LENGTH))


class PartyQuerySet(models.QuerySet["Party"]):
    """Words for parties."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those with a child whom the person sees in full: guardians, the youth, the registering office."""
        seen = SignUp.objects.filter(child__in=Child.objects.visible_to(by))
        return self.filter(pk__in=seen.values("party_id"))


class Party(Submitted, TimeStamped):
    """One sign-up act for one or more children: all get a place together or wait together.

    ``size`` counts its active children, ``outside`` those from outside the ordering area among them, and ``returning``
    those who came to the programme before, where places are kept for first-timers.
    ``join_seq`` is its rank in the waiting list, given under the session's lock and never given twice.
    """

    session = models.ForeignKey(
        Session,
        models.PROTECT,
        related_name="parties",
        verbose_name=pgettext_lazy("activity", "session"),
        db_index=False,
    )
    guardian = models.ForeignKey(
        Guardian, models.PROTECT, null=True, blank=True, related_name="parties", verbose_name=_("guardian")
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="parties", verbose_name=_("signed up by")
    )
    on_behalf_of = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by an office")
    )
    join_seq = models.PositiveIntegerField(null=True, blank=True, editable=False)
    size = models.PositiveIntegerField(_("children"), editable=False)
    outside = models.PositiveIntegerField(_("of them from outside the area"), default=0, editable=False)
    returning = models.PositiveIntegerField(_("of them who came before"), default=0, editable=False)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = [
            models.UniqueConstraint(fields=["session", "join_seq"], name="party_join_seq_once"),
            models.CheckConstraint(name="party_outside_within_size", condition=Q(outside__lte=F("size"))),
            models.CheckConstraint(name="party_returning_within_size", condition=Q(returning__lte=F("size"))),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} · {self.pk}"


class SignUpQuerySet(models.QuerySet["SignUp"]):
    """Words for sign-ups."""

    def active(self) -> Self:
        """Keep those that hold a place or wait for one."""
        return self.filter(status__in=SignUp.ACTIVE)

    def holding(self) -> Self:
        """Keep those that hold a place: confirmed, or offered until a deadline."""
        return self.filter(status__in=SignUp.HOLDING)

    def confirmed(self) -> Self:
        """Keep those with a place for sure."""
        return self.filter(status=SignUp.Status.CONFIRMED)

    def waiting(self) -> Self:
        """Keep those in the waiting list."""
        return self.filter(status=SignUp.Status.WAITING)

    def offered(self) -> Self:
        """Keep those that hold a place until somebody answers."""
        return self.filter(status=SignUp.Status.OFFERED)

    def visible_to(self, by: Acting) -> Self:
        """Keep those of children whom the person sees in full; staff on duty read the session's roster."""
        return self.filter(child__in=Child.objects.visible_to(by))

    def checked_in(self) -> Self:
        """Keep those who were there."""
        return self.filter(attendance__status="present")


class SignUp(models.Model):
    """One child, one session. Cancelled rows stay; joining again is a new row.

    ``is_returning`` stays as it was found at the sign-up; it is asked only where places are kept for first-timers.
    The times repeat the session's so that the database itself refuses a child in two places at once.
    """

    class Status(models.TextChoices):
        """Where the sign-up stands."""

        CONFIRMED = "confirmed", _("Confirmed")
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Place offered")
        CANCELLED = "cancelled", _("Cancelled")
        REFUSED = "refused", _("No place left")

    HOLDING = (Status.CONFIRMED, Status.OFFERED)
    ACTIVE = (Status.CONFIRMED, Status.OFFERED, Status.WAITING)

    party = models.ForeignKey(Party, models.PROTECT, related_name="sign_ups", verbose_name=_("party"))
    session = models.ForeignKey(
        Session,
        models.PROTECT,
        related_name="sign_ups",
        verbose_name=pgettext_lazy("activity", "session"),
        db_index=False,
    )
    child = models.ForeignKey(Child, models.PROTECT, related_name="sign_ups", verbose_name=_("child"), db_index=False)
    status = models.CharField(_("status"), max_length=9, choices=Status, editable=False)
    is_outside = models.BooleanField(_("from outside the area"), default=False, editable=False)
    is_returning = models.BooleanField(_("came before"), default=False, editable=False)
    offered_until = models.DateTimeField(_("offer ends"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True, editable=False)
    code = models.CharField(_("ticket code"), max_length=CODE_LENGTH, default=make_code, editable=False)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    may_overlap = models.BooleanField(_("overlaps because a session was moved"), default=False, editable=False)
    created_at = models.DateTimeField(_("signed up"), editable=False)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["child", "session"],
                condition=Q(status__in=["confirmed", "offered", "waiting"]),
                name="signup_child_once",
            ),
            models.UniqueConstraint(fields=["session", "code"], name="signup_code_once"),
            models.CheckConstraint(
                name="signup_offer_has_deadline",
                condition=Q(status="offered", offered_until__isnull=False)
                | (~Q(status="offered") & Q(offered_until__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["session", "status"], name="signup_by_status"),
            models.Index(fields=["child", "starts_at"], name="signup_by_child"),
            models.Index(
                fields=["offered_until"], name="signup_offers_by_deadline", condition=Q(offered_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.get_status_display()}"

    @property
    def is_active(self) -> bool:
        """Whether it holds a place or waits for one."""
        return self.status in self.ACTIVE

    @property
    def holds_place(self) -> bool:
        """Whether the session's counter counts it."""
        return self.status in self.HOLDING


class SignUpHistory(ActedHistory):
    """What happened to a sign-up."""

    sign_up = models.ForeignKey(SignUp, models.PROTECT, related_name="history", verbose_name=_("sign-up"))

    class Meta:
        verbose_name = _("history of a sign-up")
        verbose_name_plural = _("history of sign-ups")
