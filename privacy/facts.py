"""The facts of an incident for the authority, as tables for a page, a print and a workbook: no name of anybody."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from core.columns import Column, Value
from core.time import today
from people.models import Child
from privacy.hiding import shown
from privacy.models import Incident, Telling
from privacy.notices import words_of

VERBS: dict[str, str | Promise] = {
    "record": gettext_lazy("written down"),
    "edit": gettext_lazy("facts corrected or completed"),
    "pick": gettext_lazy("people concerned fixed"),
    "clear": gettext_lazy("list of people emptied"),
    "word": gettext_lazy("notice worded"),
    "report": gettext_lazy("report to the authority written down"),
    "send": gettext_lazy("notice sent"),
    "tell": gettext_lazy("somebody told by staff"),
    "look": gettext_lazy("names of people concerned looked at"),
    "close": pgettext_lazy("incident", "closed"),
}


@dataclass(frozen=True)
class Sheet:
    """One table of two or three columns."""

    title: str
    heads: Sequence[str]
    rows: list[Sequence[Value]]


def counts(incident: Incident, *, exact: bool) -> list[tuple[str, int | None]]:
    """Return how many people it concerns and how many were told; small numbers are hidden unless ``exact``."""
    rows = incident.affected.all()
    births = Child.objects.filter(pk__in=rows.exclude(child=None).values("child")).values_list("birth_date", flat=True)
    day = today(incident.found_at)
    youths = sum(Child(birth_date=birth).is_youth(day) for birth in births)
    children = len(births) - youths
    guardians, users = rows.exclude(guardian=None).count(), rows.exclude(user=None).count()
    told = rows.exclude(tellings=None).distinct().count()
    labels = [
        _("Children under 14"),
        _("Youths from 14 on"),
        _("Guardians with data of their own"),
        _("Other logins"),
        _("People concerned altogether"),
    ]
    parts = [children, youths, guardians, users]
    figures = [*parts, sum(parts)] if exact else shown(parts)
    found: list[tuple[str, int | None]] = list(zip(labels, figures, strict=True))
    split = [told, sum(parts) - told] if exact else shown([told, sum(parts) - told], with_total=False)
    return [*found, (_("Of these told, or written to"), split[0]), (_("Of these not told yet"), split[1])]


def ways(incident: Incident) -> list[tuple[str, int]]:
    """Return how often which way of telling was taken."""
    counted = Counter(Telling.objects.filter(affected__incident=incident).values_list("how", flat=True))
    return [(str(how.label), counted[how]) for how in Telling.How if counted[how]]


def _deadline(incident: Incident, now: datetime) -> str:
    if incident.report_by is None:
        return _("This grade need not be reported within hours.")
    if incident.is_overdue(now):
        return _("Overdue")
    return _("Reported late") if incident.was_late else ""


def sheets(incident: Incident, *, now: datetime, exact: bool) -> list[Sheet]:
    """Return every table, in the language of the moment."""
    hidden = _("hidden")
    facts: list[Sequence[Value]] = [
        (_("Number"), str(incident)),
        (_("Who handles it"), str(incident.league)),
        (_("Status"), incident.get_status_display()),
        (_("What kind"), incident.get_kind_display()),
        (_("Grade"), incident.get_grade_display()),
        (pgettext("incident", "Found"), incident.found_at),
        (pgettext("incident", "Began"), incident.began_at or _("not known")),
        (_("What happened"), incident.what),
        (_("Which data"), "; ".join(words_of(incident))),
        (_("What may follow"), incident.may_follow),
        (_("What was done"), incident.remedy),
        (_("What those concerned can do"), incident.advice),
        (_("To be reported by"), incident.report_by or _("no deadline")),
        (_("Reported to"), incident.authority or _("nobody yet")),
        (_("Reported on"), incident.reported_at),
        (_("Their number"), incident.reference),
        (_("Deadline"), _deadline(incident, now)),
        (_("Notice sent"), incident.sent_at),
        (pgettext("incident", "Closed on"), incident.closed_at),
        (_("What was learned"), incident.lessons),
    ]
    people: list[Sequence[Value]] = [
        (label, hidden if figure is None else figure) for label, figure in counts(incident, exact=exact)
    ]
    steps = incident.history.exclude(verb="look").order_by("pk")
    return [
        Sheet(_("Facts"), (_("What"), _("Facts")), [row for row in facts if row[1] not in (None, "")]),
        Sheet(_("People concerned"), (_("Who"), pgettext("people", "How many")), people),
        Sheet(
            _("Ways of telling"),
            (pgettext("way of telling", "Way"), pgettext("people", "How many")),
            [*ways(incident)] if exact else [],
        ),
        Sheet(_("What happened when"), (_("When"), _("What")), [(row.at, str(VERBS[row.verb])) for row in steps]),
    ]


def workbook(incident: Incident, *, now: datetime, exact: bool) -> bytes:
    """Return the tables as an Excel file."""
    from core import sheets as files  # late: it brings openpyxl

    return files.workbook_of(
        (one.title, [Column(head, 28 if place == 0 else 80) for place, head in enumerate(one.heads)], one.rows)
        for one in sheets(incident, now=now, exact=exact)
    )
