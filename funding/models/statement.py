"""Bank statements: files that were read once, their lines as the bank wrote them, and what became of each line."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funding.models.fund import CURRENCIES
from funding.models.payout import Payout
from funding.models.seeing import OwnOfLeague
from organisations.models import ActedHistory, Organisation


class StatementImportQuerySet(OwnOfLeague["StatementImport"]):
    """Words for imports of statements."""

    def unfinished(self) -> Self:
        """Keep those whose lines were not all looked at yet."""
        return self.filter(matched_at__isnull=True)


class StatementImport(models.Model):
    """A file of the League's bank. The same file a second time, by whomever, is the same import."""

    league = models.ForeignKey(Organisation, models.PROTECT, related_name="statements", verbose_name=_("League"))
    account = models.CharField(_("our account"), max_length=40)
    name = models.CharField(_("name of the file"), max_length=100)
    digest = models.CharField(_("fingerprint of the file"), max_length=64, editable=False)
    known_lines = models.PositiveIntegerField(_("lines that an earlier file brought"), default=0)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("imported by")
    )
    imported_at = models.DateTimeField(_("imported"))
    matched_at = models.DateTimeField(_("all lines looked at"), null=True, blank=True)

    objects = StatementImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [
            models.UniqueConstraint(fields=["league", "account", "digest"], name="statementimport_file_once"),
        ]

    def __str__(self) -> str:
        return self.name


class StatementLine(models.Model):
    """One movement as the bank wrote it; the database refuses to change it."""

    class Direction(models.TextChoices):
        """Whether money left our account or came back to it."""

        OUT = "out", pgettext_lazy("statement", "out")
        IN = "in", pgettext_lazy("statement", "in")

    statement = models.ForeignKey(
        StatementImport, models.PROTECT, related_name="lines", verbose_name=_("bank statement")
    )
    league = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("League"))
    account = models.CharField(_("our account"), max_length=40)
    bank_reference = models.CharField(_("the bank's number"), max_length=64)
    row = models.PositiveIntegerField(_("row in the file"))
    booked_on = models.DateField(_("date"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    name = models.CharField(_("the other's name"), max_length=200, blank=True)
    number = models.CharField(_("the other's account"), max_length=64, blank=True)
    memo = models.CharField(_("remark"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("line of a statement")
        verbose_name_plural = _("lines of statements")
        constraints = [
            models.UniqueConstraint(
                fields=["league", "account", "bank_reference"], name="statementline_bank_reference_once"
            ),
            models.CheckConstraint(name="statementline_amount_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return self.bank_reference

    @property
    def is_out(self) -> bool:
        """Whether money left our account."""
        return self.direction == self.Direction.OUT

    @property
    def masked(self) -> str:
        """The other's account with only its last four digits, as whoever does not pay sees it."""
        return f"**** {self.number[-4:]}" if self.number else ""


class LineState(models.Model):
    """What became of a line: each has exactly one. Suggestions are no state: they are looked up when a page shows."""

    class State(models.TextChoices):
        """A line that differs never pays anything; somebody has to find out why and set it aside."""

        OPEN = "open", pgettext_lazy("statement", "not matched")
        MATCHED = "matched", pgettext_lazy("statement", "matched")
        DIFFERS = "differs", pgettext_lazy("statement", "differs")
        SET_ASIDE = "set_aside", pgettext_lazy("statement", "set aside")

    class Difference(models.TextChoices):
        """In what a line that names a transfer says something else than the transfer."""

        AMOUNT = "amount", _("another amount")
        CURRENCY = "currency", _("another currency")
        NAME = "name", _("another name")
        NUMBER = "number", _("another account")
        STATUS = "status", _("the transfer is not on its way")
        PAYER = "payer", _("paid from another account of ours")
        SLIP = "slip", _("the transfer arrived under another number of the bank")

    line = models.OneToOneField(
        StatementLine, models.PROTECT, primary_key=True, related_name="state", verbose_name=_("line of a statement")
    )
    state = models.CharField(_("status"), max_length=9, choices=State, default=State.OPEN)
    is_looked_at = models.BooleanField(_("looked at"), default=False)
    payout = models.ForeignKey(
        Payout, models.PROTECT, null=True, blank=True, related_name="lines", verbose_name=_("payout")
    )
    is_return = models.BooleanField(_("money that came back"), default=False)
    differences = models.CharField(_("what differs"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("state of a line")
        verbose_name_plural = _("states of lines")
        constraints = [
            models.CheckConstraint(
                name="linestate_matched_to_a_payout",
                condition=(Q(state="matched", payout__isnull=False, differences=""))
                | (Q(state="differs", payout__isnull=False) & ~Q(differences=""))
                | Q(state__in=["open", "set_aside"], payout__isnull=True, differences=""),
            ),
            models.UniqueConstraint(
                fields=["payout", "is_return"], condition=Q(state="matched"), name="linestate_payout_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.state}"


class StatementHistory(ActedHistory):
    """Who imported a statement, and who decided what about a line."""

    statement = models.ForeignKey(
        StatementImport, models.PROTECT, related_name="history", verbose_name=_("bank statement")
    )
    line = models.ForeignKey(
        StatementLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="history",
        verbose_name=_("line of a statement"),
    )

    class Meta:
        verbose_name = _("history of a statement")
        verbose_name_plural = _("history of statements")
