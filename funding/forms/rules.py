"""The forms of a fund's rule, of an advance, and of what is repaid of one."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DayField
from funding.forms import AmountField, ProvedForm, in_currency
from funding.models import Fund
from funding.models.rule import AUTOMATIC_DAYS, MOST_ADVANCED


class RuleForm(forms.Form):
    """What holds for a fund from a day on. An empty amount means that there is none."""

    required_from = DayField(
        label=gettext_lazy("In force from"),
        widget=forms.DateInput,
        help_text=gettext_lazy("Today or a later day. What was decided before stays decided."),
    )
    automatic_up_to = AmountField(
        label=gettext_lazy("Approved by itself up to"),
        required=False,
        least=0,
        help_text=gettext_lazy(
            "An order of at most this total is approved as soon as the provider has taken it, if its budget line has "
            "the money. Empty: an officer decides about every order."
        ),
    )
    automatic_days = forms.IntegerField(
        label=gettext_lazy("Orders count together over days"),
        min_value=1,
        max_value=366,
        initial=AUTOMATIC_DAYS,
        help_text=gettext_lazy(
            "What an office orders of the same provider within so many days is one sum against that amount, so that no "
            "order is cut into small ones. Above it an officer decides."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    two_above = AmountField(
        label=gettext_lazy("Two officers approve above"),
        required=False,
        least=0,
        help_text=gettext_lazy("Empty: one officer is enough for every order."),
    )
    checker_above = AmountField(
        label=gettext_lazy("A second person checks above"),
        least=0,
        help_text=gettext_lazy(
            "For settlements, transfers, refunds and spending outside the system: who made it does not check it. "
            "0: always."
        ),
    )
    advance_percent = forms.DecimalField(
        label=gettext_lazy("Advances up to this share of the order, in percent"),
        required=False,
        min_value=0,
        max_value=MOST_ADVANCED // 100,
        decimal_places=2,
        help_text=gettext_lazy("Empty: no advances. At most 90, so that something is left for the settlement."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    advance_cap = AmountField(
        label=gettext_lazy("and up to this amount"), required=False, help_text=gettext_lazy("Empty: the share alone.")
    )

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, fund.currency)

    def clean(self) -> dict[str, Any]:
        """Refuse to let go by itself what wants two people."""
        data = super().clean() or {}
        alone, two = data.get("automatic_up_to") or 0, data.get("two_above")
        if two is not None and alone > two:
            self.add_error("automatic_up_to", _("It is above the amount from which two officers approve. Lower it."))
        return data

    def rule(self) -> dict[str, Any]:
        """Return what was typed as the domain takes it: minor units and basis points."""
        data = dict(self.cleaned_data)
        share = data.pop("advance_percent") or Decimal()
        return {**data, "automatic_up_to": data["automatic_up_to"] or 0, "advance_share": int(share * 100)}


class AdvanceForm(forms.Form):
    """How much is asked for, and what for."""

    amount = AmountField(label=gettext_lazy("Amount"))
    reason = forms.CharField(
        label=gettext_lazy("What it is needed for"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, currency)


class RepayForm(ProvedForm):
    """What a provider paid back, when, and the paper that proves it."""

    received_on = DayField(label=gettext_lazy("Received on"), widget=forms.DateInput)

    field_order = ("amount", "received_on", "document", "file")
