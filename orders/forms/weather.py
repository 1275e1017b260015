"""Which day and area, which of its sessions are called off or moved, and the answer to proposed moves."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import DayField, PlainHiddenInput, SubmissionMixin, whole_number
from orders.weather import MOST

_KEY = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")


class DayForm(forms.Form):
    """A day, and an area by its code; without them today, and everywhere. ``to`` is the day to move to."""

    day = DayField(required=False)
    region = forms.CharField(required=False, max_length=12)
    to = DayField(required=False)


class _SeenField(forms.MultipleChoiceField):
    """Sessions as the page named them: also one that somebody else has called off meanwhile."""

    def valid_value(self, value: str) -> bool:
        return _KEY.fullmatch(value) is not None


class _SessionsForm(forms.Form):
    """Sessions of a page, each at the date at which it was seen."""

    sessions = _SeenField(error_messages={"required": _("Choose at least one session.")})

    def clean_sessions(self) -> list[tuple[int, int]]:
        """Return each session with its number, once."""
        found = [_KEY.fullmatch(key) for key in dict.fromkeys(self.cleaned_data["sessions"])]
        if len(found) > MOST:
            raise ValidationError(_("At most %(count)d sessions can be chosen at once.") % {"count": MOST})
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


class CallOffForm(_SessionsForm):
    """The sessions that do not take place, and the reason."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Families, crew and volunteers read it. Name no child."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class MoveForm(_SessionsForm, SubmissionMixin):
    """The sessions that are to be on another day, which day the page showed, and a note."""

    to = DayField(widget=PlainHiddenInput)
    note = forms.CharField(
        label=pgettext_lazy("remark", "Note"),
        help_text=_("The other side reads it, and it stands on the order's page. Name no child."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class _NumbersField(forms.MultipleChoiceField):
    """Proposals by number: also one that somebody else has answered meanwhile."""

    def valid_value(self, value: str) -> bool:
        return whole_number(value) is not None


class AnswerForm(SubmissionMixin):
    """The proposals that are agreed to, or declined, together."""

    proposals = _NumbersField(error_messages={"required": _("Choose at least one session.")})

    def clean_proposals(self) -> list[int]:
        """Return each proposal, once."""
        found = [int(pk) for pk in dict.fromkeys(self.cleaned_data["proposals"])]
        if len(found) > MOST:
            raise ValidationError(_("At most %(count)d sessions can be chosen at once.") % {"count": MOST})
        return found

    @property
    def picked(self) -> set[int]:
        """What was ticked, as it was sent."""
        assert isinstance(self.data, QueryDict)  # a posted form
        return {int(pk) for pk in self.data.getlist("proposals") if whole_number(pk) is not None}
