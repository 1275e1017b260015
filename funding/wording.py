"""Words for what the money rests on: themes of lines, reasons of settlement lines, the steps of histories."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import format_money
from funding.fund_rules import counted_days
from funding.models import Account, BudgetLine, FundRule, Settlement, SettlementLine

Reason = SettlementLine.Reason

# The catalogue's themes by slug. Funding knows them as plain words, for it may not look into the catalogue.
THEMES = {
    "practice": gettext_lazy("Weekend practice"),
    "school": gettext_lazy("After school"),
    "safety": gettext_lazy("Safety"),
    "law": gettext_lazy("Law and rights"),
    "mind": gettext_lazy("Mind and feelings"),
    "welfare": gettext_lazy("Public welfare"),
    "culture": gettext_lazy("Culture"),
    "science": gettext_lazy("Science"),
}

# What a history row's verb says to people.
VERBS = {
    "create": gettext_lazy("Fund set up"),
    "receive": gettext_lazy("Money received"),
    "refund": gettext_lazy("Money given back"),
    "allocate": gettext_lazy("Money allocated"),
    "take_back": gettext_lazy("Allocation taken back"),
    "opening": gettext_lazy("Opening balance entered"),
    "transfer": gettext_lazy("Money moved to another line"),
    "set_return": gettext_lazy("Return date set"),
    "give_back": gettext_lazy("Unused allowance returned"),
    "spend": gettext_lazy("Spending outside the system entered"),
    "carry_over": gettext_lazy("Commitment carried over to the next line"),
    "reverse": gettext_lazy("Entry corrected by a counter-entry"),
    "donate": gettext_lazy("Donation received"),
    "announce": gettext_lazy("Donation announced"),
    "withdraw": gettext_lazy("Donation withdrawn"),
    "add_rule": gettext_lazy("Rule of the fund entered"),
    "ask_close": gettext_lazy("Closing of the books asked for"),
    "ask_spend": gettext_lazy("Spending outside the system asked for"),
    "ask_refund": gettext_lazy("Refund asked for"),
    "drop_asked": gettext_lazy("What was asked for was dropped"),
    "close_period": gettext_lazy("Books closed"),
    "reserve": gettext_lazy("Money committed"),
    "void": gettext_lazy("Commitment dropped"),
    "propose": gettext_lazy("Settlement computed"),
    "approve": gettext_lazy("Settlement approved"),
    "ask": gettext_lazy("Advance asked for"),
    "end_advance": gettext_lazy("Advance taken back"),
    "open_claim": gettext_lazy("More advanced than the order was worth"),
    "set_off": gettext_lazy("Set off against a settlement"),
    "repay": gettext_lazy("Repaid"),
    "drop_claim": gettext_lazy("The advance came back, or never arrived"),
    "record_invoice": gettext_lazy("Invoice recorded"),
    "record_exception": gettext_lazy("Recorded without an invoice"),
    "pay": gettext_lazy("Settlement paid"),
    "reopen": gettext_lazy("Payment came back; a new transfer is needed"),
    "queue": gettext_lazy("Transfer prepared"),
    "send": gettext_lazy("Transfer checked and sent to the bank"),
    "mark_paid": gettext_lazy("Arrived at the provider's bank"),
    "mark_failed": gettext_lazy("Transfer failed"),
    "mark_returned": gettext_lazy("Transfer came back"),
    "make": gettext_lazy("Batch prepared"),
    "check": gettext_lazy("Batch checked"),
    "release": gettext_lazy("Batch released to the bank"),
    "download": gettext_lazy("File for the bank downloaded"),
    "set": gettext_lazy("Bank account entered"),
    "confirm": gettext_lazy("Bank account confirmed"),
    "end_account": gettext_lazy("Bank account closed"),
}

# The same of a payout that goes by Stripe, where that differs.
STRIPE_VERBS = {
    "send": gettext_lazy("Transfer checked and handed to Stripe"),
    "mark_paid": gettext_lazy("Arrived at the provider's account at Stripe"),
    "mark_failed": gettext_lazy("Stripe did not make the transfer"),
    "mark_returned": gettext_lazy("Stripe took the transfer back"),
    "ask_back": gettext_lazy("Stripe asked to take the transfer back"),
}


def theme(slug: str) -> str:
    """Return a theme's name; a line without one pays for all."""
    return str(THEMES.get(slug, slug)) if slug else _("All themes")


def line(found: BudgetLine) -> str:
    """Return a line's name within its fund. The region is joined."""
    return f"{found.region} · {theme(found.theme_slug)}"


def line_of_fund(found: BudgetLine) -> str:
    """Return a line's name among those of several funds. Fund and region are joined."""
    return f"{found.fund} · {line(found)}"


def account(found: Account) -> str:
    """Return an account's name: its line's region and theme before what it holds. The line and region are joined."""
    kind = str(found.get_kind_display())
    if found.line is None:
        return kind
    return f"{line(found.line)} · {kind}"


def verb(name: str, *, by_stripe: bool = False) -> str:
    """Return what a history row's verb says to people."""
    words = {**VERBS, **STRIPE_VERBS} if by_stripe else VERBS
    return str(words.get(name, name))


def rule(found: FundRule) -> list[str]:
    """Return what a rule says, one sentence for each thing. The fund is joined."""

    def amount(minor: int) -> str:
        return format_money(minor, found.fund.currency)

    said = [
        *_by_itself(found, amount(found.automatic_up_to)),
        _("Above %(amount)s two officers approve an order.") % {"amount": amount(found.two_above)}
        if found.two_above is not None
        else _("One officer approves an order."),
        _("Above %(amount)s who made a settlement, a transfer or a spending does not check it.")
        % {"amount": amount(found.checker_above)},
    ]
    if not found.advance_share:
        return [*said, _("There are no advances.")]
    words = {"percent": f"{found.advance_share / 100:g}", "cap": amount(found.advance_cap or 0)}
    if found.advance_cap is None:
        return [*said, _("Advances up to %(percent)s%% of the order.") % words]
    return [*said, _("Advances up to %(percent)s%% of the order, and up to %(cap)s.") % words]


def _by_itself(found: FundRule, ceiling: str) -> list[str]:
    if not found.automatic_up_to:
        return [_("Nothing is approved by itself.")]
    days = counted_days(found)
    return [
        _("Orders up to %(amount)s are approved by themselves.") % {"amount": ceiling},
        _("What an office orders of one provider within %(days)s days counts together.") % {"days": days},
    ]


def why(line: SettlementLine, settlement: Settlement) -> str:
    """Return the sentence that says why a line has its amount, in the reader's language."""
    facts: dict[str, Any] = settlement.explanation
    rule = settlement.rule
    if line.reason == Reason.SATISFACTION:
        return _(
            "Held. %(raters)s attendees gave %(mean)s of 5 on average; below %(full)s the rule reduces, by at most "
            "%(most)s%%: %(rate)s%% are paid."
        ) % {
            "raters": facts.get("raters", ""),
            "mean": facts.get("mean", ""),
            "full": rule.full_pay_mean.normalize(),
            "most": rule.max_reduction_percent,
            "rate": line.rate,
        }
    if line.reason == Reason.NO_ATTENDANCE:
        return _("Nobody came though the provider was there: the rule pays %(rate)s%%.") % {"rate": line.rate}
    if line.reason == Reason.NOT_HELD:
        return _("Not held: nothing is paid.")
    if line.reason == Reason.DISPUTED:
        return _("The League decided after the office's objection that nothing is paid.")
    return _("Held: paid in full.")


def satisfaction(settlement: Settlement) -> str:
    """Return the sentence that says what the marks did to this settlement."""
    facts, rule = settlement.explanation, settlement.rule
    raters, mean = facts.get("raters") or 0, facts.get("mean")
    if raters < rule.min_raters or not mean:
        return _("%(raters)s attendees gave a mark. The satisfaction rule starts at %(least)s: nothing is reduced.") % {
            "raters": raters,
            "least": rule.min_raters,
        }
    if facts.get("percent", 100) >= 100:
        return _("%(raters)s attendees gave %(mean)s of 5 on average: nothing is reduced.") % {
            "raters": raters,
            "mean": mean,
        }
    return _("%(raters)s attendees gave %(mean)s of 5 on average: held sessions are paid at %(percent)s%%.") % {
        "raters": raters,
        "mean": mean,
        "percent": facts["percent"],
    }
