"""What a form says about a field that is wrong: a sentence that names the field, also away from it."""

from collections.abc import Iterator
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

_CHOSEN = (forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.NullBooleanSelect)


class Mistake(NamedTuple):
    """One error of a field: as it reads beside the field, and as it reads in a list of all of them."""

    here: str
    listed: str


def _missing(widget: forms.Widget, name: str) -> str:
    """Ask for what was left out, in the verb of its widget."""
    label = {"label": name}
    if isinstance(widget, forms.FileInput):
        return _("Choose a file for “%(label)s”.") % label
    if isinstance(widget, _CHOSEN):
        return _("Choose an answer for “%(label)s”.") % label
    if isinstance(widget, forms.CheckboxInput):
        return _("Tick “%(label)s”.") % label
    return _("Fill in “%(label)s”.") % label


def _is_djangos(error: ValidationError) -> bool:
    return str(error.message) == str(forms.Field.default_error_messages["required"])


def mistakes(bound: BoundField, label: str = "") -> Iterator[Mistake]:
    """Return a field's errors. Sentences of our own stand alone; general ones get the field's name before them.

    ``label`` is how the page calls the field, where that is not the form's own name for it.
    """
    name = strip_tags(str(label or bound.label)).strip().rstrip(":：")
    for error in bound.errors.as_data():
        text = " ".join(str(part) for part in error.messages)
        if error.code == "required":
            text = _missing(bound.field.widget, name) if _is_djangos(error) else text
            yield Mistake(text, text)
        elif error.code:
            yield Mistake(text, _("%(label)s: %(error)s") % {"label": name, "error": text})
        else:
            yield Mistake(text, text)
