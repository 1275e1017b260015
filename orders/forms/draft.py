"""Writing a draft: a series of dates, then its rows, then what it is for. Each step judges what it asks for."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import ProgrammeContent
from core.forms import DayField, SeenMixin, SubmissionMixin
from core.time import at, local
from orders.checks import MAX_SESSIONS, Problem, group_problems, opening_problems, written_problems
from orders.drafting import PlannedRow, series
from orders.models import Order, PlannedSession
from organisations.models import Organisation, Venue

DEFAULT_COUNT = 4  # sessions, where nothing was chosen
OPENS_FROM = time(9, 0)


def venues_for(office: Organisation, *others: int) -> QuerySet[Venue]:
    """Return the venues that may be chosen: the office's, and those of the provider and the League."""
    known = Venue.objects.filter(is_active=True, organisation__in=[office.pk, *others])
    return known.order_by("organisation_id", "name")


def named(venue: Venue) -> str:
    """Return a venue's name with how many it holds."""
    return f"{venue} ({venue.capacity})"


class VenueChoice(forms.ModelChoiceField[Venue]):
    """A venue, with how many it holds."""

    NONE = _("None of these: an address")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Venue.objects.none(),
            label=_("Venue"),
            required=False,
            empty_label=self.NONE,
            **kwargs,
        )

    def label_from_instance(self, obj: Venue) -> str:
        return named(obj)


def planned_as(rows: Sequence[tuple[int, PlannedRow, Venue | None]], version: ProgrammeContent) -> list[PlannedSession]:
    """Return unsaved sessions of what was written, each with its number on the page, for the checks."""
    length = timedelta(minutes=version.duration_minutes)
    return [
        PlannedSession(
            position=position, starts_at=row.starts_at, ends_at=row.starts_at + length, venue=venue, address=row.address
        )
        for position, row, venue in rows
    ]


class PlaceMixin(forms.Form):
    """A venue or a free address."""

    venue = VenueChoice()
    address = forms.CharField(
        label=_("Address"), max_length=200, required=False, help_text=_("Only if none of the venues is meant.")
    )

    def offer(self, venues: QuerySet[Venue]) -> None:
        """Name the venues that can be chosen."""
        self.fields["venue"].queryset = venues  # type: ignore[attr-defined]


class SeriesForm(SubmissionMixin, PlaceMixin):
    """The first date and how it repeats; each date can be changed on the next page."""

    count = forms.IntegerField(label=_("How many sessions"), min_value=1, max_value=MAX_SESSIONS, initial=DEFAULT_COUNT)
    group_size = forms.IntegerField(label=_("Places a session"), min_value=1, max_value=500)
    first_on = DayField(label=_("First date"))
    starts = forms.TimeField(label=_("From what time"), initial="09:30")
    every_weeks = forms.TypedChoiceField(
        label=_("Repeats"),
        coerce=int,
        initial=1,
        choices=[
            (1, _("every week")),
            (2, _("every two weeks")),
            (3, _("every three weeks")),
            (4, _("every four weeks")),
        ],
    )

    field_order = ["count", "group_size", "first_on", "starts", "every_weeks", "venue", "address"]

    def judge(self, version: ProgrammeContent, provider: Organisation, now: datetime) -> bool:
        """Put what stands against the series to the field that it comes from; tell whether it can go on."""
        if not self.is_valid():
            return False
        rows = [(number, row, self.cleaned_data["venue"]) for number, row in enumerate(self.rows(), start=1)]
        planned = planned_as(rows, version)
        for problem in written_problems(version, provider, planned, self.cleaned_data["group_size"], now=now):
            self._name(problem)
        return not self.errors

    def _name(self, problem: Problem) -> None:
        """Say a problem once: of the first session at its field; what only later ones have is the count's."""
        field = {"starts_on": "first_on"}.get(problem.field, problem.field)
        if problem.position > 1:
            field = "count" if problem.field == "starts_on" and "first_on" not in self.errors else ""
        if field and field not in self.errors:
            self.add_error(field, problem)

    def rows(self) -> list[PlannedRow]:
        """Return the dates of the series at the chosen place."""
        data = self.cleaned_data
        venue = data["venue"]
        starts = series(data["first_on"], data["starts"], every_weeks=data["every_weeks"], count=data["count"])
        return [PlannedRow(start, venue.pk if venue else None, data["address"]) for start in starts]


class RowForm(PlaceMixin):
    """One date of an order."""

    starts_on = DayField(label=_("Date"))
    starts = forms.TimeField(label=pgettext_lazy("time", "From"))
    drop = forms.BooleanField(label=_("Leave out"), required=False)

    field_order = ["starts_on", "starts", "venue", "address", "drop"]

    def row(self) -> PlannedRow:
        """Return the date as drafting takes it."""
        data = self.cleaned_data
        venue = data["venue"]
        return PlannedRow(at(data["starts_on"], data["starts"]), venue.pk if venue else None, data["address"])


class RowFormSet(forms.BaseFormSet[RowForm]):
    """The dates of an order."""

    def written(self) -> list[tuple[int, RowForm]]:
        """Return the rows that were filled in and not left out, each with its number on the page."""
        rows = [(number, form) for number, form in enumerate(self.forms, start=1) if form.cleaned_data.get("starts_on")]
        return [(number, form) for number, form in rows if not form.cleaned_data["drop"]]

    def rows(self) -> list[PlannedRow]:
        """Return the rows that were filled in and not left out."""
        return [form.row() for _number, form in self.written()]

    def judge(self, order: Order, now: datetime) -> list[Problem]:
        """Put what stands against a date or a place to its field; return what belongs to no row."""
        version, written = order.programme.shown, self.written()
        rows = [(number, form.row(), form.cleaned_data["venue"]) for number, form in written]
        found = written_problems(version, order.provider, planned_as(rows, version), order.group_size, now=now)
        of_rows = [problem for problem in found if problem.position]
        for problem in of_rows:
            self.forms[problem.position - 1].add_error(problem.field, problem)
        return [problem for problem in found if not problem.position and problem.step == "dates"]


_Rows = forms.formset_factory(
    RowForm, formset=RowFormSet, extra=0, max_num=MAX_SESSIONS, absolute_max=MAX_SESSIONS + 20, validate_max=True
)


def row_forms(
    data: Any, *, initial: list[dict[str, Any]], venues: QuerySet[Venue], prefix: str | None = None
) -> RowFormSet:
    """Return one form for each date. All offer the same venues, which are asked for once."""
    rows = _Rows(data, initial=initial, prefix=prefix)
    assert isinstance(rows, RowFormSet)
    choices = [("", VenueChoice.NONE), *((str(venue.pk), named(venue)) for venue in venues)]
    for form in rows.forms:
        form.offer(venues)
        form.fields["venue"].widget.choices = choices
    return rows


def rows_of(planned: list[PlannedSession]) -> list[dict[str, Any]]:
    """Return the initial values of the rows."""
    return [
        {
            "starts_on": local(one.starts_at).date(),
            "starts": local(one.starts_at).time(),
            "venue": one.venue_id,
            "address": one.address,
        }
        for one in planned
    ]


class DetailsForm(SeenMixin):
    """What the order is for."""

    group_size = forms.IntegerField(label=_("Places a session"), min_value=1, max_value=500)
    reserve_places = forms.BooleanField(
        label=_("Keep the places for children of our area first"),
        required=False,
    )
    first_timers = forms.IntegerField(
        label=_("Places a session for children who come for the first time"),
        help_text=_(
            "Kept until the day below for children who were never checked in at a session of this programme. "
            "They may be the same places as those for our area. 0: none."
        ),
        min_value=0,
        max_value=500,
        required=False,
    )
    kept_days = forms.TypedChoiceField(
        label=_("Kept places open to everybody"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            (1, _("one day before sign-up closes")),
            (2, _("two days before sign-up closes")),
            (3, _("three days before sign-up closes")),
            (5, _("five days before sign-up closes")),
            (7, _("a week before sign-up closes")),
            (14, _("two weeks before sign-up closes")),
        ],
    )
    opens_on = DayField(
        label=_("Sign-up opens on"),
        help_text=_("For all dates at once. Empty: as soon as the League has approved the order."),
        required=False,
    )
    opens_from = forms.TimeField(
        label=_("At what time"),
        help_text=_("Families see a countdown. Choose an hour at which they are free."),
        required=False,
    )
    reason = forms.CharField(
        label=_("Why you order this"),
        help_text=_("The provider and the League read it. Name no child."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def judge(self, order: Order, now: datetime) -> bool:
        """Put to its field what stands against the group's size or the opening; tell whether it can go on."""
        if not self.is_valid():
            return False
        planned, data = list(order.planned.select_related("venue")), self.changes()
        for problem in group_problems(order.programme.shown, planned, self.cleaned_data["group_size"])[:1]:
            self.add_error("group_size", problem)
        if data["first_timers"] > data["group_size"]:
            self.add_error("first_timers", _("Not more than the places of a session."))
        asked = Order(**{name: data[name] for name in ("reserve_places", "first_timers", "kept_days", "opens_at")})
        for problem in opening_problems(asked, planned, now=now):
            self.add_error("opens_on", problem)
        return not self.errors

    def changes(self) -> dict[str, Any]:
        """Return what drafting takes: the day and the hour of the opening as one moment."""
        data = {name: self.cleaned_data[name] for name in ("group_size", "reserve_places", "kept_days", "reason")}
        data["first_timers"] = self.cleaned_data["first_timers"] or 0
        day, clock = self.cleaned_data["opens_on"], self.cleaned_data["opens_from"] or OPENS_FROM
        return {**data, "opens_at": at(day, clock) if day else None}

    @staticmethod
    def start(order: Order) -> dict[str, Any]:
        """Return the initial values."""
        moment = local(order.opens_at) if order.opens_at else None
        return {
            "group_size": order.group_size,
            "reserve_places": order.reserve_places,
            "first_timers": order.first_timers,
            "kept_days": order.keeps_days,
            "opens_on": moment.date() if moment else None,
            "opens_from": moment.time() if moment else OPENS_FROM,
            "reason": order.reason,
        }
