"""Which day and area, and which of its sessions are called off, and why."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, whole_number
from orders.weather import MOST

_KEY = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")


class DayForm(forms.Form):
    """A day, and an area by its code; without them today, and everywhere."""

    day = DayField(required=False)
    region = forms.CharField(required=False, max_length=12)


class _SeenField(forms.MultipleChoiceField):
    """Sessions as the page named them: also one that somebody else has called off meanwhile."""

    def valid_value(self, value: str) -> bool:
        return _KEY.fullmatch(value) is not None


class CallOffForm(forms.Form):
    """The sessions that do not take place, each at the date at which it was seen, and the reason."""

    sessions = _SeenField(error_messages={"required": _("Choose at least one session.")})
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Families, crew and volunteers read it. Name no child."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_sessions(self) -> list[tuple[int, int]]:
        """Return each session with its number, once."""
        found = [_KEY.fullmatch(key) for key in dict.fromkeys(self.cleaned_data["sessions"])]
        if len(found) > MOST:
            raise ValidationError(_("At most %(count)d sessions are called off at once.") % {"count": MOST})
        return [(int(one[1]), int(one[2])) for one in found if one]

    @property
    def shown(self) -> set[int]:
        """The sessions that the person's page showed, chosen or not."""
        assert isinstance(self.data, QueryDict)  # a posted form
        return {int(pk) for pk in self.data.getlist("shown") if whole_number(pk) is not None}

    @property
    def picked(self) -> set[str]:
        """What was ticked, as it was sent."""
        assert isinstance(self.data, QueryDict)
        return set(self.data.getlist("sessions"))
