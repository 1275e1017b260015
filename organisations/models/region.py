"""The division tree: province, city, county or district, township or street, village or community."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RegionQuerySet(models.QuerySet["Region"]):
    """Words for the tree. Each costs one query when it is evaluated."""

    def within(self, region: "Region") -> Self:
        """Keep the region itself and everything below it."""
        return self.filter(lineage__startswith=region.lineage)

    def above(self, region: "Region") -> Self:
        """Keep the region itself and everything above it."""
        return self.filter(code__in=region.lineage_codes)


class Region(models.Model):
    """A node of the national division tree, known by its official 12-digit code.

    ``lineage`` is the codes from the top down to this one, each closed by a slash, so that "within" is a prefix and
    "above" is a list. A region that left the official file is reported by the import and kept.
    """

    class Level(models.TextChoices):
        """From the top down; some cities have no counties."""

        PROVINCE = "province", _("province")
        CITY = "city", _("city")
        COUNTY = "county", _("county or district")
        TOWNSHIP = "township", _("town or street")
        VILLAGE = "village", _("village or community")

    code = models.CharField(_("code"), max_length=12, primary_key=True)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=100)
    level = models.CharField(_("level"), max_length=8, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("in")
    )
    lineage = models.CharField(max_length=70, unique=True, editable=False)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        return self.name

    @property
    def lineage_codes(self) -> list[str]:
        """The codes from the topmost region down to this one."""
        return self.lineage.rstrip("/").split("/")

    def is_within(self, other: "Region") -> bool:
        """Tell whether this region is the other one or lies below it. No query."""
        return self.lineage.startswith(other.lineage)
