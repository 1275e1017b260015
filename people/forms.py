"""Forms about families: they validate and translate; services save."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, Difference, SeenMixin, SubmissionMixin
from organisations.forms import AreaForm
from organisations.models import Region
from people.models import Child, Guardianship
from people.services import ChildFacts, Contact
from users.phones import PhoneField


class ChildForm(AreaForm):
    """What is asked about a child, and nothing more."""

    name = forms.CharField(
        label=_("Child's name"), max_length=50, error_messages={"required": _("Write the child's name.")}
    )
    birth_date = DayField(
        label=_("Birth date"),
        widget=forms.DateInput,
        help_text=_("It decides which programmes fit."),
        error_messages={"required": _("Write the birth date.")},
    )

    def facts(self) -> ChildFacts:
        """Return the valid answers."""
        given = self.cleaned_data
        return ChildFacts(given["name"], given["birth_date"], given["region"])


class BirthDateForm(forms.Form):
    """A birth date that was mistyped."""

    birth_date = DayField(
        label=_("Birth date"), widget=forms.DateInput, error_messages={"required": _("Write the birth date.")}
    )


class ChildEditForm(SeenMixin, ChildForm):
    """The same, filled with what is known."""

    def __init__(self, *args: Any, child: Child, **kwargs: Any) -> None:
        known = {"name": child.name, "birth_date": child.birth_date}
        kwargs["initial"] = {**known, **(kwargs.get("initial") or {})}
        region: Region | None = None if "township" in kwargs["initial"] else child.home_community
        super().__init__(*args, region=region, **kwargs)

    def differences(self, saved: Child) -> list[Difference]:
        """Compare the home as one answer; two lists only lead to it."""
        theirs, yours = saved.home_community, self.cleaned_data["region"]
        home = [] if theirs == yours else [Difference(str(self["community"].label), str(theirs), str(yours))]
        return super().differences(saved) + home


class NewChildForm(SubmissionMixin, ChildForm):
    """A child and what the guardian is to it."""

    relation = forms.ChoiceField(
        label=_("You are the child's"),
        choices=Guardianship.Relation.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say who answers for the child.")},
    )
    is_another = forms.BooleanField(
        label=_("No, this is another child"),
        required=False,
        help_text=_("Tick this only if two children have this name and birth date."),
    )


class ContactForm(forms.Form):
    """Who a guardian is, and where they are called when it matters."""

    own_name = forms.CharField(
        label=_("Your own name"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your own name.")},
    )
    own_phone = PhoneField(
        label=_("Your own phone"),
        help_text=_("Staff call it when something happens at the activity or it changes at the last minute."),
        error_messages={"required": _("Write the phone number on which you can be reached.")},
    )

    def contact(self) -> Contact:
        """Return what was asked for; empty is what was not."""
        given = self.cleaned_data
        return Contact(name=given.get("own_name", ""), phone=given.get("own_phone", ""))


class PickUpForm(SubmissionMixin):
    """Who else may fetch a child."""

    name = forms.CharField(
        label=_("Who fetches the child"),
        max_length=50,
        error_messages={"required": _("Write the name of who fetches the child.")},
    )
    phone = PhoneField(
        label=_("Their phone"), required=False, help_text=_("Staff call it when nobody has come for the child.")
    )


class JointForm(forms.Form):
    """What one more adult is to the child, and until when a carer answers."""

    relation = forms.ChoiceField(
        label=_("The other adult is the child's"),
        choices=Guardianship.Relation.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what the other adult is to the child.")},
    )
    until = DayField(
        label=_("Last day, for a carer only"),
        required=False,
        widget=forms.DateInput,
        help_text=_("A carer answers until this day, at the latest until the child is 18; everybody else until then."),
    )


class JoiningForm(ContactForm):
    """Who one more guardian is, as far as that is not known."""

    def __init__(self, *args: Any, known: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in (("own_name", known.name), ("own_phone", known.phone)):
            if value:
                del self.fields[name]


class OwnChildForm(JoiningForm, NewChildForm):
    """A child of one's own; the first time also who the guardian is, as far as that is not known."""

    def __init__(self, *args: Any, known: Contact, **kwargs: Any) -> None:
        super().__init__(*args, known=known, **kwargs)
        self.known = known

    def without_checking(self) -> "OwnChildForm":
        """Return the same form with what was typed, not yet judged: for showing the second list."""
        return type(self)(known=self.known, initial=self.typed())


class FamilyForm(NewChildForm):
    """A family that an office registers: the adult who answers, and the first child."""

    guardian_name = forms.CharField(
        label=_("Guardian's name"), max_length=50, error_messages={"required": _("Write the guardian's name.")}
    )
    phone = PhoneField(
        label=_("Guardian's phone"),
        required=False,
        help_text=_("Leave it empty if there is none; your office tells the family what happens."),
    )


class FamilyListForm(SubmissionMixin):
    """A school's list of families as a file."""

    file = forms.FileField(
        label=_("The filled-in list"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={
            "required": _("Choose the filled-in list."),
            "empty": _("This file is empty. Choose the filled-in list."),
        },
    )
