"""Forms: a day is one that a calendar can reckon with."""

import pytest
from django import forms
from django.urls import get_resolver

from core.forms import DayField, MomentField
from tests.architecture import guards


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_day_of_an_odd_year_is_asked_again(text):
    with pytest.raises(forms.ValidationError, match="Look at the year"):
        DayField().clean(text)


@pytest.mark.parametrize("text", ["1900-01-01", "2024-02-29", "2199-12-31"])
def test_day_that_can_be_meant_is_read(text):
    assert DayField().clean(text).isoformat() == text


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "1899-12-31T12:00", "2200-01-01T12:00", "9999-12-31T23:59"])
def test_moment_of_an_odd_year_is_asked_again(text):
    """The city's hours before the first year broke the page on which an incident is written down."""
    with pytest.raises(forms.ValidationError, match="Look at the year"):
        MomentField().clean(text)


def test_moment_that_can_be_meant_is_read():
    assert MomentField().clean("2026-11-24T09:00").isoformat() == "2026-11-24T09:00:00+08:00"


def test_no_form_of_ours_takes_any_other_date():
    """A DateField takes the year 9999; adding a week to it, or the city's hours, broke the page."""
    narrow = {forms.DateField: DayField, forms.DateTimeField: MomentField}
    assert get_resolver().url_patterns  # every view is loaded, and with it every form
    ours = set(guards.apps())
    found = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in _forms(forms.BaseForm)
        if form.__module__.partition(".")[0] in ours
        for name, field in getattr(form, "base_fields", {}).items()
        if any(isinstance(field, wide) and not isinstance(field, kept) for wide, kept in narrow.items())
    ]
    assert found == []


def _forms(form):
    return {form, *(one for each in form.__subclasses__() for one in _forms(each))}
