"""Forms about one's own account."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, SignupForm, VerifyPhoneForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from users.models import User


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


class SignUpForm(SignupForm):
    """Make a login with e-mail and password. Who has a phone comes in with a code, and needs no form."""

    def _get_signup_fields(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        fields = super()._get_signup_fields(kwargs)
        return {name: rule for name, rule in fields.items() if name != "phone"}

    def try_save(self, request: HttpRequest) -> Any:
        """Take as long for an address that has a login already: a password is hashed either way."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


_DIGITS = {"inputmode": "numeric", "maxlength": "12", "placeholder": ""}


class LoginCodeForm(ConfirmLoginCodeForm):
    """The six digits of a text message or mail, on a phone's keyboard of digits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update(_DIGITS)


class PhoneCodeForm(VerifyPhoneForm):
    """The six digits that prove a new number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update(_DIGITS)
