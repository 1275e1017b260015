"""Phone numbers: however people write one, it is stored one way (E.164)."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.formats import phone_text

COUNTRY = "86"
_DIGITS = str.maketrans("０１２３４５６７８９＋", "0123456789+")
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_LANDLINE = re.compile(r"^0\d{9,11}$")
_TEXTED = re.compile(rf"^\+{COUNTRY}1[3-9]\d{{9}}$")
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")


def normalise(text: str) -> str:
    """Return the number as it is stored, such as ``+8613800000000``; without a country code it is a local one.

    Raises:
        ValueError: it is no phone number.
    """
    digits = re.sub(r"[\s\-()（）.·—–]", "", text.translate(_DIGITS))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif _MOBILE.match(digits):
        digits = f"+{COUNTRY}{digits}"
    elif _LANDLINE.match(digits):
        digits = f"+{COUNTRY}{digits[1:]}"
    elif re.match(rf"^{COUNTRY}1[3-9]\d{{9}}$", digits):
        digits = f"+{digits}"
    if not _E164.match(digits):
        raise ValueError(text)
    return digits


def display(number: str) -> str:
    """Return a stored number as people here read it: local ones without the country code."""
    return phone_text(number)


def is_texted(number: str) -> bool:
    """Tell whether a stored number gets our text messages: a mobile one of here, or one of a country that we added."""
    if number.startswith(f"+{COUNTRY}"):
        return _TEXTED.match(number) is not None
    return number.startswith(tuple(f"+{each}" for each in settings.SMS_OTHER_COUNTRIES))


def texted_only() -> str:
    """Return the sentence for a number that gets no text messages."""
    others = ", ".join(f"+{each}" for each in settings.SMS_OTHER_COUNTRIES)
    if not others:
        return _(
            "We text mobile numbers of mainland China only, such as 138 0000 0000. Log in with your e-mail instead."
        )
    sentence = _(
        "We text mobile numbers of mainland China and those that begin with %(others)s only. "
        "Log in with your e-mail instead."
    )
    return sentence % {"others": others}


class PhoneField(forms.CharField):
    """A form field for one phone number, stored in one way."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 25)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored number as people write it."""
        return display(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        """Return the stored form, or say that it is no number."""
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return normalise(text)
        except ValueError:
            refusal = _("This is no phone number. Write a mobile number such as 138 0000 0000.")
            raise ValidationError(refusal, code="invalid") from None


class TextedPhoneField(PhoneField):
    """A form field for a number that a code is texted to."""

    def clean(self, value: Any) -> str:
        """Return the stored form, or say which numbers we text."""
        number = super().clean(value)
        if number and not is_texted(number):
            raise ValidationError(texted_only(), code="not_texted")
        return number
