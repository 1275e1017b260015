"""What funds and payments hold of people: a donor's name. Books name organisations; no child ever stands in them."""

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from core.privacy import LEAGUE, THE_BOOKS, Personal, Record, Whom
from funding.models import (
    Donation,
    Entry,
    EntryFile,
    Fund,
    Invoice,
    PayeeAccount,
    PayerAccount,
    Quarantine,
    SecondLook,
    Settlement,
    StatementImport,
    StatementLine,
    StripeAccount,
    StripeRefund,
    StripeTransfer,
)

_DONOR = Personal(
    Whom.PARTNER,
    _("Name of a donor on the receipt"),
    _("to thank whoever gave, and to write a receipt"),
    THE_BOOKS,
    LEAGUE,
)
_PAYER = Personal(
    Whom.PARTNER, _("Payer and remark on a bank statement"), _("to find out whose transfer it was"), THE_BOOKS, LEAGUE
)
RECORDS = {model: Record() for model in apps.get_app_config("funding").get_models()} | {
    Donation: Record(fields={"donor_name": _DONOR}),
    StatementLine: Record(fields=dict.fromkeys(("name", "number", "memo"), _PAYER)),
    Entry: Record(plain="memo"),
    EntryFile: Record(plain="file"),
    Fund: Record(plain="name name_en"),
    Invoice: Record(plain="file"),
    PayeeAccount: Record(plain="holder"),
    PayerAccount: Record(plain="holder"),
    Quarantine: Record(plain="note"),
    SecondLook: Record(plain="file reason"),
    Settlement: Record(plain="explanation"),
    StatementImport: Record(plain="name"),
    StripeAccount: Record(plain="holder"),
    StripeRefund: Record(plain="reason"),
    StripeTransfer: Record(plain="undo_reason"),
}
