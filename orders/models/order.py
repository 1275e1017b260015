"""The order, and the files that belong to it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models.session import OPENS_TO_ALL_BEFORE_CLOSING
from catalog.models import Programme, ProgrammeVersion
from core.models import Submitted, TimeStamped
from core.money import DEFAULT_CURRENCY
from funding.models import BudgetLine, Commitment
from orders.statuses import ANSWERED_IN_TIME, RINGS, WORDS, Status, Words
from organisations.acting import Acting
from organisations.models import Membership, Organisation, Region

if TYPE_CHECKING:
    from orders.models.planned import PlannedSession

_Role, _Kind = Membership.Role, Organisation.Kind
# Editors of the site and child officers see no orders.
READERS = (_Role.OFFICER, _Role.FINANCE, _Role.AUDITOR, _Role.MANAGER, _Role.COORDINATOR, _Role.CLERK)


# Whom an order is about, and what was agreed.
PARTIES = ("office", "region", "provider", "league", "version")


def seen_as(by: Acting) -> str:
    """Return as which party of orders the person reads them for their organisation; nothing if they read none."""
    if by.organisation is None or by.roles.isdisjoint(READERS):
        return ""
    if by.kind in (_Kind.OFFICE, _Kind.SCHOOL):
        return "office"
    return "provider" if by.kind == _Kind.PROVIDER else "league"


class OrderQuerySet(models.QuerySet["Order"]):
    """Words for orders."""

    def visible_to(self, by: Acting) -> Self:
        """Keep what the organisation ordered, was asked to deliver, or decides; drafts stay with the office."""
        party = seen_as(by)
        return self.of_party(party, by.organisation) if party else self.none()

    def of_party(self, party: str, organisation: Any) -> Self:
        """Keep what an organisation sees as that party of an order."""
        rows = self.filter(**{party: organisation})
        return rows if party == "office" else rows.exclude(status=Status.DRAFT)

    def overdue(self, now: datetime) -> Self:
        """Keep those whose time to answer is over."""
        return self.filter(waits_until__lte=now)

    def in_status(self, *statuses: str) -> Self:
        """Keep those in one of the statuses."""
        return self.filter(status__in=statuses)

    def with_parties(self) -> Self:
        """Load the organisations, the programme and the frozen version along."""
        return self.select_related(*PARTIES, "programme__current_version", "line")


class Order(Submitted, TimeStamped):
    """An office's request for one programme on planned dates. Version, price and quantity freeze at submission.

    ``opens_at``: when sign-up opens, for all dates; empty for as soon as the League has approved. ``kept_days``: that
    many days before it closes the kept places open to all; empty, in orders from before it could be set, for three.
    ``first_timers``: how many places of each session are kept as long for children who come for the first time.
    """

    number = models.CharField(_("number"), max_length=24, unique=True, editable=False)
    office = models.ForeignKey(
        Organisation, models.PROTECT, related_name="orders", verbose_name=pgettext_lazy("order", "office")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="orders", verbose_name=_("area"))
    provider = models.ForeignKey(
        Organisation, models.PROTECT, related_name="orders_taken", verbose_name=pgettext_lazy("order", "provider")
    )
    league = models.ForeignKey(Organisation, models.PROTECT, related_name="orders_decided", verbose_name=_("League"))
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="orders", verbose_name=_("programme"))
    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("version")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    revision = models.PositiveIntegerField(pgettext_lazy("order", "revision"), default=0, editable=False)
    quantity = models.PositiveSmallIntegerField(pgettext_lazy("activity", "sessions"), default=0)
    group_size = models.PositiveSmallIntegerField(_("places a session"))
    unit_price = models.BigIntegerField(_("price a session"), default=0)
    currency = models.CharField(_("currency"), max_length=3, default=DEFAULT_CURRENCY)
    reason = models.TextField(pgettext_lazy("order", "reason"), max_length=1000, blank=True)
    reserve_places = models.BooleanField(_("places for our own area first"), default=True)
    first_timers = models.PositiveSmallIntegerField(_("places a session for first-timers"), default=0)
    kept_days = models.PositiveSmallIntegerField(_("days before closing when kept places open to all"), null=True)
    opens_at = models.DateTimeField(_("sign-up opens"), null=True, blank=True)
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ordered by")
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken by")
    )
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("budget line")
    )
    commitment = models.OneToOneField(
        Commitment, models.PROTECT, null=True, blank=True, related_name="order", verbose_name=_("commitment")
    )
    waits_until = models.DateTimeField(_("waits until"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True, editable=False)
    escalated_at = models.DateTimeField(_("League told of the delay"), null=True, blank=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("reported"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    report_text = models.TextField(_("report"), max_length=4000, blank=True)
    report_at = models.DateTimeField(_("report written"), null=True, blank=True)
    report_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reported by")
    )

    plan: "list[PlannedSession] | None" = None  # its dates, where whoever holds its lock has read them
    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.CheckConstraint(name="order_price_not_negative", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(
                name="order_first_timers_within_group", condition=Q(first_timers__lte=F("group_size"))
            ),
            models.CheckConstraint(
                name="order_frozen_after_draft",
                condition=Q(status__in=[Status.DRAFT, Status.CANCELLED, Status.EXPIRED])
                | Q(version__isnull=False, quantity__gte=1, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="order_commitment_from_approval",
                condition=Q(commitment__isnull=False, line__isnull=False)
                | Q(unit_price=0)
                | ~Q(
                    status__in=[
                        Status.APPROVED,
                        Status.DELIVERED,
                        Status.DISPUTED,
                        Status.CONFIRMED,
                        Status.SETTLED,
                    ]
                ),
            ),
            models.CheckConstraint(
                name="order_answers_have_a_deadline",
                condition=Q(waits_until__isnull=False) | ~Q(status__in=sorted(ANSWERED_IN_TIME)),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "status"], name="order_office_status"),
            models.Index(fields=["provider", "status"], name="order_provider_status"),
            models.Index(fields=["league", "status"], name="order_league_status"),
            models.Index(F("waits_until").asc(), name="order_waits_until", condition=Q(waits_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def keeps_days(self) -> int:
        """How many days before sign-up closes the kept places open to all."""
        return OPENS_TO_ALL_BEFORE_CLOSING.days if self.kept_days is None else self.kept_days

    @property
    def total(self) -> int:
        """What it costs at most: the price of every session, in minor units."""
        return self.unit_price * self.quantity

    @property
    def places(self) -> int:
        """How many children it has room for."""
        return self.group_size * self.quantity

    @property
    def ring(self) -> tuple[str, str, str, str, str]:
        """The five segments of its ring."""
        return RINGS[Status(self.status)]

    @property
    def words(self) -> Words:
        """What people read about its status."""
        return WORDS[Status(self.status)]


def private_storage() -> Storage:
    """Return the storage of files that are served to those who may see them only."""
    return storages["private"]


def stored_name(attachment: "Attachment", filename: str) -> str:
    """Return where a file lies: a random name, nothing of what the person called it."""
    return f"orders/{attachment.stored_as}"


class Attachment(Submitted, TimeStamped):
    """A file of an order: what the office asks for, the scanned stamped form, photos and papers of the report."""

    class Kind(models.TextChoices):
        """What the file is about."""

        REQUEST = "request", pgettext_lazy("attachment", "request")
        REPORT = "report", _("report")
        STAMP = "stamp", _("stamped form")

    order = models.ForeignKey(Order, models.PROTECT, related_name="attachments", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    stored_as = models.CharField(max_length=40, unique=True, editable=False)
    file = models.FileField(_("file"), storage=private_storage, upload_to=stored_name, max_length=100)
    name = models.CharField(_("file name"), max_length=120)
    size = models.PositiveIntegerField(_("size"))
    content_type = models.CharField(_("type"), max_length=100)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_for = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("on behalf of"))
    at = models.DateTimeField(_("uploaded"))

    class Meta:
        verbose_name = _("file of an order")
        verbose_name_plural = _("files of orders")

    def __str__(self) -> str:
        return self.name
