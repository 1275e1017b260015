"""What is wrong with a field, in a sentence that names it: who reads it away from the field must know which one."""

from django import forms
from django.core.exceptions import ValidationError
from django.template import engines
from django.utils import translation
from django.utils.html import format_html

from core.mistakes import mistakes
from core.templatetags.form_fields import problems


def refuse(_value):
    raise ValidationError("Nobody is called that.")


class Asked(forms.Form):
    name = forms.CharField(label="姓名", max_length=3)
    kind = forms.ChoiceField(label="类型", choices=[("a", "A")])
    days = forms.MultipleChoiceField(label="哪几天", choices=[("1", "1")], widget=forms.CheckboxSelectMultiple)
    agreed = forms.BooleanField(label=format_html("我已读<b>{}</b>", "承诺书"))
    photo = forms.FileField(label="照片")
    born = forms.CharField(label="生日", error_messages={"required": "请写生日。"})
    nick = forms.CharField(label="昵称", required=False, validators=[refuse])


def listed(language: str, **given: str) -> list[str]:
    with translation.override(language):
        return [problem["text"] for problem in problems(Asked(given, {}))]


def test_what_is_missing_is_asked_for_by_name_in_one_sentence():
    said = listed("zh-hans")

    assert said == [
        "请填写“姓名”。",
        "请选择“类型”。",
        "请选择“哪几天”。",
        "请勾选“我已读承诺书”。",
        "请上传“照片”。",
        "请写生日。",
    ]
    assert listed("en")[:2] == ["Fill in “姓名”.", "Choose an answer for “类型”."]


def test_a_general_complaint_gets_the_fields_name_and_our_own_sentence_does_not():
    said = listed("zh-hans", name="很长的名字", kind="z", nick="x")

    assert said[0].startswith("姓名：")
    assert said[1].startswith("类型：")
    assert said[-1] == "Nobody is called that."


def test_beside_the_field_the_same_words_stand_without_its_name():
    form = Asked({"name": "很长的名字"})

    html = (
        engines["django"]
        .from_string("{% field form.name %}{% field form.kind label='哪一类' %}")
        .render({"form": form})
    )

    with translation.override("zh-hans"):
        assert "姓名：" not in html
    assert "Choose an answer for “哪一类”." in html
    assert [m.here == m.listed for m in mistakes(form["kind"])] == [True]
