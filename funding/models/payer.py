"""The League's own bank accounts: from which a batch is paid, and of which a statement is."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.models.account import BankAccount
from funding.models.seeing import OwnOfLeague
from organisations.models import ActedHistory, Organisation


class PayerAccountQuerySet(OwnOfLeague["PayerAccount"]):
    """Words for the League's accounts."""

    def in_use(self) -> Self:
        """Keep those that were not closed."""
        return self.filter(ended_at__isnull=True)

    def confirmed(self) -> Self:
        """Keep those that a second person has confirmed."""
        return self.filter(confirmed_at__isnull=False)

    def newest_first(self) -> Self:
        """Put those in use first, then what was closed last; whatever a database makes of an empty moment."""
        return self.order_by(F("ended_at").desc(nulls_first=True), "-pk")


class PayerAccount(BankAccount):
    """A bank account from which a League pays. It is never changed: another one follows, and this one is closed."""

    league = models.ForeignKey(Organisation, models.PROTECT, related_name="payer_accounts", verbose_name=_("League"))
    ended_at = models.DateTimeField(pgettext_lazy("account", "closed"), null=True, blank=True)

    objects = PayerAccountQuerySet.as_manager()

    class Meta(BankAccount.Meta):
        verbose_name = _("account of a League")
        verbose_name_plural = _("accounts of Leagues")
        constraints = [
            *BankAccount.Meta.constraints,
            models.UniqueConstraint(
                fields=["league", "number"], condition=Q(ended_at__isnull=True), name="payeraccount_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.masked}"

    @property
    def is_usable(self) -> bool:
        """Whether money may be paid from it: a second person confirmed it, and it was not closed."""
        return self.confirmed_at is not None and self.ended_at is None


class PayerAccountHistory(ActedHistory):
    """Who entered, confirmed and closed an account of a League; the number itself never stands here."""

    account = models.ForeignKey(
        PayerAccount, models.PROTECT, related_name="history", verbose_name=_("account of a League")
    )

    class Meta:
        verbose_name = _("history of an account of a League")
        verbose_name_plural = _("history of accounts of Leagues")
