"""What somebody wants a report to be about."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import whole_number
from dashboards.reports import NAMES, Asked, Choices


class ReportForm(forms.Form):
    """The choices of a report. It never refuses: ``asked`` leaves out a value that means nothing."""

    year = forms.ChoiceField(label=_("Year"), required=False)
    month = forms.ChoiceField(label=_("Month"), required=False)
    provider = forms.ChoiceField(label=_("Provider"), required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    by = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, asked: Asked, known: Choices) -> None:
        chosen = {name: value for name, value in vars(asked).items() if value}
        super().__init__(initial=chosen)
        years = sorted({*known.years, asked.year}, reverse=True)
        self._offer("year", [(year, str(year)) for year in years])
        self._offer("month", [("", _("The whole year")), *known.month.items()])
        self._offer("provider", [("", _("All providers")), *known.provider.items()])
        self._offer("theme", [("", _("All themes")), *known.theme.items()])
        self._offer("area", [("", pgettext_lazy("report", "All areas")), *known.area.items()])

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        field.choices = choices  # type: ignore[attr-defined]
        field.widget.attrs["class"] = "input"


def asked(data: Any, known: Choices, this_year: int) -> Asked:
    """Return what an address asks for: this year by month, and whatever else of it means something."""

    def number(name: str) -> int | None:
        return whole_number(str(data.get(name, "")))

    year, month, provider = number("year"), number("month") or 0, number("provider")
    theme, area, by = (str(data.get(name, "")) for name in ("theme", "area", "by"))
    return Asked(
        year=year if year in known.years else this_year,
        month=month if month in known.month else 0,
        provider=provider if provider in known.provider else None,
        theme=theme if theme in known.theme else None,
        area=area if area in known.area else None,
        by=by if by in NAMES else "month",
    )
