"""What is asked before a list leaves the site, before somebody is erased, and about incidents."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import RosterAccess
from core.forms import DayField, MomentField, SeenMixin, SubmissionMixin, whole_number
from organisations.models import Organisation
from privacy import affected, register
from privacy.lifecycle import Facts
from privacy.models import Incident, Telling
from privacy.models.incident import MAX_NOTICE, MAX_WORDS
from privacy.rosters import PURPOSES


class RosterForm(SubmissionMixin):
    """What a list of names is wanted for."""

    purpose = forms.ChoiceField(
        label=_("What is the list for?"),
        choices=[(each.value, each.label) for each in PURPOSES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what the list is for: the families read it.")},
    )


class EraseForm(forms.Form):
    """Whoever erases says that they know it cannot be undone."""

    sure = forms.BooleanField(
        label=_("I know that this cannot be undone"),
        error_messages={"required": _("Tick the box if you really mean it: it cannot be undone.")},
    )


def _words(
    label: Any, hint: Any = "", *, rows: int = 3, required: bool = False, most: int = MAX_WORDS, lang: str = ""
) -> forms.CharField:
    attrs: dict[str, Any] = {"rows": rows} | ({"lang": lang} if lang else {})
    return forms.CharField(
        label=label, max_length=most, required=required, widget=forms.Textarea(attrs=attrs), help_text=hint
    )


def _moment(label: Any, *, required: bool = True, hint: Any = "") -> MomentField:
    return MomentField(label=label, required=required, help_text=hint)


def _day(label: Any, hint: Any = "") -> DayField:
    return DayField(label=label, required=False, help_text=hint, widget=forms.DateInput(format="%Y-%m-%d"))


class IncidentForm(SubmissionMixin, SeenMixin):
    """What is known about an incident; what is not known yet is added later."""

    kind = forms.ChoiceField(label=_("What kind"), choices=Incident.Kind.choices, widget=forms.RadioSelect)
    grade = forms.ChoiceField(
        label=_("Grade"),
        choices=Incident.Grade.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "From “larger” on the authority has to know within hours. If you are not sure, take the higher one."
        ),
    )
    found_at = _moment(pgettext_lazy("incident", "Found"), hint=_("The clock for the authority runs from here."))
    began_at = _moment(pgettext_lazy("incident", "Began"), required=False, hint=_("Empty if nobody knows."))
    what = _words(_("What happened"), _("No names: officers and auditors read this."), rows=4, required=True)
    data_kinds = forms.MultipleChoiceField(
        label=_("Which data"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick the data that it is about.")},
    )
    may_follow = _words(_("What may follow"), _("For those concerned, such as calls by strangers."))
    remedy = _words(_("What was done"))
    advice = _words(_("What those concerned can do"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["data_kinds"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [(key, said.what) for key, said in register.kinds().items()]
        self.fields["found_at"].initial = timezone.now

    def facts(self) -> Facts:
        """Return what was filled in."""
        return Facts(**{name: self.cleaned_data[name] for name in Facts.__dataclass_fields__})


class ReportForm(forms.Form):
    """Which authority was told."""

    authority = forms.CharField(label=_("Reported to"), max_length=100)
    reported_at = _moment(pgettext_lazy("incident", "When"))
    reference = forms.CharField(
        label=_("Their number"), max_length=60, required=False, help_text=_("Or who took the call.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reported_at"].initial = timezone.now


class CloseIncidentForm(forms.Form):
    """What was learned."""

    lessons = _words(_("What was learned, and what is done so that it does not happen again"), rows=4, required=True)


class NoticeForm(forms.Form):
    """The words of the notice."""

    notice_zh = _words(_("Notice in Chinese"), rows=18, required=True, most=MAX_NOTICE, lang="zh-Hans")
    notice_en = _words(_("Notice in English"), rows=18, required=True, most=MAX_NOTICE, lang="en")


class TellForm(SubmissionMixin):
    """How staff told somebody themselves."""

    how = forms.ChoiceField(
        label=_("How you told them"), choices=[(how.value, how.label) for how in Telling.BY_STAFF], initial="phone"
    )
    at = _moment(pgettext_lazy("incident", "When"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = timezone.now


class LookersField(forms.ModelChoiceField[Organisation]):
    """One of the organisations whose people looked at names."""


class PickForm(forms.Form):
    """Whom an incident concerns, by what staff know."""

    way = forms.ChoiceField(label=_("Whom does it concern?"), choices=affected.WAYS.items(), widget=forms.RadioSelect)
    sessions = forms.CharField(
        label=_("Numbers of sessions"), max_length=1_000, required=False, help_text=_("Such as 12, 15, 19.")
    )
    order = forms.CharField(label=_("Number of the order"), max_length=24, required=False)
    contact = forms.CharField(label=_("E-mail or phone"), max_length=254, required=False)
    organisation = LookersField(
        Organisation.objects.none(),
        label=_("Organisation"),
        required=False,
        empty_label=pgettext_lazy("choice", "None"),
    )
    from_on = _day(pgettext_lazy("incident", "Looked from"), _("Empty: from the beginning."))
    until_on = _day(pgettext_lazy("incident", "Looked until"), _("Empty: until today."))

    NEEDS = {
        affected.SESSIONS: "sessions",
        affected.ORDER: "order",
        affected.LOOKS_BY: "contact",
        affected.LOOKS_OF: "organisation",
        affected.FAMILY: "contact",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        assert isinstance(field, LookersField)
        looked = RosterAccess.objects.exclude(on_behalf_of=None).values("on_behalf_of")
        field.queryset = Organisation.objects.filter(pk__in=looked).order_by("name", "pk")

    def clean_sessions(self) -> list[int]:
        """Return the numbers."""
        parts = self.cleaned_data["sessions"].replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
        numbers = [whole_number(part) for part in parts if part]
        if None in numbers or len(numbers) > affected.MOST_SESSIONS:
            raise forms.ValidationError(_("Write numbers with commas between them, 200 at most."))
        return [number for number in numbers if number is not None]

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen way needs."""
        given = super().clean() or {}
        needed = self.NEEDS.get(given.get("way", ""))
        if needed is not None and not given.get(needed) and needed not in self.errors:
            self.add_error(needed, _("This is needed to find them."))
        return given
