"""The League's own bank accounts: from which a batch is paid, and of which a statement is."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.models.account import BankAccount
from organisations.acting import Acting
from organisations.models import ActedHistory, Membership, Organisation

_Role = Membership.Role


class PayerAccountQuerySet(models.QuerySet["PayerAccount"]):
    """Words for the League's accounts."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the League for whose money they answer."""
        if by.is_kind(Organisation.Kind.LEAGUE, _Role.OFFICER, _Role.FINANCE, _Role.AUDITOR):
            return self.filter(league=by.organisation)
        return self.none()

    def in_use(self) -> Self:
        """Keep those that were not closed."""
        return self.filter(ended_at__isnull=True)

    def confirmed(self) -> Self:
        """Keep those that a second person has confirmed."""
        return self.filter(confirmed_at__isnull=False)


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


class PayerAccountHistory(ActedHistory):
    """Who entered, confirmed and closed an account of a League; the number itself never stands here."""

    account = models.ForeignKey(
        PayerAccount, models.PROTECT, related_name="history", verbose_name=_("account of a League")
    )

    class Meta:
        verbose_name = _("history of an account of a League")
        verbose_name_plural = _("history of accounts of Leagues")
