"""What people fill in about clearances and consents."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import DayField, PlainHiddenInput, SeenMixin, SubmissionMixin
from people.models import Guardian
from people.models.guardian import GuardianQuerySet
from safeguarding.models import BackgroundCheck, ConsentText
from safeguarding.models.health import MOST_CHARACTERS
from safeguarding.models.worker import course_title


class DateInput(forms.DateInput):
    """A date as browsers ask for it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CheckForm(SubmissionMixin):
    """The result of a record query. There is no field for details, on purpose."""

    result = forms.ChoiceField(
        label=_("Result"), choices=BackgroundCheck.Result.choices, widget=forms.RadioSelect, required=True
    )
    checked_on = DayField(label=_("Day of the query"), widget=DateInput())
    valid_until = DayField(
        label=_("Valid until"), widget=DateInput(), required=False, help_text=_("Empty: a year from the query.")
    )
    reference = forms.CharField(
        label=pgettext_lazy("check", "Reference"),
        max_length=60,
        help_text=_("The number of the reply. Never write what it says."),
    )
    of_age = forms.BooleanField(
        label=_("I have seen on an identity document that this person is 18 or older"),
        required=False,
        help_text=_("Without it only somebody whose birth date is on record here can be with children."),
    )


class TrainingForm(forms.Form):
    """A completed course."""

    course = forms.ChoiceField(label=_("Course"))
    completed_on = DayField(label=_("Completed on"), widget=DateInput())
    valid_until = DayField(label=_("Valid until"), widget=DateInput(), required=False)

    def __init__(self, *args: Any, courses: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["course"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(course, course_title(course)) for course in courses]


class SuspensionForm(SubmissionMixin):
    """Keeping somebody away from children for a time."""

    from_on = DayField(label=pgettext_lazy("period", "From"), widget=DateInput())
    until_on = DayField(label=_("Until"), widget=DateInput(), required=False, help_text=_("Empty: until it is lifted."))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class FamilySuspensionForm(SuspensionForm):
    """Suspending a guardian's sign-ups for a time."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The guardian reads it. Name no child and nobody else."),
    )


class GuardianField(forms.ModelChoiceField[Guardian]):
    """One of the child's guardians."""


class AnswerForm(forms.Form):
    """An answer to one consent text. Agreeing and refusing weigh the same."""

    answer = forms.ChoiceField(choices=[("given", _("I agree")), ("refused", _("I do not agree"))])
    text = forms.IntegerField(widget=forms.HiddenInput)
    guardian = GuardianField(Guardian.objects.none(), label=_("Signed by"), required=False)
    paper_on = DayField(label=_("Date on the signed paper"), widget=DateInput(), required=False)

    def __init__(self, *args: Any, guardians: GuardianQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["guardian"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = guardians


class TextMixin(forms.Form):
    """A form with a box that agrees to a text carries the number of the text that stood beside it."""

    agrees_to = forms.IntegerField(widget=PlainHiddenInput, required=False)
    box: ClassVar = "agreed"

    def stand_beside(self, text: ConsentText) -> None:
        """Carry the text that the page shows. A tick beside other words is taken out; what was written stays."""
        self.initial["agrees_to"] = text.pk
        if isinstance(self.data, QueryDict) and self.data.get("agrees_to") != str(text.pk):
            data = self.data.copy()
            data.pop(self.box, None)
            data["agrees_to"] = str(text.pk)
            self.data = data


class HealthNoteForm(SeenMixin, TextMixin):
    """What staff on duty have to know. Where no consent stands, it is asked for here, on its own and un-ticked."""

    text = forms.CharField(
        label=_("What the staff have to know"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("For example an allergy, medicine, what to do. At most 300 characters; no numbers of documents."),
        error_messages={"required": _("Write what the staff have to know, or delete the note.")},
    )
    agreed = forms.BooleanField(
        label=_("I agree that the staff on duty read this health note"),
        help_text=_("Only if you want to leave a note. Refusing changes nothing; you can take it back at any time."),
        error_messages={"required": _("Tick the box if the staff on duty may read the note; else nothing is saved.")},
    )

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["agreed"], self.fields["agrees_to"]
