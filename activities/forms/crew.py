"""Who runs a session."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from activities.models import CrewAssignment
from core.forms import SeenMixin
from organisations.models import Membership


class SubstituteForm(forms.Form):
    """Who leaves the crew, and who comes."""

    def __init__(
        self, *args: Any, on_duty: QuerySet[CrewAssignment], members: QuerySet[Membership], **kwargs: Any
    ) -> None:
        """Offer the crew of the session and the other social workers of the provider."""
        super().__init__(*args, **kwargs)
        self.fields["leaves"] = _Named(on_duty, label=_("Who cannot come"))
        self.fields["comes"] = _Named(members, label=_("Who comes instead"))


class PlacesForm(SeenMixin):
    """How many places there are, and how many the page showed."""

    capacity = forms.IntegerField(label=_("How many places"), min_value=1, max_value=500)


class AssignForm(forms.Form):
    """Who comes in addition."""

    def __init__(self, *args: Any, members: QuerySet[Membership], **kwargs: Any) -> None:
        """Offer the social workers of the provider who are not on duty in the session."""
        super().__init__(*args, **kwargs)
        self.fields["member"] = _Named(members, label=_("Who comes"))


class _Named(forms.ModelChoiceField[Any]):
    """A choice of people, shown by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user)
