"""What people agree to, in versions that begin to be required on a date."""

from datetime import date, timedelta
from typing import Self, TypeVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# Those concerned are asked for a new text this long before it is required.
ASKED_BEFORE = timedelta(days=30)


class Purpose(models.TextChoices):
    """What a consent is for; each is asked for on its own."""

    SIGN_UP = "sign_up", _("taking part")
    PHOTO = "photo", _("photos")
    HEALTH = "health", _("health note")


T = TypeVar("T", bound="Text")


class TextQuerySet(models.QuerySet[T]):
    """Words for texts."""

    def required(self, on: date) -> Self:
        """Put the text that is required on the day first; older ones follow."""
        return self.filter(required_from__lte=on).order_by("-version")

    def offered(self, on: date) -> Self:
        """Put the text that people are asked for on the day first: the newest one required within 30 days."""
        return self.required(on + ASKED_BEFORE)


class Text(models.Model):
    """A text in two languages. It is never edited: a new version takes its place on a date."""

    version = models.PositiveSmallIntegerField(_("version"))
    text_zh = models.TextField(_("text"), max_length=20000)
    text_en = models.TextField(_("text in English"), max_length=40000)
    required_from = models.DateField(_("required from"))

    class Meta:
        abstract = True

    @property
    def offered_from(self) -> date:
        """The first day on which people are asked for it."""
        return self.required_from - ASKED_BEFORE

    @property
    def text_local(self) -> str:
        """The text in the page's language."""
        return self.text_en if (get_language() or "").startswith("en") else self.text_zh


class ConsentText(Text):
    """What a guardian consents to, for one purpose."""

    purpose = models.CharField(_("purpose"), max_length=7, choices=Purpose)

    objects = TextQuerySet["ConsentText"].as_manager()

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [models.UniqueConstraint(fields=["purpose", "version"], name="consent_text_version_once")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.version}"


class PledgeText(Text):
    """The child-protection pledge that everybody signs who works with children."""

    objects = TextQuerySet["PledgeText"].as_manager()

    class Meta:
        verbose_name = _("pledge text")
        verbose_name_plural = _("pledge texts")
        constraints = [models.UniqueConstraint(fields=["version"], name="pledge_text_version_once")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.version}"
