"""Forms about organisations: they validate and translate; services save."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as BadNumber

from core.forms import DayField, SeenMixin, SubmissionMixin
from organisations import areas
from organisations.models import Membership, Organisation, Region, Venue
from organisations.models.membership import ROLES_OF
from organisations.services import APPLICABLE_KINDS
from users.phones import PhoneField

SHOW_COMMUNITIES = "communities"


class AreaForm(forms.Form):
    """Two lists that lead to a region: a town or street, then one of its communities.

    Without JavaScript the button named ``show`` loads the second list; nothing that was typed is lost.
    """

    with_counties = False
    community_required = True

    township = forms.ChoiceField(
        label=_("Town or street"), error_messages={"required": _("Choose the town or street.")}
    )
    community = forms.ChoiceField(
        label=_("Village or community"),
        required=False,
        error_messages={
            "invalid_choice": _("Choose a community of this town or street."),
            "required": _("Choose the village or community."),
        },
    )

    def __init__(self, *args: Any, region: Region | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if region is not None:
            is_community = region.level == Region.Level.VILLAGE
            self.initial["township"] = region.parent_id if is_community else region.pk
            self.initial["community"] = region.pk
        options = areas.townships(with_counties=self.with_counties)
        self._field("township").choices = [("", _("Choose a town or street")), *options]
        self.chosen = self._chosen({code for _name, group in options for code, _label in group})
        nothing = _("Choose a community") if self.community_required else _("The whole town or street")
        found = areas.communities(self.chosen) if self.chosen else []
        self._field("community").choices = [("", nothing), *found] if found else []
        self._field("community").required = bool(found) and self.community_required

    def _field(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def _chosen(self, known: set[str]) -> str:
        code = self.data.get(self.add_prefix("township")) if self.is_bound else self.initial.get("township")
        return str(code) if code in known else ""

    @property
    def has_communities(self) -> bool:
        """Whether the second list can be shown."""
        return bool(self._field("community").choices)

    @property
    def wants_communities(self) -> bool:
        """Whether the person pressed the button that loads the second list, and nothing else."""
        return self.data.get("show") == SHOW_COMMUNITIES

    def clean(self) -> dict[str, Any]:
        """Turn the two answers into one region."""
        cleaned = super().clean() or {}
        cleaned["region"] = Region.objects.filter(pk=cleaned.get("community") or cleaned.get("township")).first()
        return cleaned

    def without_checking(self) -> "AreaForm":
        """Return the same form with what was typed, not yet judged: for showing the second list."""
        return type(self)(initial=self.typed())

    def typed(self) -> dict[str, Any]:
        """Return what the form was filled with and what was typed since."""
        return {**self.initial, **{name: self.data.get(name) for name in self.fields if name in self.data}}


class ApplicationForm(SubmissionMixin, AreaForm):
    """An organisation asks to take part."""

    with_counties = True
    community_required = False

    kind = forms.ChoiceField(
        label=_("What are you?"),
        choices=[(kind.value, kind.label) for kind in APPLICABLE_KINDS],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label=_("Full name, as registered"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=150, required=False)
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=25,
        required=False,
        help_text=_(
            "18 characters, on the registration certificate. Social organisations and enterprises need it; offices and "
            "schools may leave it empty."
        ),
    )
    certificate_until = DayField(
        label=_("Registration certificate valid until"), required=False, widget=forms.DateInput
    )
    address = forms.CharField(label=_("Address"), max_length=200)
    contact_name = forms.CharField(label=_("Contact person"), max_length=50)
    contact_phone = PhoneField(label=_("Contact phone"))
    contact_email = forms.EmailField(
        label=_("Contact e-mail"), help_text=_("The answer and the first login are sent here.")
    )
    about = forms.CharField(
        label=_("What do you do for young people?"), max_length=2000, widget=forms.Textarea, required=False
    )

    def clean_credit_code(self) -> str:
        """Return the code without gaps; its check digit must be right."""
        text = self.cleaned_data["credit_code"]
        if not text:
            return ""
        try:
            code: str = uscc.validate(text)
        except BadNumber:
            raise ValidationError(
                _("This is no unified social credit code. Compare it with the certificate, all 18 characters.")
            ) from None
        return code

    def clean(self) -> dict[str, Any]:
        """Offices are known by their area; everybody else by their credit code."""
        cleaned = super().clean()
        if cleaned.get("kind") in {Organisation.Kind.PROVIDER, Organisation.Kind.ENTERPRISE} and (
            "credit_code" not in self.errors and not cleaned.get("credit_code")
        ):
            self.add_error("credit_code", _("Write the unified social credit code."))
        return cleaned

    def details(self) -> dict[str, Any]:
        """Return what the application says, as the service takes it."""
        left_out = {"township", "community", "submission_id", "kind", "name", "region"}
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}


class ProfileForm(SeenMixin):
    """How an organisation presents itself."""

    name_en = forms.CharField(label=_("Name in English"), max_length=150, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    contact_name = forms.CharField(label=_("Contact person"), max_length=50, required=False)
    contact_phone = PhoneField(label=_("Contact phone"), required=False)
    contact_email = forms.EmailField(label=_("Contact e-mail"), required=False)
    certificate_until = DayField(
        label=_("Registration certificate valid until"), required=False, widget=forms.DateInput
    )
    about = forms.CharField(label=_("About"), max_length=2000, widget=forms.Textarea, required=False)
    about_en = forms.CharField(label=_("About, in English"), max_length=4000, widget=forms.Textarea, required=False)


class ReasonForm(forms.Form):
    """Why the League decides so; the organisation reads it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea, help_text=_("The organisation reads it.")
    )


class InvitationForm(SubmissionMixin):
    """Whom to invite, in which role."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role, capfirst(Membership.Role(role).label)) for role in reversed(ROLES_OF[kind])]


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role, capfirst(Membership.Role(role).label)) for role in ROLES_OF[kind]]


class VenueFields(forms.ModelForm[Venue]):
    """What is asked about a bookable place."""

    phone = PhoneField(label=_("Phone"), required=False)

    class Meta:
        model = Venue
        fields = ("name", "name_en", "address", "capacity", "phone", "is_active")
        labels = {"address": _("Address")}
        widgets = {"capacity": forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"})}

    def clean_capacity(self) -> int:
        """A room holds somebody, and no stadium."""
        capacity: int = self.cleaned_data["capacity"]
        if not 1 <= capacity <= 5000:
            raise ValidationError(_("Write a number from 1 to 5,000."))
        return capacity


class VenueForm(SeenMixin, VenueFields):
    """Change a bookable place."""


class NewVenueForm(SubmissionMixin, VenueFields):
    """Add a bookable place."""


class DeputyForm(RoleForm):
    """Which role a colleague holds for a while, from when to when."""

    starts_on = DayField(label=_("First day"), widget=forms.DateInput)
    ends_on = DayField(label=_("Last day"), widget=forms.DateInput, help_text=_("The role ends by itself."))


class HandOverForm(forms.Form):
    """Who takes over from somebody who leaves; nobody, where others have the role."""

    to = forms.ModelChoiceField(
        label=_("Who takes over?"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=_("Nobody: others have this role"),
    )

    def __init__(self, *args: Any, leaving: Membership, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        rows = leaving.organisation.memberships.current(on).select_related("user").filter(user__is_active=True)
        field.queryset = rows.exclude(user=leaving.user_id).order_by("user__name", "pk")
