"""What a person was told, and how far each channel has got with telling them."""

from datetime import datetime
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.encryption import EncryptedTextField
from users.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    """Words for messages."""

    def visible_to(self, user: User) -> Self:
        """Keep the person's own."""
        return self.filter(recipient_id=user.pk)

    def unread(self) -> Self:
        """Keep those not opened yet."""
        return self.filter(read_at__isnull=True)

    def newest_first(self) -> Self:
        """Put what came last on top."""
        return self.order_by("-created_at", "-pk")


class Message(models.Model):
    """One notice to one person, written in the transaction of what it tells about.

    ``cause`` names the event, such as ``order:12:approve:5``; a second message to the same person about the same
    cause is not made. The words are not stored: ``kind`` names a template, ``context`` its non-personal values.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages", verbose_name=_("recipient")
    )
    kind = models.CharField(_("kind"), max_length=60)
    cause = models.CharField(_("cause"), max_length=120)
    context = models.JSONField(_("values"), default=dict, blank=True)
    path = models.CharField(_("page"), max_length=200)
    urgent = models.BooleanField(_("urgent"), default=False)
    created_at = models.DateTimeField(pgettext_lazy("time", "created"), editable=False)
    not_before = models.DateTimeField(_("not before"), editable=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["recipient", "cause"], name="message_once_per_cause")]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="message_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="message_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.cause}"


Row = TypeVar("Row", bound="Outgoing")


class OutgoingQuerySet(models.QuerySet[Row]):
    """Words for what is on its way."""

    def due(self, now: datetime) -> Self:
        """Keep those whose time has come, or whose worker vanished."""
        return self.filter(status=Outgoing.Status.QUEUED, next_try_at__lte=now)


class Outgoing(models.Model):
    """Something on its way out of the house.

    ``next_try_at`` is also the claim: a worker moves it into the future before it sends, so nobody else takes the
    row; a worker that died leaves the row to fall due again.
    """

    class Status(models.TextChoices):
        """How far it has got."""

        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=60, blank=True)

    # What a row no longer holds once it was sent or given up.
    forgets: ClassVar[dict[str, object]] = {}

    class Meta:
        abstract = True


class DeliveryQuerySet(OutgoingQuerySet["Delivery"]):
    """Words for messages on their way."""

    def by(self, channel: str) -> Self:
        """Keep those that go over the channel."""
        return self.filter(channel=channel)


class Delivery(Outgoing):
    """One message on its way over one channel."""

    class Channel(models.TextChoices):
        """How a message leaves the house."""

        EMAIL = "email", pgettext_lazy("channel", "e-mail")
        TEXT = "text", pgettext_lazy("channel", "text message")

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", verbose_name=_("message"))
    channel = models.CharField(_("channel"), max_length=5, choices=Channel, default=Channel.EMAIL)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="delivery_once_per_channel"),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="queued"), name="delivery_due"),
            models.Index(fields=["sent_at"], condition=Q(channel="text"), name="delivery_texted"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} · {self.channel} · {self.status}"


class Letter(Outgoing):
    """A mail to an address, with or without an account behind it: an invitation, a link to reset a password.

    Its words often hold a secret link, so they are kept only until it was sent or given up; so is the address, by which
    nobody would be found who has another one since.
    """

    to = models.EmailField(pgettext_lazy("letter", "to"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("words"), blank=True)
    created_at = models.DateTimeField(pgettext_lazy("time", "created"), editable=False)

    objects = OutgoingQuerySet["Letter"].as_manager()
    forgets = {"to": "", "body": ""}

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.CheckConstraint(
                name="letter_sent_has_time",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(name="letter_forgets_to_whom", condition=Q(status="queued") | Q(to="", body="")),
        ]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(status="queued"), name="letter_due")]

    def __str__(self) -> str:
        return f"{self.pk} · {self.status}"


class Text(Outgoing):
    """A text message to a phone number: a code to log in with, a warning that a login's number was changed.

    A code is worth nothing when it comes late, so a text that could not be sent by ``expires_at`` is given up. Its
    number is that of a child's contact, and its words open a login: both are encrypted, and both go once it was sent.
    """

    to = EncryptedTextField(_("phone"), max_length=16, findable=True, blank=True)
    body = EncryptedTextField(_("words"), blank=True)
    created_at = models.DateTimeField(pgettext_lazy("time", "created"), editable=False)
    expires_at = models.DateTimeField(_("expires"), editable=False)

    objects = OutgoingQuerySet["Text"].as_manager()
    forgets = {"to": "", "body": ""}

    class Meta:
        verbose_name = _("text message")
        verbose_name_plural = _("text messages")
        constraints = [
            models.CheckConstraint(
                name="text_sent_has_time",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(name="text_forgets_to_whom", condition=Q(status="queued") | Q(to="", body="")),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="queued"), name="text_due"),
            models.Index(fields=["created_at"], name="text_written"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} · {self.status}"
