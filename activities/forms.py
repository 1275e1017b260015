"""What families, staff and reviewers fill in."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from activities import uploads
from activities.models import CrewAssignment
from activities.models.announcement import MAX_TEXT as MOST_TO_FAMILIES
from activities.reviews import MAX_TEXT, TAGS
from core.errors import DomainError
from core.forms import DayField, SubmissionMixin, whole_number
from organisations.models import Membership
from people.models import Child, Guardian, PickUpPerson
from users.phones import normalise

MOST_DATES = 100  # more than an order holds
MARKS = [
    (5, _("very satisfied")),
    (4, _("satisfied")),
    (3, _("so-so")),
    (2, _("not satisfied")),
    (1, _("not at all satisfied")),
]
MAX_UPLOAD, MAX_MARKS = 64_000, 200  # bytes and marks that a phone sends at once
LAST_MOMENT = 10**14  # milliseconds since 1970: far beyond any clock
LONGEST_WAIT = timedelta(days=7)  # longer than a list is open
_NO_LIST = _("This is no list of marks. Load the page again.")


class NumbersField(forms.Field):
    """The ids of sessions that were ticked. What is no number, as no page of ours sends it, is dropped."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Read the numbers, each once."""
        numbers = [whole_number(str(one)) for one in (value or [])[:MOST_DATES]]
        return list(dict.fromkeys(one for one in numbers if one is not None))


class SignUpForm(SubmissionMixin):
    """Which children come, and what the guardian agrees to."""

    def __init__(self, *args: Any, children: Sequence[Child], **kwargs: Any) -> None:
        """Offer the children; a consent that the form shows is named after its child."""
        super().__init__(*args, **kwargs)
        self.offered = {str(child.pk): child for child in children}
        choices = [(pk, "") for pk in self.offered]
        self.fields["children"] = forms.MultipleChoiceField(
            choices=choices, error_messages={"required": _("Choose who takes part.")}
        )
        self.fields["photo"] = forms.ChoiceField(choices=[("no", "no"), ("yes", "yes")], required=False)
        self.fields["paper_on"] = DayField(required=False)
        self.fields["dates"] = forms.ChoiceField(
            choices=[("one", "one"), ("all", "all"), ("some", "some")], required=False
        )
        self.fields["shown"] = NumbersField(required=False)
        self.fields["on"] = NumbersField(required=False)
        self.fields["backups"] = NumbersField(required=False)

    def dates_beside(self, pk: int) -> list[int] | None:
        """Return the dates of the series that were chosen; nothing where it is the page's own date ``pk`` alone.

        All are those that the page showed.
        """
        data = self.cleaned_data
        chosen: dict[str, list[int]] = {"all": data["shown"], "some": data["on"]}
        dates = chosen.get(data["dates"])
        return None if dates == [pk] else dates

    @property
    def chosen(self) -> list[Child]:
        """The children who come."""
        return [self.offered[pk] for pk in dict.fromkeys(self.cleaned_data["children"])]

    def agreed_for(self, child: Child) -> bool:
        """Whether the box that lets this child take part was ticked."""
        return bool(self.data.get(f"consent_{child.pk}"))


class ManyForm(SubmissionMixin):
    """Which children of an office's families come, and that the guardians have signed."""

    has_papers = forms.BooleanField(
        label=_("I have the signed paper of every chosen child whose consent is missing"), required=False
    )
    paper_on = DayField(label=_("Date on the signed papers"), required=False, widget=forms.DateInput)

    def __init__(self, *args: Any, children: Sequence[Child], **kwargs: Any) -> None:
        """Offer the children."""
        super().__init__(*args, **kwargs)
        self.offered = {str(child.pk): child for child in children}
        self.fields["children"] = forms.MultipleChoiceField(
            choices=[(pk, "") for pk in self.offered], error_messages={"required": _("Choose who takes part.")}
        )

    def clean(self) -> dict[str, Any]:
        """A paper has a date."""
        cleaned = super().clean() or {}
        if cleaned.get("has_papers") and not cleaned.get("paper_on") and "paper_on" not in self.errors:
            self.add_error("paper_on", _("Write the date that stands on the signed papers."))
        return cleaned

    @property
    def chosen(self) -> list[Child]:
        """The children who come."""
        return [self.offered[pk] for pk in dict.fromkeys(self.cleaned_data["children"])]


class CancelForm(forms.Form):
    """Why a place is given back; nobody has to say."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class LeaveForm(CancelForm):
    """Which of the family's children leave all dates that are left."""

    def __init__(self, *args: Any, children: Sequence[Child], **kwargs: Any) -> None:
        """Offer the children who are signed up; one alone needs no choice."""
        super().__init__(*args, **kwargs)
        self.offered = {str(child.pk): child for child in children}
        choices = [(pk, "") for pk in self.offered]
        self.fields["children"] = forms.MultipleChoiceField(
            choices=choices, error_messages={"required": _("Choose who leaves.")}, required=len(choices) > 1
        )

    @property
    def leaving(self) -> set[int]:
        """The ids of the children who leave."""
        return {self.offered[pk].pk for pk in self.cleaned_data["children"] or self.offered}


class WalkInForm(SubmissionMixin):
    """A child that is there without a sign-up, found by what its guardian says."""

    phone = forms.CharField(label=_("Guardian's phone"), max_length=20)
    name = forms.CharField(label=_("Child's full name"), max_length=50)
    agreed = forms.BooleanField(
        label=_("The guardian has signed the consent on paper today"), required=False, help_text=_("Keep the paper.")
    )


class AnnounceForm(SubmissionMixin):
    """What the staff write to everybody who has a place."""

    text = forms.CharField(
        label=_("Message"),
        max_length=MOST_TO_FAMILIES,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Such as: Please bring rain boots. Write no names. At most 500 characters."),
    )


class HandOverForm(forms.Form):
    """Who fetches a child: one of those who may, or somebody whom a guardian names at that moment."""

    OTHER = "other"
    to = forms.ChoiceField(
        label=_("The child goes home with"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say who fetches the child.")},
    )
    other = forms.CharField(
        label=_("Name of somebody else"),
        max_length=50,
        required=False,
        help_text=_("Only after a guardian has said so, on the phone for example."),
    )

    def __init__(self, *args: Any, people: Sequence[Guardian | PickUpPerson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {f"{one._meta.model_name}-{one.pk}": one for one in people}
        choices = [(key, self._words(one)) for key, one in self.people.items()]
        self.fields["to"].choices = [*choices, (self.OTHER, _("Somebody else"))]  # type: ignore[attr-defined]

    @staticmethod
    def _words(one: Guardian | PickUpPerson) -> str:
        who = _("guardian") if isinstance(one, Guardian) else _("named by the family")
        return " · ".join(filter(None, [str(one), str(who), one.phone_shown if one.phone_shown != str(one) else ""]))

    def clean(self) -> dict[str, Any]:
        """Somebody else has a name."""
        given = super().clean() or {}
        if given.get("to") == self.OTHER and not given.get("other"):
            self.add_error("other", _("Write the name of who fetches the child."))
        return given

    def chosen(self) -> Guardian | str:
        """Return who fetches the child: a guardian, or a name."""
        one = self.people.get(self.cleaned_data["to"])
        if isinstance(one, Guardian):
            return one
        return one.name if one else str(self.cleaned_data["other"])


class BadUpload(DomainError):
    """What came is no list of marks."""


class QueuedMarkForm(forms.Form):
    """One mark from a phone's queue; its moment is told by the phone's own clock, in milliseconds."""

    id = forms.UUIDField()
    sign_up = forms.IntegerField(min_value=1, max_value=10**18 - 1)
    verb = forms.ChoiceField(choices=[(verb, verb) for verb in uploads.VERBS])
    made_at = forms.IntegerField(min_value=0, max_value=LAST_MOMENT)


def read_upload(body: bytes, now: datetime) -> list[uploads.QueuedMark]:
    """Read the marks that a phone sends. A clock that goes wrong does no harm: only the age of a tap is believed.

    Raises:
        BadUpload: it is too long, or no such list.
    """
    if len(body) > MAX_UPLOAD:
        raise BadUpload(_("Too many marks at once. Load the page again."))
    try:
        sent = json.loads(body)
        marks, sent_at = sent["marks"], sent["sent_at"]
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise BadUpload(_NO_LIST) from error
    if type(sent_at) is not int or not isinstance(marks, list) or not all(isinstance(one, dict) for one in marks):
        raise BadUpload(_NO_LIST)
    if len(marks) > MAX_MARKS:
        raise BadUpload(_("Too many marks at once. Load the page again."))
    rows = [QueuedMarkForm(one) for one in marks]
    if not all(row.is_valid() for row in rows):
        raise BadUpload(_NO_LIST)
    return [_queued(row.cleaned_data, sent_at, now) for row in rows]


def _queued(given: dict[str, Any], sent_at: int, now: datetime) -> uploads.QueuedMark:
    age = min(max(0, sent_at - given["made_at"]), LAST_MOMENT)
    made_at = now - min(timedelta(milliseconds=age), LONGEST_WAIT)
    return uploads.QueuedMark(given["id"], given["sign_up"], given["verb"], made_at)


class CloseForm(forms.Form):
    """The person has looked at who is missing."""

    checked = forms.BooleanField(label=_("I have checked who is missing"))
    all_collected = forms.BooleanField(
        label=_("All of them have left with somebody who may fetch them"),
        help_text=_("Better: write down below each name who fetched the child."),
    )

    def __init__(self, *args: Any, asks_collected: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_collected:
            del self.fields["all_collected"]


class ReopenForm(forms.Form):
    """Why a closed session is opened again."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class ReviewForm(forms.Form):
    """A mark, a few words to tick, a few to write."""

    mark = forms.TypedChoiceField(
        label=_("How was it?"),
        choices=MARKS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the five marks.")},
    )
    tags = forms.MultipleChoiceField(
        label=_("What fits"), choices=list(TAGS.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    text = forms.CharField(
        label=_("In your words"),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Please write no names. At most 500 characters."),
    )


class InviteForm(forms.Form):
    """Whom to ask for a review: what they sign in with."""

    address = forms.CharField(
        label=_("Their e-mail or phone"),
        max_length=254,
        help_text=_("What they sign in with here."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_address(self) -> str:
        """Return the e-mail or the phone number as it is stored."""
        text: str = self.cleaned_data["address"]
        try:
            if "@" in text:
                validate_email(text)
                return text
            return normalise(text)
        except (ValueError, ValidationError):
            raise ValidationError(_("Write an e-mail address or a phone number.")) from None


class ReplyForm(forms.Form):
    """The provider's answer."""

    text = forms.CharField(label=_("Reply"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3}))


class HideForm(forms.Form):
    """Why a review is taken out of sight."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class SubstituteForm(forms.Form):
    """Who leaves the crew, and who comes."""

    def __init__(
        self, *args: Any, on_duty: QuerySet[CrewAssignment], members: QuerySet[Membership], **kwargs: Any
    ) -> None:
        """Offer the crew of the session and the other social workers of the provider."""
        super().__init__(*args, **kwargs)
        self.fields["leaves"] = _Named(on_duty, label=_("Who cannot come"))
        self.fields["comes"] = _Named(members, label=_("Who comes instead"))


class AssignForm(forms.Form):
    """Who comes in addition."""

    def __init__(self, *args: Any, members: QuerySet[Membership], **kwargs: Any) -> None:
        """Offer the social workers of the provider who are not on duty in the session."""
        super().__init__(*args, **kwargs)
        self.fields["member"] = _Named(members, label=_("Who comes"))


class RuleForm(SubmissionMixin):
    """From when on how many sessions missed keep a child from signing up, or that none do."""

    valid_from = DayField(
        label=_("Valid from"), widget=forms.DateInput, help_text=_("Tomorrow at the earliest; families read it before.")
    )
    ends = forms.BooleanField(label=_("From that day on nobody is kept from signing up"), required=False)
    misses = forms.IntegerField(label=_("Sessions missed"), min_value=2, max_value=10, required=False)
    within_days = forms.IntegerField(label=_("Within so many days"), min_value=14, max_value=366, required=False)
    bar_days = forms.IntegerField(label=_("Days without sign-up"), min_value=1, max_value=90, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the three numbers, unless the rule ends."""
        cleaned = super().clean() or {}
        for name in ("misses", "within_days", "bar_days"):
            if cleaned.get("ends"):
                cleaned[name] = 0
                self.errors.pop(name, None)
            elif cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, _("Write a number."))
        return cleaned

    def rule(self) -> dict[str, Any]:
        """Return the valid answers, as the domain takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "ends"}


class ObjectForm(SubmissionMixin):
    """Why an absence should not count."""

    reason = forms.CharField(
        label=_("What happened?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The provider and the League read it. Please write no names."),
        error_messages={"required": _("Write in a few words what happened.")},
    )


class DecideForm(forms.Form):
    """Yes or no to an objection."""

    status = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("accepted", _("Accept: the absence does not count")), ("refused", _("Refuse: it counts"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    answer = forms.CharField(
        label=_("Your answer to the family"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A refusal needs a reason."),
    )


class _Named(forms.ModelChoiceField[Any]):
    """A choice of people, shown by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user)
