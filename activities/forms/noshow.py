"""Sessions missed: the League's rule, a family's objection, the answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, SubmissionMixin


class RuleForm(SubmissionMixin):
    """From when on how many sessions missed keep a child from signing up, or that none do."""

    valid_from = DayField(
        label=_("Valid from"), widget=forms.DateInput, help_text=_("Tomorrow at the earliest; families read it before.")
    )
    ends = forms.BooleanField(label=_("From that day on nobody is kept from signing up"), required=False)
    misses = forms.IntegerField(label=_("Sessions missed"), min_value=2, max_value=10)
    within_days = forms.IntegerField(label=_("Within so many days"), min_value=14, max_value=366)
    bar_days = forms.IntegerField(label=_("Days without sign-up"), min_value=1, max_value=90)

    def clean(self) -> dict[str, Any]:
        """Ask for the three numbers, unless the rule ends."""
        cleaned = super().clean() or {}
        if cleaned.get("ends"):
            for name in ("misses", "within_days", "bar_days"):
                cleaned[name] = 0
                self.errors.pop(name, None)
        return cleaned

    def rule(self) -> dict[str, Any]:
        """Return the valid answers, as the domain takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "ends"}


class ObjectForm(SubmissionMixin):
    """Why an absence should not count."""

    reason = forms.CharField(
        label=_("What happened?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The provider and the League read it. Please write no names."),
        error_messages={"required": _("Write in a few words what happened.")},
    )


class DecideForm(forms.Form):
    """Yes or no to an objection."""

    status = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("accepted", _("Accept: the absence does not count")), ("refused", _("Refuse: it counts"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    answer = forms.CharField(
        label=_("Your answer to the family"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A refusal needs a reason."),
    )
