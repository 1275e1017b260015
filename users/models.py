"""The account that a person signs in with."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.encryption import FOUND_BY, EncryptedTextField
from core.formats import phone_text


class UserManager(BaseUserManager["User"]):
    """Makes accounts."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find an account by e-mail, whatever its case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> "User":
        """Make an account with an e-mail or a phone; without a password nobody can sign in with one."""
        user = self.model(email=self.normalize_email(email).lower() if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a technical administrator: site pages and settings, no order verb, no child data."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. What it may do comes from memberships and guardianships, never from here."""

    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    phone = EncryptedTextField(  # type: ignore[misc]
        _("phone"),
        max_length=16,
        null=True,
        blank=True,
        findable=True,
        validators=[RegexValidator(r"^\+[1-9]\d{6,14}$", _("Write the phone number with its country code."))],
        help_text=_("With the country code, such as +86 138 0000 0000."),
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=50, blank=True)
    language = models.CharField(_("language of messages"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("technical staff"), default=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                name="user_has_email_or_phone", condition=Q(email__isnull=False) | Q(phone__isnull=False)
            ),
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            # Within one key; while keys change, ``services`` looks under each of them with the number held.
            models.UniqueConstraint(Left("phone", FOUND_BY), name="user_phone_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or phone_text(self.phone or "")

    @property
    def first_name(self) -> str:
        """The name as Wagtail's admin shows it."""
        return self.name

    @property
    def last_name(self) -> str:
        """Empty: names are one field."""
        return ""

    def get_full_name(self) -> str:
        """Return the name, else the address."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the name, else the address."""
        return str(self)


class LoginSession(AbstractBaseSession):
    """A login session as Django keeps it, but encrypted, and whose it is: nobody's before somebody signs in."""

    session_data = EncryptedTextField(_("session data"), strict=True)
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="login_sessions", verbose_name=_("account")
    )

    class Meta(AbstractBaseSession.Meta):
        verbose_name = _("login session")  # type: ignore[assignment]
        verbose_name_plural = _("login sessions")  # type: ignore[assignment]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Return what reads and writes it."""
        from users.sessions import SessionStore

        return SessionStore


class CalendarFeed(models.Model):
    """The secret address under which a person's dates can be read by their phone; the secret is stored as a hash."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds", verbose_name=_("account"))
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(pgettext_lazy("time", "created"), editable=False)
    revoked_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at__isnull=True), name="calendar_feed_one")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.created_at:%Y-%m-%d %H:%M}"
