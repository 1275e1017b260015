"""The form of the first-run page."""

from pathlib import Path
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import DomainError
from core.forms import DayField
from core.money import parse_money
from marketplace.city import INVITED_ROLES, FirstFund, Plan
from users.models import User


class SetupForm(forms.Form):
    """Asks for what a city needs to start; the fund and the invitations can come later."""

    token = forms.CharField(widget=forms.HiddenInput)
    league = forms.CharField(label=gettext_lazy("Name of the League committee"), max_length=100)
    league_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=150, required=False)
    regions = forms.FileField(
        label=gettext_lazy("Regions"),
        required=False,
        help_text=gettext_lazy(
            "A CSV file with the columns code,name,level,parent_code. Not needed where the regions are imported."
        ),
    )
    region_code = forms.CharField(
        label=gettext_lazy("Code of the committee's region"),
        max_length=12,
        validators=[RegexValidator(r"^\d{12}$", gettext_lazy("Enter the 12 digits of the official code."))],
        help_text=gettext_lazy("12 digits, such as 120113000000 for Beichen District."),
    )
    officer_name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=50)
    officer_email = forms.EmailField(label=gettext_lazy("E-mail"))
    officer_password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters."),
    )
    fund_name = forms.CharField(label=gettext_lazy("Name of the fund"), max_length=100, required=False)
    fund_amount = forms.CharField(label=gettext_lazy("Amount in yuan"), max_length=20, required=False)
    fund_document = forms.CharField(
        label=pgettext_lazy("evidence", "Document"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The paper that proves the amount, such as the number of the budget letter."),
    )
    fund_starts_on = DayField(label=pgettext_lazy("period", "From"), required=False, widget=forms.DateInput)
    fund_ends_on = DayField(label=gettext_lazy("Until"), required=False, widget=forms.DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role in INVITED_ROLES:
            self.fields[f"invite_{role}"] = forms.EmailField(label=role.label, required=False)

    def clean_officer_password(self) -> str:
        """Judge the password together with the name and the address."""
        password: str = self.cleaned_data["officer_password"]
        person = User(email=self.cleaned_data.get("officer_email"), name=self.cleaned_data.get("officer_name", ""))
        validate_password(password, person)
        return password

    def clean_fund_amount(self) -> int:
        """Return minor units; nothing where no fund is named."""
        text = self.cleaned_data["fund_amount"]
        if not text:
            return 0
        try:
            amount = parse_money(text)
        except DomainError as error:
            raise forms.ValidationError(str(error.sentence)) from error
        if amount <= 0:
            raise forms.ValidationError(_("Enter an amount above zero."))
        return amount

    def clean(self) -> dict[str, Any]:
        """A fund comes with all its facts or not at all."""
        data = super().clean() or {}
        if data.get("fund_name"):
            for name in ("fund_amount", "fund_document", "fund_starts_on", "fund_ends_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A fund needs this."))
        starts, ends = data.get("fund_starts_on"), data.get("fund_ends_on")
        if starts and ends and ends < starts:
            self.add_error("fund_ends_on", _("The fund ends before it starts."))
        return data

    @property
    def invitations(self) -> list[Any]:
        """The fields of the invitations."""
        return [self[f"invite_{role}"] for role in INVITED_ROLES]

    def plan(self, regions_file: Path | None) -> Plan:
        """Return what the person asked for; the uploaded regions lie in a file by now."""
        data = self.cleaned_data
        fund = FirstFund(
            name=data["fund_name"],
            amount=data["fund_amount"],
            document=data["fund_document"],
            starts_on=data["fund_starts_on"],
            ends_on=data["fund_ends_on"],
        )
        invited = [(str(role), data[f"invite_{role}"]) for role in INVITED_ROLES]
        return Plan(
            league=data["league"],
            league_en=data["league_en"],
            region_code=data["region_code"],
            regions_file=regions_file,
            officer_name=data["officer_name"],
            officer_email=data["officer_email"],
            officer_password=data["officer_password"],
            fund=fund if data["fund_name"] else None,
            invitations=[(role, email) for role, email in invited if email],
        )
