"""Organisations: League committees, providers, offices, schools, enterprises."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.models import Submitted, TimeStamped
from organisations.models.region import Region
from users.phones import display

if TYPE_CHECKING:
    from organisations.acting import Acting


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Words for organisations."""

    def admitted(self) -> Self:
        """Keep those that may act."""
        return self.filter(status=Organisation.Status.ADMITTED)

    def of_kind(self, *kinds: str) -> Self:
        """Keep those of the given kinds."""
        return self.filter(kind__in=kinds)

    def visible_to(self, by: "Acting") -> Self:
        """Keep the acting organisation itself and, for a League committee, those of its area."""
        if by.organisation is None:
            return self.none()
        seen = Q(pk=by.organisation.pk)
        if by.is_kind(Organisation.Kind.LEAGUE):
            seen |= Q(region__lineage__startswith=by.organisation.region.lineage)
        return self.filter(seen)


class Organisation(Submitted, TimeStamped):
    """A party to the loop."""

    class Kind(models.TextChoices):
        """What the organisation is in the loop."""

        LEAGUE = "league", _("League committee")
        PROVIDER = "provider", pgettext_lazy("organisation", "provider")
        OFFICE = "office", _("street or community office")
        SCHOOL = "school", _("school")
        ENTERPRISE = "enterprise", _("enterprise")

    class Status(models.TextChoices):
        """Where its admission stands."""

        APPLIED = "applied", _("Applied")
        ADMITTED = "admitted", _("Admitted")
        REFUSED = "refused", _("Refused")
        SUSPENDED = "suspended", _("Suspended")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.APPLIED, editable=False)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=150, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="organisations", verbose_name=_("region"))
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    certificate_until = models.DateField(_("registration certificate valid until"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=50, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=20, blank=True)
    contact_email = models.EmailField(
        _("contact e-mail"), blank=True, help_text=_("The answer and the first login are sent here.")
    )
    about = models.TextField(pgettext_lazy("organisation", "about"), max_length=2000, blank=True)
    about_en = models.TextField(_("about, in English"), max_length=4000, blank=True)
    is_on_trial = models.BooleanField(
        _("in the trial stage"), default=False, help_text=_("New providers take small orders only.")
    )

    objects = OrganisationQuerySet.as_manager()
    changes = HistoricalRecords(excluded_fields=["contact_name", "contact_phone", "contact_email"])

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~Q(credit_code="") & ~Q(status="refused"),
                name="organisation_credit_code_once",
                violation_error_message=_("An organisation with this credit code is already known."),
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    @property
    def status_sentence(self) -> str:
        """What the status means for the organisation, in one sentence."""
        return str(STATUS_SENTENCES[self.status])

    @property
    def contact_phone_shown(self) -> str:
        """The contact's phone as people read it."""
        return display(self.contact_phone)

    @property
    def may_act(self) -> bool:
        """Whether it is admitted and not suspended."""
        return self.status == self.Status.ADMITTED


_S = Organisation.Status
# verb -> (statuses it may start from, status it ends in)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "admit": (frozenset({_S.APPLIED}), _S.ADMITTED),
    "refuse": (frozenset({_S.APPLIED}), _S.REFUSED),
    "suspend": (frozenset({_S.ADMITTED}), _S.SUSPENDED),
    "resume": (frozenset({_S.SUSPENDED}), _S.ADMITTED),
}
STATUS_SENTENCES: dict[str, Any] = {
    _S.APPLIED: _("The League committee is looking at the application."),
    _S.ADMITTED: _("The organisation takes part."),
    _S.REFUSED: _("The League committee did not admit the organisation."),
    _S.SUSPENDED: _("The organisation may look, but not act, until the League committee lets it resume."),
}
