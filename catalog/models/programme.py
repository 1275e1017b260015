"""A programme, the versions that its publications froze, and its history."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from catalog.models.content import ProgrammeContent
from catalog.models.theme import Series
from core.models import Submitted, TimeStamped
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation, Region
from users.models import User

MIN_RATERS = 5  # a mean is published from this many raters on


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    """Words for programmes."""

    def on_menu(self) -> Self:
        """Keep what can be ordered: published, by a provider that may act."""
        return self.filter(status=Programme.Status.PUBLISHED, provider__status=Organisation.Status.ADMITTED)

    def waiting_for_review(self) -> Self:
        """Keep new programmes and changed ones that the League has to read."""
        return self.filter(Q(status=Programme.Status.IN_REVIEW) | Q(revision=Programme.Revision.IN_REVIEW))

    def visible_to(self, by: Acting) -> Self:
        """Keep what the person may see: the menu; their own organisation's; all of them for League staff."""
        role = Membership.Role
        if by.is_kind(Organisation.Kind.LEAGUE, role.OFFICER, role.AUDITOR):
            return self.all()
        shown = Q(status=Programme.Status.PUBLISHED, provider__status=Organisation.Status.ADMITTED)
        if by.is_kind(Organisation.Kind.PROVIDER, role.MANAGER, role.COORDINATOR) and by.organisation:
            shown |= Q(provider=by.organisation.pk)
        return self.filter(shown)

    def with_card_data(self) -> Self:
        """Join what a card shows."""
        return self.select_related("current_version__theme", "provider", "next_region")

    def best_first(self) -> Self:
        """Put the highest published mean on top; below the number of raters that may be published there is none."""
        mean = models.Case(
            models.When(rating_count__gte=MIN_RATERS, then=F("rating_sum") * 1.0 / F("rating_count")),
            default=models.Value(0.0),
            output_field=models.FloatField(),
        )
        return self.order_by(mean.desc(), "-rating_count", "-pk")


class Programme(ProgrammeContent, Submitted, TimeStamped):
    """What a provider offers. Its own content fields are the draft; the menu shows ``current_version``.

    ``status`` is the lifecycle. A published programme that is being changed stays published: ``revision`` says
    whether the draft differs from the current version and whether the League is reading it.
    """

    class Status(models.TextChoices):
        """Where the programme stands."""

        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        PUBLISHED = "published", _("On the menu")
        RETIRED = "retired", _("Retired")
        SUSPENDED = "suspended", _("Suspended")

    class Revision(models.TextChoices):
        """Where the changes to a published programme stand."""

        NONE = "", _("No changes")
        EDITED = "edited", _("Changes not handed in")
        IN_REVIEW = "in_review", _("Changes in review")

    provider = models.ForeignKey(
        Organisation, models.PROTECT, related_name="programmes", verbose_name=pgettext_lazy("organisation", "provider")
    )
    series = models.ForeignKey(
        Series, models.PROTECT, null=True, blank=True, related_name="programmes", verbose_name=_("series")
    )
    slug = models.SlugField(pgettext_lazy("web", "address"), max_length=80, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    revision = models.CharField(
        _("changes"), max_length=10, choices=Revision, default=Revision.NONE, blank=True, editable=False
    )
    edits = models.PositiveIntegerField(_("number of edits"), default=0, editable=False)
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True, editable=False)
    current_version = models.ForeignKey(
        "ProgrammeVersion",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("version on the menu"),
    )
    search_text = models.TextField(editable=False, blank=True, default="")
    rating_sum = models.PositiveBigIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    next_session_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    places_left = models.PositiveIntegerField(null=True, blank=True, editable=False)

    _history_user: User | None  # whom simple_history names; domain functions set it

    objects = ProgrammeQuerySet.as_manager()
    changes = HistoricalRecords(
        excluded_fields=["search_text", "rating_sum", "rating_count", "next_session_at", "next_region", "places_left"]
    )

    class Meta(ProgrammeContent.Meta):
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            *ProgrammeContent.Meta.constraints,
            models.CheckConstraint(
                name="programme_on_menu_has_version",
                condition=Q(status__in=["draft", "in_review"]) | Q(current_version__isnull=False),
            ),
            models.CheckConstraint(
                name="programme_revises_what_was_published",
                condition=Q(revision="") | Q(status__in=["published", "suspended"]),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "next_session_at"], name="programme_by_next_session"),
            models.Index(fields=["provider", "status"], name="programme_by_provider"),
        ]

    def __str__(self) -> str:
        return self.title_local

    @property
    def number(self) -> int:
        """The programme's number; cloth and saucers of its cover follow it."""
        return self.pk

    @property
    def shown(self) -> ProgrammeContent:
        """What the public reads: the current version, else the draft. Costs a query unless it is joined."""
        return self.current_version or self

    @property
    def published_mean(self) -> float | None:
        """The mean of attendees' marks, or nothing while too few have rated."""
        return self.rating_sum / self.rating_count if self.rating_count >= MIN_RATERS else None

    def get_absolute_url(self) -> str:
        """Return the address of the programme's page."""
        return reverse("catalog:programme", args=[self.slug])


class ProgrammeVersion(ProgrammeContent):
    """The content as it was published. The database refuses to change or delete one; orders point to it."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="versions", verbose_name=_("programme"))
    number = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    checksum = models.CharField(_("checksum of the content"), max_length=64, editable=False)

    class Meta(ProgrammeContent.Meta):
        verbose_name = _("version of a programme")
        verbose_name_plural = _("versions of programmes")
        constraints = [
            *ProgrammeContent.Meta.constraints,
            models.UniqueConstraint(fields=["programme", "number"], name="programme_version_once"),
        ]

    def __str__(self) -> str:
        return self.title_local


class ProgrammeHistory(ActedHistory):
    """What happened to a programme."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="history", verbose_name=_("programme"))

    class Meta:
        verbose_name = _("history of a programme")
        verbose_name_plural = _("history of programmes")
