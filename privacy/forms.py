"""What is asked before a list leaves the site, and before somebody is erased."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import SubmissionMixin
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
