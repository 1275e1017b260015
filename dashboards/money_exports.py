"""Where a provider's money is, as a spreadsheet."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.columns import MONEY, Column, Export, Value
from core.money import to_decimal
from dashboards import money as domain
from dashboards.money import Advance, Place
from funding.models import Commitment
from organisations.acting import Acting

AT_ONCE = 500


def money(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """Each order of the provider with its money; ``year`` and ``stage`` choose as on the page."""
    assert by.organisation is not None  # the policy
    columns = [
        Column(gettext_lazy("Number")),
        Column(gettext_lazy("Programme"), 32),
        Column(gettext_lazy("Ordered by"), 24),
        Column(pgettext_lazy("money", "Committed"), 14, MONEY),
        Column(pgettext_lazy("money", "Payable"), 14, MONEY),
        Column(pgettext_lazy("money", "Paid"), 14, MONEY),
        Column(gettext_lazy("Currency"), 9),
        Column(gettext_lazy("Status"), 18),
        Column(gettext_lazy("Whose turn"), 24),
        Column(pgettext_lazy("step", "Next"), 44),
        Column(pgettext_lazy("deadline", "Until"), 18),
        Column(pgettext_lazy("settlement", "Settled at"), 14, MONEY),
        Column(gettext_lazy("Less than ordered"), 14, MONEY),
        Column(gettext_lazy("Why less"), 40),
        Column(gettext_lazy("Invoice"), 24),
        Column(gettext_lazy("Way"), 14),
        Column(gettext_lazy("Transfer"), 22),
        Column(gettext_lazy("The bank's number"), 22),
        Column(pgettext_lazy("transfer", "Prepared"), 18),
        Column(pgettext_lazy("transfer", "Sent"), 18),
        Column(pgettext_lazy("money", "Arrived"), 18),
        Column(gettext_lazy("Advanced or set off"), 18, MONEY),
        Column(gettext_lazy("Advance"), 14, MONEY),
        Column(gettext_lazy("The advance stands"), 18),
        Column(gettext_lazy("Transfer of the advance"), 22),
        Column(gettext_lazy("Owed back of it"), 14, MONEY),
    ]
    rows = domain.with_all(domain.commitments_of(by.organisation, *domain.chosen(filters)))
    return Export(_("Where our money is"), columns, (_row(one) for one in _all(rows, now)))


def _all(rows: QuerySet[Commitment], now: datetime) -> Iterator[Place]:
    """Return the places of any number of rows, some at a time."""
    found = rows.iterator(chunk_size=AT_ONCE)
    while some := list(islice(found, AT_ONCE)):
        yield from domain.places(some, now)


def _row(place: Place) -> list[Value]:
    currency, order, settlement, payout = place.currency, place.order, place.settlement, place.payout
    return [
        place.commitment.reference,
        order.version.title_local if order and order.version else "",
        str(order.office) if order else "",
        *(to_decimal(amount, currency) for amount in (place.held.committed, place.held.payable, place.held.paid)),
        currency,
        place.text,
        place.who,
        place.then,
        place.due,
        to_decimal(settlement.amount, currency) if settlement else None,
        to_decimal(place.less, currency) if place.less else None,
        "; ".join(place.reasons),
        _("missing") if place.invoice_missing else str(place.invoice or ""),
        payout.get_rail_display() if payout else "",
        payout.reference if payout else "",
        payout.bank_reference if payout else "",
        payout.queued_at if payout else None,
        payout.sent_at if payout else None,
        payout.paid_at if payout else None,
        to_decimal(settlement.deducted, currency) if settlement and settlement.deducted else None,
        *_advance(place.advance, currency),
    ]


def _advance(advance: Advance | None, currency: str) -> list[Value]:
    if advance is None:
        return [None, "", "", None]
    return [
        to_decimal(advance.settlement.amount, currency),
        advance.parcel.text,
        advance.payout.reference if advance.payout else "",
        to_decimal(advance.owed, currency) if advance.owed else None,
    ]
