"""The form that adds a passkey. On its own, as allauth reads it with its models."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy as _


class PasskeyForm(AddWebAuthnForm):
    """Add a passkey; it opens the login alone unless one says otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the device")
        self.fields["name"].max_length = 50
        self.fields["name"].widget.attrs["maxlength"] = "50"
        alone = self.fields["passwordless"]
        alone.label, alone.initial = _("Log in with it alone"), True
        alone.help_text = _("The device asks for your face, fingerprint or screen lock.")
