"""What staff fill in at the door, and what their phone sends: walk-ins, hand-over, queued marks, closing."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activities import uploads
from activities.models.announcement import MAX_TEXT as MOST_TO_FAMILIES
from core.errors import DomainError
from core.forms import SubmissionMixin
from people.models import Guardian, PickUpPerson
from safeguarding.forms import TextMixin

MAX_UPLOAD, MAX_MARKS = 64_000, 200  # bytes and marks that a phone sends at once
LAST_MOMENT = 10**14  # milliseconds since 1970: far beyond any clock
LONGEST_WAIT = timedelta(days=7)  # longer than a list is open
_NO_LIST = _("This is no list of marks. Load the page again.")


class WalkInForm(SubmissionMixin, TextMixin):
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
