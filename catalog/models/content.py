"""What a programme says and costs: the part that each publication freezes."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.theme import Theme, reads_english
from core.money import DEFAULT_CURRENCY, EXPONENTS

MAX_PRICE = 10_000_000  # minor units a session: ¥100,000.00
MAX_STEPS = 12


class ProgrammeContent(models.Model):
    """Title, steps, price per session, ages, group, crew, venue, risks; Chinese first, English where it is given."""

    theme = models.ForeignKey(Theme, models.PROTECT, related_name="+", verbose_name=_("theme"))
    title = models.CharField(pgettext_lazy("programme", "title"), max_length=60)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    summary = models.CharField(_("in one sentence"), max_length=200)
    summary_en = models.CharField(_("in one sentence, in English"), max_length=400, blank=True)
    description = models.TextField(pgettext_lazy("programme", "description"), max_length=5000, blank=True)
    description_en = models.TextField(_("description in English"), max_length=10000, blank=True)
    steps = models.JSONField(_("what children do"), default=list, blank=True)
    price = models.PositiveIntegerField(
        _("price per session"), validators=[MaxValueValidator(MAX_PRICE)], help_text=_("In minor units, such as fen.")
    )
    currency = models.CharField(
        _("currency"), max_length=3, default=DEFAULT_CURRENCY, choices=[(code, code) for code in EXPONENTS]
    )
    duration_minutes = models.PositiveSmallIntegerField(
        _("minutes"), validators=[MinValueValidator(10), MaxValueValidator(600)]
    )
    min_age = models.PositiveSmallIntegerField(_("from age"), validators=[MaxValueValidator(35)])
    max_age = models.PositiveSmallIntegerField(_("to age"), validators=[MaxValueValidator(35)])
    min_group = models.PositiveSmallIntegerField(_("at least this many children"), validators=[MinValueValidator(1)])
    max_group = models.PositiveSmallIntegerField(_("at most this many children"), validators=[MaxValueValidator(500)])
    lead_days = models.PositiveSmallIntegerField(
        _("days of notice"), default=7, validators=[MaxValueValidator(180)], help_text=_("From the order to the date.")
    )
    crew_size = models.PositiveSmallIntegerField(
        _("social workers"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    volunteers_wanted = models.PositiveSmallIntegerField(
        _("volunteers"), default=0, validators=[MaxValueValidator(100)]
    )
    children_per_adult = models.PositiveSmallIntegerField(
        _("children per adult, at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("Social workers and volunteers count. Empty: no fixed ratio."),
    )
    two_adults = models.BooleanField(
        _("two-adult rule"), default=False, help_text=_("Children are never with fewer than two adults.")
    )
    venue_needs = models.CharField(_("room needed"), max_length=300, blank=True)
    venue_needs_en = models.CharField(_("room needed, in English"), max_length=600, blank=True)
    bring = models.CharField(_("what to bring"), max_length=300, blank=True)
    bring_en = models.CharField(_("what to bring, in English"), max_length=600, blank=True)
    risks = models.CharField(_("risks"), max_length=500, blank=True)
    risks_en = models.CharField(_("risks, in English"), max_length=1000, blank=True)
    is_risky = models.BooleanField(
        _("a guardian must confirm a youth's own sign-up"),
        default=False,
        help_text=_("For programmes with real risks."),
    )
    insurance = models.CharField(_("insurance"), max_length=300, blank=True)
    insurance_en = models.CharField(_("insurance, in English"), max_length=600, blank=True)
    checks_pickup = models.BooleanField(_("under-10s are handed over to a named person"), default=False)
    photo = models.ImageField(_("photo"), upload_to="programmes/", max_length=200, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_ages_in_order", condition=Q(min_age__lte=F("max_age"))),
            models.CheckConstraint(name="%(class)s_group_in_order", condition=Q(min_group__lte=F("max_group"))),
            models.CheckConstraint(name="%(class)s_group_not_empty", condition=Q(min_group__gte=1)),
            models.CheckConstraint(name="%(class)s_lasts", condition=Q(duration_minutes__gte=1)),
            models.CheckConstraint(name="%(class)s_has_crew", condition=Q(crew_size__gte=1)),
        ]

    def local(self, field: str) -> str:
        """Return a text in the reader's language; Chinese where no English is given."""
        return str((reads_english() and getattr(self, f"{field}_en")) or getattr(self, field))

    def is_foreign(self, field: str) -> bool:
        """Tell whether ``local`` has to answer an English reader in Chinese, so that the page can say so."""
        return reads_english() and bool(getattr(self, field)) and not getattr(self, f"{field}_en")

    @property
    def title_local(self) -> str:
        """The title in the reader's language."""
        return self.local("title")

    @property
    def summary_local(self) -> str:
        """The one sentence in the reader's language."""
        return self.local("summary")

    @property
    def description_local(self) -> str:
        """The description in the reader's language."""
        return self.local("description")

    @property
    def venue_needs_local(self) -> str:
        """The room needed, in the reader's language."""
        return self.local("venue_needs")

    @property
    def bring_local(self) -> str:
        """What to bring, in the reader's language."""
        return self.local("bring")

    @property
    def risks_local(self) -> str:
        """The risks in the reader's language."""
        return self.local("risks")

    @property
    def insurance_local(self) -> str:
        """The insurance in the reader's language."""
        return self.local("insurance")

    @property
    def steps_local(self) -> list[dict[str, Any]]:
        """The steps with ``title`` and ``text`` in the reader's language."""
        if not reads_english():
            return list(self.steps)
        return [
            {
                **step,
                "title": step.get("title_en") or step["title"],
                "text": step.get("text_en") or step.get("text", ""),
            }
            for step in self.steps
        ]


CONTENT_FIELDS: tuple[str, ...] = tuple(field.name for field in ProgrammeContent._meta.local_fields)
