"""What people fill in about concerns: those who report, and those who act."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from concerns.lifecycle import LONGEST_FOLLOW_UP
from concerns.models import MAX_WORDS, Category, Concern, HandOff
from concerns.queries import organisations_concerned
from core.forms import DayField, MomentField, SubmissionMixin
from core.time import today
from organisations.forms import AreaForm
from organisations.models import Organisation


def _words(label: Any, *, rows: int, required: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MAX_WORDS,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=hint,
    )


class _CategoryField(forms.ModelChoiceField[Category]):
    """One of the categories in use."""

    widget = forms.RadioSelect

    def label_from_instance(self, obj: Category) -> str:
        return str(obj)


def _categories() -> _CategoryField:
    return _CategoryField(
        Category.objects.none(),
        label=_("What is it about?"),
        empty_label=None,
        error_messages={"required": _("Choose what it is about. If you are not sure, choose the last one.")},
    )


class _ReportForm(SubmissionMixin):
    """What both ways of reporting have."""

    category = _categories()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, _CategoryField)
        field.queryset = Category.objects.filter(is_active=True)


class OrganisationField(forms.ModelChoiceField[Organisation]):
    """One of the organisations here."""


class PublicReportForm(_ReportForm, AreaForm):
    """A report by anybody, with or without a login."""

    with_counties = True
    community_required = False

    words = _words(
        _("What did you see or hear?"), rows=6, hint=_("What, when, where, who was there. You need no proof.")
    )
    who = forms.CharField(
        label=_("Which child?"),
        max_length=200,
        required=False,
        help_text=_("A name, a school, an age: whatever you know, so that the child can be found."),
    )
    about = OrganisationField(
        Organisation.objects.none(),
        label=_("Is it about somebody of one of these organisations?"),
        required=False,
        empty_label=_("No, or I do not know"),
        help_text=_("Then nobody there gets to see this report."),
    )
    contact = forms.CharField(
        label=_("How can we reach you?"),
        max_length=200,
        required=False,
        help_text=_("Leave it empty to stay anonymous."),
    )
    named = forms.BooleanField(label=_("Send it with my name"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["about"]
        assert isinstance(field, OrganisationField)
        field.queryset = organisations_concerned()


class TapForm(_ReportForm):
    """A report from a list: the child is known, one tap on a category sends it; words are welcome, not needed."""

    words = _words(_("What did you see or hear?"), rows=3, required=False)
    named = forms.BooleanField(label=_("Send it with my name"), required=False, initial=True)


class MoreWordsForm(SubmissionMixin):
    """What the reporter adds."""

    words = _words(_("What else did you see or hear?"), rows=5)


class HandOffForm(SubmissionMixin):
    """To whom a concern was handed on."""

    agency = forms.ChoiceField(label=_("Handed on to"), choices=HandOff.Agency.choices)
    told_at = MomentField(
        label=_("When they were told"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=timezone.now,
    )
    reference = forms.CharField(
        label=_("Their number"), max_length=60, help_text=_("The number of the hotline's work order, or who answered.")
    )
    words = _words(_("What was agreed"), rows=3, required=False)


class FollowForm(SubmissionMixin):
    """What was found, and when somebody looks again."""

    words = _words(_("What did you find?"), rows=4)
    next_on = DayField(label=_("Look again by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on = today(timezone.now())
        self.fields["next_on"].widget.attrs |= {"min": on.isoformat(), "max": (on + LONGEST_FOLLOW_UP).isoformat()}


class CloseForm(SubmissionMixin):
    """How it ended."""

    outcome = forms.ChoiceField(
        label=pgettext_lazy("concern", "How did it end?"), choices=Concern.Outcome.choices, widget=forms.RadioSelect
    )
    words = _words(_("What was done, and why it can be closed"), rows=4)
