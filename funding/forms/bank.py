"""Forms for batches, the League's own accounts, and the bank's statements."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.forms import SubmissionMixin, whole_number
from funding.forms import AccountForm
from funding.models import PayerAccount


class PaidFromForm(forms.Form):
    """From which of the League's accounts is paid: asked where there are several, the domain knows the only one."""

    payer = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        label=pgettext_lazy("batch", "Paid from"),
        error_messages={
            "required": gettext_lazy("Choose from which of your accounts it is paid."),
            "invalid_choice": gettext_lazy("Choose from which of your accounts it is paid."),
        },
    )

    def __init__(self, *args: Any, accounts: Sequence[PayerAccount] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = [(one.pk, f"{one.holder} · {one}") for one in accounts if one.is_usable]
        self.fields["payer"].required = len(usable) > 1
        self.fields["payer"].choices = [("", pgettext_lazy("payer", "Choose")), *usable]  # type: ignore[attr-defined]


class BatchForm(PaidFromForm, SubmissionMixin):
    """Which settlements one file shall pay: those that were ticked, or all that are ready; and from which account."""

    chosen = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose at least one settlement that waits for its transfer.")},
    )
    everything = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data.getlist("chosen") if self.is_bound else []  # type: ignore[attr-defined]
        # Any numbers may come; the domain keeps those that the person may pay.
        numbers = {text: number for text in given if (number := whole_number(text)) is not None}
        self.fields["chosen"].choices = [(text, text) for text in numbers]  # type: ignore[attr-defined]
        self.ticked = set(numbers.values())


class PayerForm(AccountForm):
    """A bank account of the League, as the bank holds it."""

    holder = forms.CharField(
        label=gettext_lazy("Account holder"), max_length=100, help_text=gettext_lazy("As the bank writes it.")
    )

    field_order = ("holder", "bank", "number")


class StatementForm(forms.Form):
    """A statement of the League's bank, and for which of its accounts."""

    account = forms.RegexField(
        r"^[0-9]{4,40}$",
        label=gettext_lazy("Our account"),
        strip=True,
        help_text=gettext_lazy("The number of your own account that the statement is for, digits only."),
        error_messages={"invalid": gettext_lazy("Enter the digits of the account number.")},
    )
    file = forms.FileField(
        label=gettext_lazy("Bank statement"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=gettext_lazy("CSV or .xlsx, at most 2 MB, as the bank's website gives it."),
    )

    def __init__(self, *args: Any, accounts: Sequence[PayerAccount] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if accounts:  # the League has named its own: the statement is of one of them
            choices: dict[str, str] = {}
            for one in accounts:  # a number that was closed and entered again is offered once, as it is called now
                choices.setdefault(one.number, f"{one.holder} · {one}")
            self.fields["account"] = forms.ChoiceField(
                label=gettext_lazy("Our account"),
                choices=list(choices.items()),
                help_text=gettext_lazy("A line that names a transfer from another of your accounts pays nothing."),
            )


class MatchForm(forms.Form):
    """Which transfer a line of the statement means."""

    payout = forms.IntegerField(min_value=1)
