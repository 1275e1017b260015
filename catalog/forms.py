"""The programme editor's form, the rows of its steps, the filter of the menu, a reason."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from catalog.models import Programme
from catalog.models.content import CONTENT_FIELDS, MAX_PRICE, MAX_STEPS
from catalog.queries import AGES, SORTS, WHENS, Criteria, age_label
from catalog.search import MAX_QUERY
from catalog.services import STEP_TEXTS
from core.errors import DomainError
from core.files import clean_image
from core.forms import PlainHiddenInput, SeenMixin, SubmissionMixin, whole_number
from core.money import BadAmount, format_plain, parse_money

MIN_ROWS = 3
FREE_ROWS = 1  # empty rows below the written ones


class MoneyField(forms.Field):
    """An amount as people write it, kept in minor units."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "maxlength": "20"})

    def prepare_value(self, value: Any) -> Any:
        return format_plain(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            minor = parse_money(str(value))
        except BadAmount as refusal:
            raise forms.ValidationError(str(refusal)) from None
        if not 0 <= minor <= MAX_PRICE:
            raise forms.ValidationError(_("The price per session lies between ¥0.00 and ¥100,000.00."))
        return minor


class ProgrammeForm(SubmissionMixin, SeenMixin, forms.ModelForm):  # type: ignore[type-arg]
    """Everything that a programme says but its steps. It validates; ``catalog.services`` writes."""

    price = MoneyField(
        label=_("Price per session (yuan)"),
        help_text=_("What the League pays for one session held. Everybody can see it."),
    )
    series_name = forms.CharField(
        label=_("Series"),
        max_length=50,
        required=False,
        help_text=_("Such as 周末实践营. Leave it empty if there is none."),
    )
    series_name_en = forms.CharField(label=_("Series in English"), max_length=100, required=False)

    class Meta:
        model = Programme
        fields = [name for name in CONTENT_FIELDS if name not in {"steps", "currency"}]
        widgets = {
            name: forms.Textarea(attrs={"rows": rows})
            for name, rows in [
                ("summary", 2),
                ("summary_en", 2),
                ("description", 6),
                ("description_en", 6),
                ("risks", 2),
                ("risks_en", 2),
            ]
        } | {"photo": forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["theme"].empty_label = _("Choose a theme")  # type: ignore[attr-defined]
        self.fields["price"].initial = None

    def clean_photo(self) -> Any:
        """Decode the picture and encode it anew, without metadata."""
        photo = self.cleaned_data["photo"]
        if not isinstance(photo, UploadedFile):
            return photo or ""  # what the field holds where there is none: nothing has changed
        try:
            return clean_image(photo)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self) -> dict[str, Any]:
        """Compare the pairs of numbers."""
        data = super().clean() or self.cleaned_data
        for low, high in [("min_age", "max_age"), ("min_group", "max_group")]:
            if data.get(low) is not None and data.get(high) is not None and data[low] > data[high]:
                self.add_error(high, _("The first number must not be larger than the second."))
        return data

    def content(self) -> dict[str, Any]:
        """Return what the person wrote, as ``catalog.services`` takes it."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class StepForm(forms.Form):
    """One step of a session; a row left empty is dropped."""

    mark = forms.CharField(label=_("Sign"), max_length=STEP_TEXTS["mark"], required=False)
    title = forms.CharField(label=_("Step"), max_length=STEP_TEXTS["title"])
    title_en = forms.CharField(label=_("In English"), max_length=STEP_TEXTS["title_en"], required=False)
    text = forms.CharField(
        label=_("What happens"), max_length=STEP_TEXTS["text"], required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    text_en = forms.CharField(
        label=_("What happens, in English"),
        max_length=STEP_TEXTS["text_en"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=600)


_StepFormSet = forms.formset_factory(StepForm, extra=0, max_num=MAX_STEPS, absolute_max=MAX_STEPS)
_MAY_BE_EMPTY = {"empty_permitted": True, "use_required_attribute": False}


def step_rows(data: Any = None, *, steps: Any = ()) -> Any:
    """Return the rows of steps: bound to ``data``, or filled with ``steps`` and some empty rows below."""
    if data is not None:
        return _StepFormSet(data, prefix="steps", form_kwargs=_MAY_BE_EMPTY)
    count = min(max(len(steps) + FREE_ROWS, MIN_ROWS), MAX_STEPS)
    rows = [*steps, *([{}] * (count - len(steps)))][:MAX_STEPS]
    return _StepFormSet(prefix="steps", initial=rows, form_kwargs={"use_required_attribute": False})


def written_steps(rows: Any) -> list[dict[str, Any]]:
    """Return the steps of valid rows, empty ones dropped."""
    return [{name: form.cleaned_data.get(name) for name in form.fields} for form in rows if form.has_changed()]


def unchecked_steps(data: Any) -> list[dict[str, Any]]:
    """Return what stands in the rows of a form that asks for one row more, unchecked."""
    count = min(whole_number(str(data.get("steps-TOTAL_FORMS", ""))) or 0, MAX_STEPS)
    return [{name: data.get(f"steps-{i}-{name}", "") for name in StepForm.base_fields} for i in range(count)]


class ReasonForm(forms.Form):
    """Why somebody takes something off, back or away."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


class SeenForm(forms.Form):
    """Which state of the text the reviewer has read."""

    seen = forms.IntegerField(widget=PlainHiddenInput)


class FilterForm(forms.Form):
    """What people look for on the menu. It never refuses: a value that means nothing is left out."""

    q = forms.CharField(
        label=_("What are you looking for?"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Such as court, fire, paper-cutting")}),
    )
    age = forms.ChoiceField(label=_("Age"), required=False)
    region = forms.ChoiceField(label=_("Area"), required=False)
    when = forms.ChoiceField(label=_("Date"), required=False)
    free = forms.BooleanField(label=_("Places left"), required=False)
    theme = forms.CharField(widget=forms.HiddenInput, required=False)
    sort = forms.CharField(widget=forms.HiddenInput, required=False)

    WHENS = {"weekend": _("By this weekend"), "week": _("Within 7 days"), "month": _("Within 30 days")}

    def __init__(self, *args: Any, regions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ages = [(age, age_label(*span)) for age, span in AGES.items()]
        self.choices: dict[str, list[tuple[str, Any]]] = {
            "age": [("", _("All ages")), *ages],
            "region": [("", _("Everywhere")), *regions],
            "when": [("", _("Any date")), *self.WHENS.items()],
        }
        for name, choices in self.choices.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name in ("q", "age", "region", "when"):
            self.fields[name].widget.attrs["class"] = "input"


def criteria(data: Any, *, themes: list[str]) -> Criteria:
    """Return what an address asks for; a value that means nothing is left out."""

    def word(name: str) -> str:
        return str(data.get(name, "")).replace("\x00", "").strip()

    age, theme, when, sort = word("age"), word("theme"), word("when"), word("sort")
    known_age = age in AGES or (len(age) <= 2 and (whole_number(age) or 36) <= 35)
    region = word("region")
    return Criteria(
        q=word("q")[:MAX_QUERY],
        age=age if known_age else "",
        theme=theme if theme in themes else "",
        region=region if region.isascii() and region.isdigit() and len(region) <= 12 else "",
        when=when if when in WHENS else "",
        free=bool(word("free")) and word("free") != "0",
        sort=sort if sort in SORTS else "",
    )
