"""What the accounts have in common that money goes to or comes from: a second person confirms each."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ConfirmedAccount(models.Model):
    """An account that one person entered, and that counts once another has confirmed it."""

    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    set_at = models.DateTimeField(_("entered"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(pgettext_lazy("account", "confirmed"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("set_by"))),
            ),
        ]


class BankAccount(ConfirmedAccount):
    """An account at a bank."""

    holder = models.CharField(_("account holder"), max_length=100)
    bank = models.CharField(_("bank"), max_length=100)
    number = models.CharField(_("account number"), max_length=40)

    class Meta(ConfirmedAccount.Meta):
        abstract = True

    @property
    def masked(self) -> str:
        """The number with only its last four digits."""
        return f"**** {self.number[-4:]}"
