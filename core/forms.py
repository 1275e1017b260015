"""Forms: every input goes through one. They validate and translate; services save."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.errors import StaleState
from core.formats import day_text

_DIGITS = 18  # what fits a database's number
_MAX_QUERY = 50
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also if it is empty: an empty form sent is told what it lacks, not taken for a look."""
    return request.POST if request.method == "POST" else None


def private_query(request: HttpRequest) -> str:
    """Return what somebody looks for among people. It comes by POST: no name stands in an address or its log."""
    return request.POST.get("q", "").replace("\x00", "").strip()[:_MAX_QUERY] if request.method == "POST" else ""


def whole_number(text: str) -> int | None:
    """Return the number that ordinary digits write; nothing for other digits, signs, or more than a number holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


class PlainHiddenInput(forms.HiddenInput):
    """A hidden input that writes itself, without three templates."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Write the input."""
        return format_html('<input type="hidden" name="{}" value="{}">', name, "" if value is None else value)


class PlainBoundField(forms.BoundField):
    """A hidden field on a page: it is written without labels, errors and attributes, which nobody sees."""

    def as_widget(self, widget: Any = None, attrs: Any = None, only_initial: bool = False) -> SafeString:
        """Write the input."""
        return (widget or self.field.widget).render(self.html_name, self.value())  # type: ignore[no-any-return]


class DayField(forms.DateField):
    """A day that can be meant: far from the first and last years, around which no calendar can reckon."""

    def to_python(self, value: Any) -> date | None:
        """Read the day; a mistyped year is said, not reckoned with."""
        day = super().to_python(value)
        _look_at_year(day)
        return day


class MomentField(forms.DateTimeField):
    """A moment that can be meant, like the days of a ``DayField``."""

    def to_python(self, value: Any) -> datetime | None:
        """Read the moment; a mistyped year is said, not reckoned with."""
        moment = super().to_python(value)
        _look_at_year(moment)
        return moment


def _look_at_year(day: date | None) -> None:
    if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        words = {"first": _FIRST_YEAR, "last": _LAST_YEAR}
        raise forms.ValidationError(_("Look at the year: it lies between %(first)d and %(last)d.") % words)


class SharedField(forms.Field):
    """A field that no form changes once it is declared: all forms share it, where Django copies one for each form."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return itself."""
        return self


class SubmissionField(SharedField, forms.UUIDField):
    """The one-time number of a form."""

    widget = PlainHiddenInput
    bound_field_class = PlainBoundField


class SubmissionMixin(forms.Form):
    """A form that makes a thing carries a one-time number, so that a double click makes it once."""

    submission_id = SubmissionField(initial=uuid.uuid4)


@dataclass(frozen=True)
class Difference:
    """One field in which what is saved now is not what somebody wrote, both as people read them."""

    label: str
    theirs: str
    yours: str
    lang: str = ""


class SeenMixin(forms.Form):
    """A form that changes a thing carries the state from which it was filled, so that it overwrites no newer one."""

    seen = forms.IntegerField(widget=PlainHiddenInput, required=False)
    meanwhile: Sequence[Difference] = ()

    def give_way(self, refusal: StaleState, differences: Sequence[Difference], *, seen: int) -> None:
        """Say who was faster and what differs, and keep all that was typed: sent once more, it goes through."""
        self.add_error(None, str(refusal))
        self.meanwhile = differences
        see_again(self, seen)

    def differences(self, saved: Any) -> list[Difference]:
        """Return in which of the thing's own fields this valid form says something else than what is saved now."""
        rows = [
            Difference(
                str(bound.label),
                _in_words(bound.field, getattr(saved, bound.name)),
                _in_words(bound.field, self.cleaned_data[bound.name]),
            )
            for bound in self.visible_fields()
            if hasattr(saved, bound.name)
        ]
        return [row for row in rows if row.theirs != row.yours]


def see_again(form: forms.Form, seen: int) -> None:
    """Let a sent form carry the present state, so that a person who read what changed can send it again."""
    assert isinstance(form.data, QueryDict)  # a posted form
    data = form.data.copy()
    data[form.add_prefix("seen")] = str(seen)
    form.data = data


def _in_words(field: forms.Field, value: Any) -> str:
    """Return a field's value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return day_text(value)
    return "" if value is None else str(field.prepare_value(value)).replace("\r\n", "\n")
