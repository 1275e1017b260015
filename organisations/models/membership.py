"""Who acts for an organisation, in which role, from when to when."""

from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Submitted, TimeStamped
from organisations.models.organisation import Organisation


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Words for memberships."""

    def current(self, on: date) -> Self:
        """Keep those in force on the day."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)

    def not_ended(self, on: date) -> Self:
        """Keep those in force on the day, and those that begin later."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))

    def with_role(self, *roles: str) -> Self:
        """Keep those with one of the roles."""
        return self.filter(role__in=roles)


class Membership(TimeStamped):
    """A person's role in an organisation, with dates. Losing it takes effect on the very next request."""

    class Role(models.TextChoices):
        """Every role there is; ``ROLES_OF`` says which kind of organisation has which."""

        OFFICER = "officer", _("officer")
        FINANCE = "finance", _("finance")
        SAFEGUARDING = "safeguarding", _("safeguarding officer")
        AUDITOR = "auditor", _("auditor")
        EDITOR = "editor", _("site editor")
        MANAGER = "manager", _("manager")
        COORDINATOR = "coordinator", _("coordinator")
        CLERK = "clerk", _("clerk")
        CHILD_OFFICER = "child_officer", _("child officer")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=14, choices=Role)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], condition=Q(ends_on__isnull=True), name="membership_role_once"
            ),
            models.CheckConstraint(
                name="membership_ends_after_start", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


_R, _K = Membership.Role, Organisation.Kind
ROLES_OF: dict[str, tuple[str, ...]] = {
    _K.LEAGUE: (_R.OFFICER, _R.FINANCE, _R.SAFEGUARDING, _R.AUDITOR, _R.EDITOR),
    _K.PROVIDER: (_R.MANAGER, _R.COORDINATOR, _R.FINANCE),
    _K.OFFICE: (_R.MANAGER, _R.CLERK, _R.CHILD_OFFICER),
    _K.SCHOOL: (_R.MANAGER, _R.CLERK, _R.CHILD_OFFICER),
    _K.ENTERPRISE: (_R.MANAGER,),
}
# The role without which nobody could act for the organisation: it never loses its last holder.
HEAD_ROLE: dict[str, str] = {kind: roles[0] for kind, roles in ROLES_OF.items()}


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Words for invitations."""

    def open(self, now: datetime) -> Self:
        """Keep those that can still be accepted."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)


class Invitation(Submitted, TimeStamped):
    """An offer of a role to an e-mail address; the link's secret is stored as a hash and works once."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="invitations", verbose_name=_("organisation")
    )
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=14, choices=Membership.Role)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(pgettext_lazy("invitation", "accepted"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(pgettext_lazy("time", "withdrawn"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.organisation} · {self.get_role_display()}"
