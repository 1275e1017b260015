"""What somebody wants a report to be about."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dashboards.reports import Asked, Choices


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
