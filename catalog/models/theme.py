"""What programmes are sorted by: the city's themes, and a provider's branded lines."""

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from organisations.models import Organisation


def reads_english() -> bool:
    """Tell whether the reader's language is English."""
    return (get_language() or "").startswith("en")


class Theme(models.Model):
    """A kind of programme, such as law or welfare; its slug chooses colours and dishes of the covers."""

    slug = models.SlugField(_("short name"), max_length=20, primary_key=True)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=30, unique=True)
    name_en = models.CharField(_("name in English"), max_length=50, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")

    def __str__(self) -> str:
        return self.name_en if reads_english() else self.name


class Series(TimeStamped):
    """A branded line of programmes, such as 周末实践营 (weekend practice camp)."""

    provider = models.ForeignKey(
        Organisation, models.PROTECT, related_name="series", verbose_name=pgettext_lazy("organisation", "provider")
    )
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=50)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="series_name_once")]

    def __str__(self) -> str:
        return self.name_en if self.name_en and reads_english() else self.name
