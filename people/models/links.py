"""One-time links that an adult hands over; the secret is stored as a hash."""

from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from organisations.acting import Acting
from organisations.models import Organisation
from people.models.child import Child
from people.models.guardian import Guardianship


class OneTimeLink(TimeStamped):
    """A leave that whoever has the secret takes up once."""

    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), null=True, blank=True
    )
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        abstract = True


class YouthLink(OneTimeLink):
    """A guardian's leave for a youth from 14 on to use a login of their own."""

    child = models.ForeignKey(Child, models.CASCADE, related_name="youth_links", verbose_name=_("child"))

    class Meta:
        verbose_name = _("link for a youth")
        verbose_name_plural = _("links for youths")


class GuardianLinkQuerySet(models.QuerySet["GuardianLink"]):
    """Words for links by which one more adult answers for a child."""

    def open(self, now: datetime) -> Self:
        """Keep those that can still be taken up."""
        return self.filter(used_at=None, expires_at__gt=now)

    def visible_to(self, by: Acting, on: date) -> Self:
        """Keep those about children whom the person may see in full."""
        return self.filter(child__in=Child.objects.visible_to(by, on).values("pk"))


class GuardianLink(OneTimeLink):
    """The leave of somebody who answers for a child, for one more adult to answer too: as what, and until when."""

    child = models.ForeignKey(Child, models.CASCADE, related_name="guardian_links", verbose_name=_("child"))
    relation = models.CharField(_("relation to the child"), max_length=11, choices=Guardianship.Relation)
    agreed_until = models.DateField(_("agreed until"), null=True, blank=True)
    office = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by the office")
    )

    objects = GuardianLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link for one more guardian")
        verbose_name_plural = _("links for one more guardian")
        constraints = [
            models.CheckConstraint(
                name="guardian_link_of_a_carer_says_until_when",
                condition=Q(relation=Guardianship.Relation.CARER, agreed_until__isnull=False)
                | (~Q(relation=Guardianship.Relation.CARER) & Q(agreed_until__isnull=True)),
            ),
        ]
