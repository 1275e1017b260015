"""The ledger: accounts, entries, transfers. Triggers refuse to change or delete any of them."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.files import private_storage
from funding.models.fund import CURRENCIES, BudgetLine, Fund
from organisations.acting import Acting
from organisations.models import Organisation


class AccountQuerySet(models.QuerySet["Account"]):
    """Words for accounts."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the funds that the person may open."""
        return self.filter(fund__in=Fund.objects.visible_to(by))

    def in_order(self) -> Self:
        """Put them in the order of the books: the fund's own, then each line's from the top of the tree down."""
        return self.select_related("fund__league", "line__region").order_by(
            F("line__region__lineage").asc(nulls_first=True), F("line__theme_slug").asc(nulls_first=True), "pk"
        )


class Account(models.Model):
    """A place where money stands. Its balance is what was debited less what was credited."""

    class Kind(models.TextChoices):
        """``OUTSIDE`` is where money comes from and goes back to; it is the only one that may be negative."""

        OUTSIDE = "outside", pgettext_lazy("account", "outside the fund")
        UNALLOCATED = "unallocated", pgettext_lazy("account", "not yet allocated")
        AVAILABLE = "available", pgettext_lazy("account", "available")
        COMMITTED = "committed", pgettext_lazy("account", "committed")
        PAYABLE = "payable", pgettext_lazy("account", "payable")
        PAID = "paid", pgettext_lazy("account", "paid")

    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="accounts", verbose_name=_("fund"))
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("budget line")
    )
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("ledger", "account")
        verbose_name_plural = pgettext_lazy("ledger", "accounts")
        constraints = [
            models.CheckConstraint(
                name="account_of_line_or_fund",
                condition=Q(line__isnull=True, kind__in=["outside", "unallocated"])
                | Q(line__isnull=False, kind__in=["available", "committed", "payable", "paid"]),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class EntryQuerySet(models.QuerySet["Entry"]):
    """Words for entries."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the funds that the person may open."""
        accounts = Account.objects.visible_to(by).values("pk")
        ids = Transfer.objects.filter(Q(debit__in=accounts) | Q(credit__in=accounts)).values("entry")
        return self.filter(pk__in=ids)

    def of_fund(self, fund: Fund) -> Self:
        """Keep those that moved money to or from an account of the fund, or of a line of it."""
        ids = Transfer.objects.filter(Q(debit__fund=fund) | Q(credit__fund=fund)).values("entry")
        return self.filter(pk__in=ids)

    def touching(self, line: BudgetLine) -> Self:
        """Keep those that moved money to or from an account of the line."""
        ids = Transfer.objects.filter(Q(debit__line=line) | Q(credit__line=line)).values("entry")
        return self.filter(pk__in=ids)


class Entry(models.Model):
    """One happening: a unique key, a date in the books, one or more transfers. A mistake is reversed, never edited."""

    class Kind(models.TextChoices):
        """What happened to the money."""

        OPENING = "opening", pgettext_lazy("entry", "opening balance")
        RECEIVE = "receive", pgettext_lazy("entry", "received")
        DONATE = "donate", pgettext_lazy("entry", "donation received")
        REFUND = "refund", pgettext_lazy("entry", "given back to the giver")
        ALLOCATE = "allocate", pgettext_lazy("entry", "allocated")
        TAKE_BACK = "take_back", pgettext_lazy("entry", "allocation taken back")
        TRANSFER = "transfer", pgettext_lazy("entry", "moved to another line")
        GIVE_BACK = "give_back", pgettext_lazy("entry", "unused allowance returned")
        SPEND = "spend", pgettext_lazy("entry", "spent outside the system")
        CARRY_OVER = "carry_over", pgettext_lazy("entry", "carried over")
        RESERVE = "reserve", pgettext_lazy("entry", "committed for an order")
        VOID = "void", pgettext_lazy("entry", "commitment dropped")
        SETTLE = "settle", pgettext_lazy("entry", "settlement approved")
        ADVANCE = "advance", pgettext_lazy("entry", "advance approved")
        UNDO = "undo", pgettext_lazy("entry", "advance taken back")
        NET = "net", pgettext_lazy("entry", "claim set off")
        REPAY = "repay", pgettext_lazy("entry", "claim repaid")
        DROP = "drop", pgettext_lazy("entry", "advance not kept")
        PAY = "pay", pgettext_lazy("entry", "paid")
        RETURN = "return", pgettext_lazy("entry", "payment returned")
        REVERSE = "reverse", pgettext_lazy("entry", "corrected")

    key = models.CharField(pgettext_lazy("ledger", "key"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    at = models.DateTimeField(_("when"))
    booked_on = models.DateField(_("date in the books"), help_text=_("The city's date at that moment."))
    memo = models.CharField(_("memo"), max_length=300, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("corrects")
    )
    commitment = models.ForeignKey(
        "funding.Commitment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("commitment"),
    )
    payout = models.ForeignKey(
        "funding.Payout", models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("payout")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    system = models.CharField(_("system actor"), max_length=40, blank=True)
    on_behalf_of = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("on behalf of")
    )
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")

    def __str__(self) -> str:
        return self.key


class Transfer(models.Model):
    """An amount that goes from one account (credit) to another (debit), so an entry balances by construction."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="transfers", verbose_name=_("entry"))
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", verbose_name=_("to"))
    credit = models.ForeignKey(
        Account, models.PROTECT, related_name="credits", verbose_name=pgettext_lazy("ledger", "from")
    )
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(name="transfer_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="transfer_between_two_accounts", condition=~Q(debit=F("credit"))),
        ]

    def __str__(self) -> str:
        return f"{self.credit_id} → {self.debit_id}"


class EntryFile(models.Model):
    """The document that proves an entry, as a file. One for an entry, never replaced."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="document", verbose_name=_("entry"))
    file = models.FileField(_("file"), storage=private_storage, upload_to="books/%Y/%m")

    class Meta:
        verbose_name = _("document of an entry")
        verbose_name_plural = _("documents of entries")

    def __str__(self) -> str:
        return f"{self.entry}"
