"""The adults who answer for children."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from core.encryption import FOUND_BY, EncryptedTextField
from core.models import TimeStamped
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from users.phones import display

FAMILY_ROLES = (Membership.Role.MANAGER, Membership.Role.CLERK)
FAMILY_KINDS = (Organisation.Kind.OFFICE, Organisation.Kind.SCHOOL)


def registers_families(by: Acting) -> bool:
    """Tell whether they act as a clerk of an office or school, who may sign up families on their behalf."""
    return any(by.is_kind(kind, *FAMILY_ROLES) for kind in FAMILY_KINDS)


class GuardianQuerySet(models.QuerySet["Guardian"]):
    """Words for guardians."""

    def visible_to(self, by: Acting) -> Self:
        """Keep the person's own record and, for an office's clerk, the families that the office registered."""
        if by.user is None:
            return self.none()
        seen = Q(user=by.user)
        if registers_families(by):
            seen |= Q(registered_by=by.organisation)
        return self.filter(seen, erased_at=None)


class Guardian(TimeStamped):
    """An adult who signs up and consents; without a login when an office registered the family."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guardian",
        verbose_name=_("account"),
    )
    name = models.CharField(_("guardian's name"), max_length=50, blank=True)
    phone = EncryptedTextField(_("phone"), max_length=16, blank=True, findable=True)
    registered_by = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("registered by")
    )
    # Written by the suspension of their sign-ups that is not over, so that a sign-up reads it with the guardian.
    suspended_from = models.DateField(_("sign-ups suspended from"), null=True, blank=True, editable=False)
    suspended_until = models.DateField(_("sign-ups suspended until"), null=True, blank=True, editable=False)

    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects = GuardianQuerySet.as_manager()

    class Meta:
        verbose_name = _("guardian")
        verbose_name_plural = _("guardians")
        constraints = [
            models.CheckConstraint(
                name="guardian_can_be_reached", condition=Q(user__isnull=False) | Q(registered_by__isnull=False)
            ),
            models.CheckConstraint(
                name="guardian_suspended_from_before_until",
                condition=Q(suspended_until__isnull=True) | Q(suspended_until__gte=F("suspended_from")),
            ),
        ]
        indexes = [models.Index(Left("phone", FOUND_BY), name="guardian_by_phone")]

    def __str__(self) -> str:
        return self.name or self.phone_shown

    def is_suspended(self, on: date) -> bool:
        """Tell whether a League has suspended their sign-ups on the day."""
        begun = self.suspended_from is not None and self.suspended_from <= on
        return begun and (self.suspended_until is None or self.suspended_until >= on)

    @property
    def phone_shown(self) -> str:
        """The phone number as people read it."""
        return display(self.phone)


class GuardianshipQuerySet(models.QuerySet["Guardianship"]):
    """Words for guardianships."""

    def current(self, on: date) -> Self:
        """Keep those in force on the day."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)


class Guardianship(TimeStamped):
    """Who answers for which child, from when to when.

    The end is written down from the start, the 18th birthday: whoever asks who answers on a day need not know the age.
    """

    class Relation(models.TextChoices):
        """What the guardian is to the child."""

        PARENT = "parent", _("parent")
        GRANDPARENT = "grandparent", _("grandparent")
        CARER = "carer", _("foster parent or carer")
        OTHER = "other", _("other guardian")

    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="guardianships", verbose_name=_("guardian"))
    child = models.ForeignKey("people.Child", models.PROTECT, related_name="guardianships", verbose_name=_("child"))
    relation = models.CharField(_("relation to the child"), max_length=11, choices=Relation, default=Relation.PARENT)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # What an entrusted carer was given; ``ends_on`` is this day or the 18th birthday, whichever comes first.
    agreed_until = models.DateField(_("agreed until"), null=True, blank=True)

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        constraints = [
            models.UniqueConstraint(fields=["guardian", "child"], name="guardianship_once"),
            models.CheckConstraint(
                name="guardianship_ends_after_start", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="guardianship_ends_as_agreed",
                condition=Q(agreed_until__isnull=True) | Q(ends_on__isnull=False, ends_on__lte=F("agreed_until")),
            ),
        ]
