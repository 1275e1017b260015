"""Marks and words after a session."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from activities.reviews import MAX_TEXT, TAGS
from users.phones import normalise

MARKS = [
    (5, _("very satisfied")),
    (4, _("satisfied")),
    (3, _("so-so")),
    (2, _("not satisfied")),
    (1, _("not at all satisfied")),
]


class ReviewForm(forms.Form):
    """A mark, a few words to tick, a few to write."""

    mark = forms.TypedChoiceField(
        label=_("How was it?"),
        choices=MARKS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the five marks.")},
    )
    tags = forms.MultipleChoiceField(
        label=_("What fits"), choices=list(TAGS.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    text = forms.CharField(
        label=_("In your words"),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Please write no names. At most 500 characters."),
    )


class InviteForm(forms.Form):
    """Whom to ask for a review: what they sign in with."""

    address = forms.CharField(
        label=_("Their e-mail or phone"),
        max_length=254,
        help_text=_("What they sign in with here."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_address(self) -> str:
        """Return the e-mail or the phone number as it is stored."""
        text: str = self.cleaned_data["address"]
        try:
            if "@" in text:
                validate_email(text)
                return text
            return normalise(text)
        except (ValueError, ValidationError):
            raise ValidationError(_("Write an e-mail address or a phone number.")) from None


class ReplyForm(forms.Form):
    """The provider's answer."""

    text = forms.CharField(label=_("Reply"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3}))


class HideForm(forms.Form):
    """Why a review is taken out of sight."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
