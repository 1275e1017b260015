"""One form for each verb. Each carries the revision that the page showed, so that a stale one is noticed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import DayField, SeenMixin, SubmissionMixin
from core.time import at
from orders.forms.draft import PlaceMixin
from orders.models import Attachment, PlannedSession
from organisations.models import Membership

_NOTE = {"rows": 3}


class SeenForm(SeenMixin):
    """Nothing but the revision that was seen."""


class NoteForm(SeenForm):
    """A verb with an optional note."""

    note = forms.CharField(
        label=pgettext_lazy("remark", "Note"),
        help_text=_("The others read it on the order's page. Name no child."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs=_NOTE),
    )


class ReasonForm(SeenForm):
    """A verb that needs a reason."""

    note = forms.CharField(
        label=_("Reason"),
        help_text=_("The others read it on the order's page. Name no child."),
        max_length=1000,
        widget=forms.Textarea(attrs=_NOTE),
    )


class CrewMixin(forms.Form):
    """Who goes: the same people to every session, or others to some of them."""

    crew = forms.MultipleChoiceField(label=_("Who goes"), widget=forms.CheckboxSelectMultiple)
    lead = forms.ChoiceField(label=_("Who leads"))

    def name_people(self, members: Sequence[Membership], planned: Sequence[PlannedSession], needed: int) -> None:
        """Offer the provider's people, and a field for each session that gets others."""
        people = [(str(member.pk), f"{member.user} · {member.get_role_display()}") for member in members]
        self.fields["crew"].choices = people  # type: ignore[attr-defined]
        self.fields["crew"].help_text = _("The programme asks for %(count)d.") % {"count": needed}
        self.fields["lead"].choices = people  # type: ignore[attr-defined]
        self.positions = [one.position for one in planned]
        for one in planned if len(planned) > 1 else ():
            self.fields[f"crew_{one.position}"] = forms.MultipleChoiceField(
                label=_("Session %(number)d") % {"number": one.position},
                choices=people,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def exceptions(self) -> list[forms.BoundField]:
        """The fields for sessions with other people."""
        return [self[f"crew_{position}"] for position in self.positions if f"crew_{position}" in self.fields]

    def crew_by_position(self) -> dict[int, list[tuple[int, bool]]]:
        """Return who goes to each session and who leads it: the chosen lead, else the first named."""
        data = self.cleaned_data
        named = {}
        for position in self.positions:
            people = [int(pk) for pk in data.get(f"crew_{position}") or data["crew"]]
            lead = int(data["lead"]) if int(data["lead"]) in people else people[0]
            named[position] = [(pk, pk == lead) for pk in people]
        return named


class AcceptForm(NoteForm, CrewMixin):
    """The provider takes the order with a crew."""

    field_order = ["crew", "lead", "note"]


class CounterForm(ReasonForm, CrewMixin):
    """The provider proposes a smaller group; other dates stand in their own rows."""

    group_size = forms.IntegerField(
        label=_("Fewer places a session"), min_value=1, required=False, help_text=_("Leave empty to keep the group.")
    )

    field_order = ["group_size", "note", "crew", "lead"]


class RescheduleForm(NoteForm, PlaceMixin):
    """Another date for one session."""

    starts_on = DayField(label=_("New date"))
    starts = forms.TimeField(label=_("From what time"))

    field_order = ["starts_on", "starts", "venue", "address", "note"]

    def starts_at(self) -> datetime:
        """The moment that was chosen."""
        return at(self.cleaned_data["starts_on"], self.cleaned_data["starts"])


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """Several files, or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFilesInput, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Clean each file."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(ManyFiles, self).clean(one, initial) for one in given]


class ReportForm(SeenForm):
    """The delivery in words and pictures."""

    text = forms.CharField(
        label=_("What was done"),
        help_text=_("How it went, what the children made, what to do otherwise. Name no child."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    papers = ManyFiles(
        label=_("Photos and papers"),
        help_text=_("PDF, JPEG or PNG, up to 20 MB each. Only photos to which the guardians agreed."),
        required=False,
    )


class ConfirmForm(NoteForm):
    """The office's word on the delivery."""

    mark = forms.TypedChoiceField(
        label=pgettext_lazy("order", "How was it?"),
        coerce=int,
        choices=[
            (5, _("5, excellent")),
            (4, _("4, good")),
            (3, _("3, all right")),
            (2, _("2, poor")),
            (1, _("1, bad")),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Review"),
        help_text=_("Published with your office's name. Name no child."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs=_NOTE),
    )

    field_order = ["mark", "text", "note"]


class ResolveForm(ReasonForm):
    """The League's word on each session."""

    field_order: list[str] = []

    def name_sessions(self, labels: Mapping[int, str]) -> None:
        """Ask about each session."""
        self.positions = list(labels)
        for position, label in labels.items():
            self.fields[f"paid_{position}"] = forms.ChoiceField(
                label=label,
                choices=[("yes", pgettext_lazy("verdict", "Paid")), ("no", pgettext_lazy("verdict", "Not paid"))],
                widget=forms.RadioSelect,
            )
        self.order_fields([*(f"paid_{position}" for position in labels), "note"])

    def verdicts(self) -> dict[int, bool]:
        """Return whether each session is paid."""
        return {position: self.cleaned_data[f"paid_{position}"] == "yes" for position in self.positions}


class FileForm(SubmissionMixin):
    """A file to keep with the order."""

    kind = forms.ChoiceField(label=pgettext_lazy("attachment", "What it is"), choices=Attachment.Kind)
    file = forms.FileField(label=_("File"), help_text=_("PDF, JPEG or PNG, up to 20 MB."))
