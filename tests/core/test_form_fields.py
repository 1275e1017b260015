import re
from datetime import UTC, date, datetime

import pytest
from django import forms
from django.template import engines
from django.utils import translation

from core.forms import whole_number
from core.templatetags.form_fields import problems

HOSTILE = "<b>Ann</b>"


class Everything(forms.Form):
    name = forms.CharField(label="Name", help_text="As in the register.", widget=forms.TextInput({"class": "num"}))
    about = forms.CharField(label="About", required=False, widget=forms.Textarea)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", HOSTILE)])
    size = forms.ChoiceField(label="Size", choices=[("s", "Small"), ("l", HOSTILE)], widget=forms.RadioSelect)
    days = forms.MultipleChoiceField(label="Days", choices=[("1", "Mon")], widget=forms.CheckboxSelectMultiple)
    agreed = forms.BooleanField(label="Agreed", help_text="Once.")
    file = forms.FileField(label="File", required=False)
    born = forms.DateField(label="Born", required=False)
    at = forms.TimeField(label="At", required=False)
    starts = forms.DateTimeField(label="Starts", required=False)
    number = forms.IntegerField(label="Number", required=False)
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Together they do not fit.")


def written(name: str, form: forms.BaseForm | None = None, source: str = "{% field bound %}", **context) -> str:
    form = form or Everything()
    return engines["django"].from_string(source).render({"bound": form[name], **context})


def test_field_brings_label_hint_and_input_together():
    html = written("name")

    assert '<label for="id_name">Name</label>' in html
    assert '<div class="hint" id="id_name_hint">As in the register.</div>' in html
    assert 'class="input num"' in html
    assert 'aria-describedby="id_name_hint"' in html
    assert html.index("<label") < html.index("hint") < html.index("<input")


def test_field_with_an_error_says_it_between_hint_and_input():
    html = written("name", Everything({}))

    assert 'class="field has-error"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert html.count("aria-invalid") == 1
    assert html.index("id_name_hint") < html.index("Fill in “Name”.") < html.index("<input")


def test_field_escapes_what_people_typed_and_chose():
    form = Everything({"name": HOSTILE, "kind": "b", "size": "l"})

    assert HOSTILE not in written("name", form) + written("kind", form) + written("size", form)


def test_optional_field_says_so():
    assert "(optional)" in written("about")
    assert "(optional)" not in written("name")
    with translation.override("zh-hans"):
        assert "（选填）" in written("about")


def test_textarea_is_four_rows_unless_the_form_says():
    assert 'rows="4"' in written("about")


@pytest.mark.parametrize(
    ("name", "html_type", "value", "shown"),
    [
        ("born", "date", date(2016, 2, 29), "2016-02-29"),
        ("at", "time", datetime(2026, 1, 1, 9, 30, tzinfo=UTC).time(), "09:30"),
        ("starts", "datetime-local", datetime(2026, 11, 28, 9, 30, tzinfo=UTC), "2026-11-28T17:30"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_dates_and_times_use_the_browsers_own_input(language, name, html_type, value, shown):
    with translation.override(language):
        html = written(name, Everything(initial={name: value}))

    assert f'type="{html_type}"' in html
    assert f'value="{shown}"' in html


def test_choices_are_a_group_with_a_legend_and_whole_rows():
    html = written("size", Everything({}), "{% field bound grid='two' %}")

    assert "<legend" in html
    assert '<div class="two" id="id_size">' in html
    assert '<label class="choice" for="id_size_0">' in html
    assert '<fieldset class="field has-error" aria-describedby="id_size_error">' in html


def test_several_choices_are_checkboxes():
    assert 'type="checkbox"' in written("days")


def test_single_checkbox_is_one_row_with_its_hint():
    html = written("agreed", Everything({}))

    assert '<b>Agreed</b><span class="hint" id="id_agreed_hint">Once.</span>' in html
    assert 'aria-describedby="id_agreed_hint id_agreed_error"' in html
    assert len(re.findall("id_agreed_hint", html)) == 2


def test_field_takes_another_label_and_hint():
    html = written("file", None, "{% field bound label='A photo' hint='Up to 5 MB.' %}")

    assert "A photo" in html
    assert "Up to 5 MB." in html
    assert 'type="file"' in html


def test_hidden_field_is_only_its_input():
    assert written("secret").strip() == '<input type="hidden" name="secret" id="id_secret">'


def test_numbers_keep_their_input():
    assert 'type="number"' in written("number")


def test_error_summary_links_to_each_field_in_its_words():
    html = engines["django"].from_string("{% error_summary form %}").render({"form": Everything({})})

    assert "Together they do not fit." in html
    assert '<a href="#id_name">Fill in “Name”.</a>' in html
    assert '<a href="#id_size_0">' in html
    assert "#id_secret" not in html
    assert "7 things to put right" in html
    assert "autofocus" in html


def test_error_summary_of_a_good_form_is_nothing():
    class Good(forms.Form):
        pass

    html = (
        engines["django"].from_string("{% error_summary form none %}{% error_prefix form %}").render({"form": Good({})})
    )

    assert html.strip() == ""


def test_title_of_a_page_with_errors_begins_with_the_word():
    source = engines["django"].from_string("{% error_prefix form %}Order")

    assert source.render({"form": Everything({})}) == "Error: Order"
    with translation.override("zh-hans"):
        assert source.render({"form": Everything({})}) == "错误：Order"


def test_problems_of_formsets_name_each_forms_input():
    class Row(forms.Form):
        day = forms.DateField()

    rows = forms.formset_factory(Row, extra=1, min_num=1, validate_min=True)(
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-1-day": "never"}
    )

    found = problems(rows, None)

    assert {"text": "Day: Enter a valid date.", "target": "id_form-1-day"} in found


def test_problems_of_a_whole_formset_stand_first():
    class Row(forms.Form):
        day = forms.DateField()

    rows = forms.formset_factory(Row, min_num=1, validate_min=True, extra=0)(
        {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}
    )

    assert problems(rows)[0] == {"text": "Please submit at least 1 form.", "target": ""}


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("0", 0), ("", None), ("-1", None), ("²", None), ("１２", None), ("1e5", None), ("9" * 19, None)],
)
def test_whole_number_reads_ordinary_digits_only(text, number):
    assert whole_number(text) == number
