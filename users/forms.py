"""Forms about one's own account."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class DetailsForm(forms.Form):
    """How one is called, and in which language one is written to."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Staff and offices see it when you act for an organisation or sign up."),
        error_messages={"required": _("Write your name.")},
    )
    language = forms.ChoiceField(label=_("Language of messages"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
