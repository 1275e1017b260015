"""A report as a spreadsheet: each row says what it is about, so that it can be read without the page."""

from collections.abc import Iterator
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from core.columns import MONEY, Column, Export, Value
from core.money import to_decimal
from core.time import today
from dashboards import reports
from dashboards.reports import NAMES, Choices, Report, Row, asked
from organisations.acting import Acting


def figures(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The report with the choices of its page, the total in the last row."""
    league = by.organisation
    assert league is not None  # the policy lets in who acts for a League
    known = reports.choices(league)
    found = reports.report(league, asked(filters, known, today(now).year), known)
    columns = [
        Column(gettext_lazy("Year"), 8),
        Column(gettext_lazy("Month"), 12),
        Column(gettext_lazy("Provider"), 28),
        Column(gettext_lazy("Theme"), 16),
        Column(gettext_lazy("Area"), 16),
        Column(gettext_lazy("Sessions held"), 12),
        Column(pgettext_lazy("report", "Signed up"), 12),
        Column(pgettext_lazy("report", "Present"), 12),
        Column(gettext_lazy("Families reached"), 12),
        Column(gettext_lazy("Mean mark"), 12, "0.00"),
        Column(gettext_lazy("Marks given"), 12),
        Column(gettext_lazy("Spent"), 16, MONEY),
        Column(gettext_lazy("Currency"), 9),
    ]
    return Export(pgettext("figures", "Reports"), columns, _rows(found, known))


def _rows(found: Report, known: Choices) -> Iterator[list[Value]]:
    for row in (*found.rows, found.total):
        about = _about(found, row, known)
        people: list[Value] = [_or_hidden(n) for n in (row.signed_up, row.present, row.families)]
        numbers: list[Value] = [row.held, *people, row.mean, _or_hidden(row.raters)]
        first, *others = row.spent or [("", 0)]
        yield [found.asked.year, *about, *numbers, to_decimal(first[1], first[0]) if first[0] else 0, first[0]]
        for unit, amount in others:  # what was spent in another currency has a row of its own
            yield [found.asked.year, *about, *[None] * len(numbers), to_decimal(amount, unit), unit]


def _or_hidden(number: int | None) -> Value:
    return _("hidden") if number is None else number


def _about(found: Report, row: Row, known: Choices) -> list[Value]:
    """Return month, provider, theme and area of a row; what it takes together is "all"."""
    about: list[Value] = []
    for name in NAMES:
        chosen = getattr(found.asked, name)
        if name == found.asked.by and row is not found.total:
            about.append(row.label)
        else:
            about.append(getattr(known, name)[chosen] if chosen else _("all"))
    return about
