"""Forms about money. They translate what a person typed; the domain decides."""

from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import DomainError
from core.files import clean_document
from core.forms import DayField, PlainHiddenInput, SeenMixin, SubmissionMixin
from core.money import DEFAULT_CURRENCY, format_plain, parse_money
from funding import wording
from funding.balances import Span
from funding.models import BudgetLine, Fund, Payout
from organisations.models import Organisation, Region


class AmountField(forms.CharField):
    """An amount such as ``6,400.00``, as minor units; more than nothing, unless ``least`` is 0."""

    def __init__(self, *, currency: str = DEFAULT_CURRENCY, least: int = 1, **kwargs: Any) -> None:
        self.currency, self.least = currency, least
        super().__init__(**{"max_length": 24, "widget": forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs})

    def clean(self, value: Any) -> Any:
        """Return minor units; nothing where nothing was typed and nothing is required."""
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = parse_money(text, self.currency)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from None
        if amount < self.least:
            raise forms.ValidationError(_("Enter an amount above zero."))
        return amount


def in_currency(form: forms.Form, currency: str) -> None:
    """Let a form's amounts be read in a fund's currency, and say so where it is not the usual one."""
    for field in form.fields.values():
        if isinstance(field, AmountField):
            field.currency = currency
            if currency != DEFAULT_CURRENCY:
                field.help_text = _("In %(currency)s.") % {"currency": currency}


class FundForm(SubmissionMixin):
    """A new fund, and the first money if it has arrived."""

    name = forms.CharField(label=gettext_lazy("Name of the fund"), max_length=100)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=150, required=False)
    starts_on = DayField(label=gettext_lazy("First day"), widget=forms.DateInput)
    ends_on = DayField(label=gettext_lazy("Last day"), widget=forms.DateInput)

    def __init__(self, *args: Any, league: Organisation, **kwargs: Any) -> None:
        self.league = league
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it starts, and a name that is taken."""
        data = super().clean() or {}
        starts, ends = data.get("starts_on"), data.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The fund ends before it starts."))
        taken = Fund.objects.filter(league=self.league, name=data.get("name")).first()
        if taken is not None and taken.submission_id != data.get("submission_id"):
            self.add_error("name", _("Your League committee has a fund of this name already."))
        return data


class ReceiveForm(SubmissionMixin):
    """Money that arrived."""

    amount = AmountField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan, such as 200,000.00."))
    document = forms.CharField(
        label=pgettext_lazy("evidence", "Document"),
        max_length=200,
        help_text=gettext_lazy("Number of the notice or bank slip that proves it."),
    )

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, fund.currency)


class AllocateForm(SubmissionMixin):
    """Unallocated money for a region and a theme."""

    region = forms.ModelChoiceField(label=gettext_lazy("Street or town"), queryset=Region.objects.none())
    theme_slug = forms.ChoiceField(label=gettext_lazy("Theme"), required=False)
    amount = AmountField(label=gettext_lazy("Amount"))
    returns_on = DayField(
        label=gettext_lazy("Unused money returns on"),
        widget=forms.DateInput,
        required=False,
        help_text=gettext_lazy("For an allowance of a term. On that day what is left goes back to the fund."),
    )

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, fund.currency)
        levels = [Region.Level.COUNTY, Region.Level.TOWNSHIP]
        regions = Region.objects.within(fund.league.region).filter(level__in=levels).order_by("lineage")
        self.fields["region"].queryset = regions  # type: ignore[attr-defined]
        self.fields["theme_slug"].choices = [  # type: ignore[attr-defined]
            (slug, wording.theme(slug)) for slug in ["", *wording.THEMES]
        ]


class InvoiceForm(forms.Form):
    """The provider's invoice."""

    number = forms.CharField(label=gettext_lazy("Invoice number"), max_length=40)
    amount = AmountField(label=gettext_lazy("Amount on the invoice"))
    file = forms.FileField(
        label=gettext_lazy("The invoice as a file"), help_text=gettext_lazy("PDF, JPEG or PNG, at most 20 MB.")
    )

    def __init__(self, *args: Any, expected: int, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = _("It must be exactly %(amount)s.") % {
            "amount": format_plain(expected, currency)
        }

    def clean_file(self) -> "ContentFile[bytes]":
        """Judge the file by its content."""
        return _document(self.cleaned_data["file"])


def _document(upload: Any) -> "ContentFile[bytes]":
    try:
        cleaned, _kind = clean_document(upload)
    except DomainError as refusal:
        raise forms.ValidationError(str(refusal)) from None
    return cleaned


class ExceptionForm(forms.Form):
    """Why there is no invoice."""

    exception = forms.CharField(
        label=gettext_lazy("Why there is no invoice"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class PaidForm(forms.Form):
    """What the bank's slip says."""

    bank_reference = forms.CharField(
        label=gettext_lazy("The bank's number"),
        max_length=64,
        help_text=gettext_lazy("As it stands on the bank's slip or statement."),
    )


class ReasonForm(forms.Form):
    """Why a transfer ended."""

    reason = forms.CharField(
        label=gettext_lazy("What the bank says"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class WhyForm(forms.Form):
    """Why the money is taken back."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class NoteForm(forms.Form):
    """How something was settled."""

    note = forms.CharField(
        label=gettext_lazy("How it was settled"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class FailedForm(ReasonForm):
    """Why a transfer ended, and in which status the person saw it: taken back, or refused by the bank."""

    was = forms.ChoiceField(choices=Payout.Status.choices, widget=PlainHiddenInput, required=False)


class SendForm(forms.Form):
    """Nothing to type: the person confirms what the page shows."""


class AccountForm(forms.Form):
    """A bank account; its holder is the organisation itself."""

    bank = forms.CharField(
        label=gettext_lazy("Bank and branch"), max_length=100, help_text=gettext_lazy("As the bank writes it.")
    )
    number = forms.RegexField(
        r"^[0-9]{8,32}$",
        label=gettext_lazy("Account number"),
        strip=True,
        error_messages={"invalid": gettext_lazy("Enter the digits of the account number.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}


class SpanForm(forms.Form):
    """The days of a statement. What is not chosen, or cannot be, is the default's."""

    since = DayField(label=gettext_lazy("First day"), widget=forms.DateInput, required=False)
    until = DayField(label=gettext_lazy("Last day"), widget=forms.DateInput, required=False)

    def __init__(self, data: Any = None, *, default: Span, **kwargs: Any) -> None:
        self.default = default
        chosen = data if data and (data.get("since") or data.get("until")) else None
        super().__init__(chosen, initial={"since": default.since, "until": default.until}, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        data = super().clean() or {}
        since, until = data.get("since") or self.default.since, data.get("until") or self.default.until
        if until < since:
            self.add_error("until", _("The last day lies before the first."))
        return data

    def span(self) -> Span:
        """Return the chosen days, or the default's where the form is wrong."""
        if not self.is_valid():
            return self.default
        data = self.cleaned_data
        return Span(data["since"] or self.default.since, data["until"] or self.default.until)


class ProvedForm(ReceiveForm):
    """What happened outside the system, with its document as a file."""

    file = forms.FileField(
        label=gettext_lazy("The document as a file"), help_text=gettext_lazy("PDF, JPEG or PNG, at most 20 MB.")
    )

    def clean_file(self) -> "ContentFile[bytes]":
        """Judge the file by its content."""
        return _document(self.cleaned_data["file"])


class TakeBackForm(SubmissionMixin):
    """How much of a line goes back to the fund."""

    amount = AmountField(label=gettext_lazy("Amount"))

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, fund.currency)


class TransferForm(TakeBackForm):
    """How much of a line goes to which other one, and why."""

    target = forms.ModelChoiceField(label=gettext_lazy("To the line"), queryset=BudgetLine.objects.none())
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    field_order = ("target", "amount", "reason")

    def __init__(self, *args: Any, line: BudgetLine, **kwargs: Any) -> None:
        super().__init__(*args, fund=line.fund, **kwargs)
        others = BudgetLine.objects.with_fund().filter(fund=line.fund).exclude(pk=line.pk)
        choose = self.fields["target"]
        choose.queryset = others.order_by("region__lineage", "theme_slug")  # type: ignore[attr-defined]
        choose.label_from_instance = wording.line  # type: ignore[attr-defined]


class CarryForm(SubmissionMixin):
    """Which line goes on paying."""

    target = forms.ModelChoiceField(label=gettext_lazy("To the line"), queryset=BudgetLine.objects.none())

    def __init__(self, *args: Any, lines: list[BudgetLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = self.fields["target"]
        found = BudgetLine.objects.with_fund().filter(pk__in=[line.pk for line in lines])
        choose.queryset = found.order_by("-fund__starts_on", "region__lineage", "pk")  # type: ignore[attr-defined]
        choose.label_from_instance = wording.line_of_fund  # type: ignore[attr-defined]


class ReturnForm(SeenMixin):
    """Until when an allowance lasts."""

    returns_on = DayField(
        label=gettext_lazy("Unused money returns on"),
        widget=forms.DateInput,
        required=False,
        help_text=gettext_lazy("Empty: it stays on the line until the fund ends."),
    )


class CorrectForm(forms.Form):
    """Why an entry was wrong."""

    reason = forms.CharField(
        label=gettext_lazy("What was wrong"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class CloseForm(SubmissionMixin):
    """Up to which day the books are closed."""

    ends_on = DayField(label=gettext_lazy("Last day of the period"), widget=forms.DateInput)
    sure = forms.BooleanField(
        label=gettext_lazy(
            "The trial balance agrees with the bank's statement. Nothing can be booked up to that day any more."
        )
    )


class AnnounceForm(SubmissionMixin):
    """What an enterprise will give, and to which fund."""

    fund = forms.ModelChoiceField(label=gettext_lazy("Fund"), queryset=Fund.objects.none())
    amount = AmountField(label=gettext_lazy("Amount"), help_text=gettext_lazy("In yuan, such as 200,000.00."))

    def __init__(self, *args: Any, funds: list[Fund], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Fund.objects.filter(pk__in=[fund.pk for fund in funds])
        self.fields["fund"].queryset = found  # type: ignore[attr-defined]
        if len(funds) == 1:
            self.fields["fund"].initial = funds[0]


class GiftForm(TakeBackForm):
    """What somebody without a login here will give."""

    donor_name = forms.CharField(label=gettext_lazy("Giver's name on the receipt"), max_length=100)

    field_order = ("donor_name", "amount")


class RefundForm(TakeBackForm):
    """How much of a donation goes back to its giver, and why."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ArrivedForm(forms.Form):
    """What the bank's statement says of a donation."""

    amount = AmountField(label=gettext_lazy("Amount that arrived"))
    bank_reference = forms.CharField(
        label=gettext_lazy("The bank's number"),
        max_length=64,
        help_text=gettext_lazy("As it stands on the bank's slip or statement."),
    )

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, fund.currency)
