"""What families and clerks fill in: signing up, leaving."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, SharedField, SubmissionMixin, whole_number
from people.models import Child
from safeguarding.forms import TextMixin
from safeguarding.models import ConsentText

MOST_DATES = 100  # more than an order holds


class NumbersField(SharedField):
    """The ids of sessions that were ticked. What is no number, as no page of ours sends it, is dropped."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Read the numbers, each once."""
        numbers = [whole_number(str(one)) for one in (value or [])[:MOST_DATES]]
        return list(dict.fromkeys(one for one in numbers if one is not None))


class WordField(SharedField, forms.ChoiceField):
    """One of a few words that stand in the page."""


class PaperDayField(SharedField, DayField):
    """The date on a signed paper."""


class ChildrenField(SharedField):
    """The ids of the children that were ticked, as text, each once."""

    widget = forms.MultipleHiddenInput
    default_error_messages: ClassVar = {"required": _("Choose who takes part.")}

    def to_python(self, value: Any) -> list[str]:
        """Read the ids; whether they are offered is the form's to say."""
        return list(dict.fromkeys(str(one) for one in value or []))


class SignUpForm(SubmissionMixin):
    """Which children come, and what the guardian agrees to. Made at each request of a surge: its fields are shared."""

    children = ChildrenField()
    photo = WordField(choices=[("no", "no"), ("yes", "yes")], required=False)
    paper_on = PaperDayField(required=False)
    dates = WordField(choices=[("one", "one"), ("all", "all"), ("some", "some")], required=False)
    shown = NumbersField(required=False)
    on = NumbersField(required=False)
    backups = NumbersField(required=False)

    def __init__(self, *args: Any, children: Sequence[Child], **kwargs: Any) -> None:
        """Offer the children; a consent that the form shows is named after its child."""
        super().__init__(*args, **kwargs)
        self.offered = {str(child.pk): child for child in children}

    def clean_children(self) -> list[str]:
        """Only children who are offered can come."""
        chosen: list[str] = self.cleaned_data["children"]
        foreign = next((pk for pk in chosen if pk not in self.offered), None)
        if foreign is not None:
            message = forms.MultipleChoiceField.default_error_messages["invalid_choice"]
            raise forms.ValidationError(message, code="invalid_choice", params={"value": foreign})
        return chosen

    def dates_beside(self, pk: int) -> list[int] | None:
        """Return the dates of the series that were chosen; nothing where it is the page's own date ``pk`` alone.

        All are those that the page showed.
        """
        data = self.cleaned_data
        chosen: dict[str, list[int]] = {"all": data["shown"], "some": data["on"]}
        dates = chosen.get(data["dates"])
        return None if dates == [pk] else dates

    @property
    def chosen(self) -> list[Child]:
        """The children who come."""
        return [self.offered[pk] for pk in self.cleaned_data["children"]]

    def text_beside(self, purpose: str) -> int | None:
        """Return the number of the consent text that stood on the page; nothing if the page asked for none."""
        return whole_number(self.data.get(f"text_{purpose}", ""))

    def was_beside_another(self, text: ConsentText | None) -> bool:
        """Tell whether this sent form came from a page without the text: a tick on it agrees to other words."""
        return self.is_bound and text is not None and self.text_beside(text.purpose) != text.pk

    def agreed_for(self, child: Child) -> bool:
        """Whether the box that lets this child take part was ticked."""
        return bool(self.data.get(f"consent_{child.pk}"))


class ManyForm(SubmissionMixin, TextMixin):
    """Which children of an office's families come, and that the guardians have signed."""

    box = "has_papers"

    has_papers = forms.BooleanField(
        label=_("I have the signed paper of every chosen child whose consent is missing"), required=False
    )
    paper_on = DayField(label=_("Date on the signed papers"), required=False, widget=forms.DateInput)

    def __init__(self, *args: Any, children: Sequence[Child], **kwargs: Any) -> None:
        """Offer the children."""
        super().__init__(*args, **kwargs)
        self.offered = {str(child.pk): child for child in children}
        self.fields["children"] = forms.MultipleChoiceField(
            choices=[(pk, "") for pk in self.offered], error_messages={"required": _("Choose who takes part.")}
        )

    def clean(self) -> dict[str, Any]:
        """A paper has a date."""
        cleaned = super().clean() or {}
        if cleaned.get("has_papers") and not cleaned.get("paper_on") and "paper_on" not in self.errors:
            self.add_error("paper_on", _("Write the date that stands on the signed papers."))
        return cleaned

    @property
    def chosen(self) -> list[Child]:
        """The children who come."""
        return [self.offered[pk] for pk in dict.fromkeys(self.cleaned_data["children"])]


class CancelForm(forms.Form):
    """Why a place is given back; nobody has to say."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class LeaveForm(CancelForm):
    """Which of the family's children leave all dates that are left."""

    def __init__(self, *args: Any, children: Sequence[Child], **kwargs: Any) -> None:
        """Offer the children who are signed up; one alone needs no choice."""
        super().__init__(*args, **kwargs)
        self.offered = {str(child.pk): child for child in children}
        choices = [(pk, "") for pk in self.offered]
        self.fields["children"] = forms.MultipleChoiceField(
            choices=choices, error_messages={"required": _("Choose who leaves.")}, required=len(choices) > 1
        )

    @property
    def leaving(self) -> set[int]:
        """The ids of the children who leave."""
        return {self.offered[pk].pk for pk in self.cleaned_data["children"] or self.offered}
