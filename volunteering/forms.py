"""What people fill in about shifts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activities.models import Session
from core.forms import SubmissionMixin
from core.time import today
from organisations.models import Membership
from volunteering.models import Shift
from volunteering.policies import ORGANISERS


class JoinForm(SubmissionMixin):
    """Taking a place."""

    emergency_contact = forms.CharField(
        label=_("Emergency contact"),
        max_length=100,
        help_text=_("Name and phone of somebody whom we may call if something happens to you."),
    )


class WithdrawForm(forms.Form):
    """Giving a place back."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, help_text=_("Only the staff see it."))


class CancelForm(forms.Form):
    """Cancelling a shift."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class LeadField(forms.ModelChoiceField[Membership]):
    """A social worker of the provider, shown by name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the person's name."""
        return str(obj.user)


class ShiftFields(forms.Form):
    """What can be said about a shift at any time."""

    places = forms.IntegerField(label=_("Places"), min_value=1, max_value=500)
    skills = forms.CharField(
        label=_("Skills asked for"), max_length=200, required=False, help_text=_("Such as first aid or dialect.")
    )
    reports_to = LeadField(Membership.objects.none(), label=_("Volunteers report to"))
    insurance_number = forms.CharField(label=_("Insurance number"), max_length=60, required=False)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leads = Membership.objects.current(today(session.starts_at)).with_role(*ORGANISERS)
        field = self.fields["reports_to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = leads.filter(organisation_id=session.provider_id).select_related("user").order_by("pk")


class ShiftForm(SubmissionMixin, ShiftFields):
    """A new shift."""

    title = forms.CharField(label=_("Job"), max_length=60)
    title_en = forms.CharField(label=_("Job in English"), max_length=100, required=False)
    is_risky = forms.BooleanField(
        label=_("The work is risky"),
        required=False,
        help_text=_("Nobody can join before the number of an insurance stands here."),
    )
    field_order = ["title", "title_en", "places", "skills", "reports_to", "is_risky", "insurance_number"]


class ShiftChangeForm(ShiftFields):
    """A change of a shift."""

    field_order = ["places", "skills", "reports_to", "insurance_number"]

    @classmethod
    def of(cls, shift: Shift, data: Any = None) -> "ShiftChangeForm":
        """Return the form filled with the shift as it is."""
        known = {
            "places": shift.places,
            "skills": shift.skills,
            "reports_to": shift.reports_to_id,
            "insurance_number": shift.insurance_number,
        }
        return cls(data, session=shift.session, initial=known)
