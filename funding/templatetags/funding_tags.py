"""Money on pages of every room: a line's bar and legend, the fund on the home page, words for codes."""

import io
from typing import Any

import segno
from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.capitals import capitals
from core.money import format_money
from core.templatetags.figures import bar
from core.time import today
from funding import queries, wording
from funding.models import Account, BudgetLine, Fund, FundRule, LineState, Settlement, SettlementLine
from funding.queries import Totals

register = template.Library()


def labels() -> dict[str, str]:
    """Return what the parts of a bar are called."""
    return {
        "paid": pgettext("money", "Paid"),
        "payable": pgettext("money", "Payable"),
        "committed": pgettext("money", "Committed"),
        "this": pgettext("money", "This order"),
        "available": pgettext("money", "Available"),
    }


def said(name: str, total: int, parts: list[tuple[str, int]], currency: str) -> str:
    """Return a bar in words."""
    words = labels()
    inner = pgettext("between amounts", ", ").join(
        f"{words[kind]} {format_money(amount, currency)}" for kind, amount in parts
    )
    return _("%(name)s %(total)s: %(parts)s") % {"name": name, "total": format_money(total, currency), "parts": inner}


def line_parts(line: BudgetLine, this: int | None) -> list[tuple[str, int]]:
    """Return a line's parts; an order that is not committed yet is taken out of what is available."""
    parts = queries.totals_of_line(line).parts
    if this is None:
        return parts
    taken = min(this, line.available)
    return [*parts[:3], ("this", taken), ("available", line.available - taken)]


@register.simple_tag
def budget_bar(line: BudgetLine, this: int | None = None) -> SafeString:
    """Write a line's bar; ``this`` is an order that would come out of what is available."""
    parts = line_parts(line, this)
    return bar(parts, line.allocated, said(str(line), line.allocated, parts, line.fund.currency))


@register.simple_tag
def line_strip(line: BudgetLine) -> SafeString:
    """Write a line's bar as decoration, thin: its figures stand beside it in the table."""
    return bar(queries.totals_of_line(line).parts, line.allocated, thin=True)


@register.inclusion_tag("funding/parts/line_legend.html")
def line_legend(line: BudgetLine, this: int | None = None) -> dict[str, Any]:
    """Write the amounts of a line's bar; with ``this``, what is left after approval, or what is missing."""
    words = labels()
    rows = [{"kind": kind, "label": words[kind], "amount": amount} for kind, amount in line_parts(line, this)]
    if this is not None:
        rows[3]["amount"] = this
        rows[4] |= {"label": _("Available after approval"), "now": line.available}
    return {"rows": rows, "currency": line.fund.currency, "missing": max((this or 0) - line.available, 0)}


@register.inclusion_tag("funding/parts/fund_legend.html")
def fund_equation(totals: Totals, currency: str) -> dict[str, Any]:
    """Write a fund's total and its four parts, which add up to it on the screen."""
    words = labels()
    rows = [
        {"kind": kind, "label": words[kind], "amount": amount, "share": totals.share(amount)}
        for kind, amount in totals.parts
    ]
    return {"totals": totals, "rows": rows, "currency": currency}


@register.simple_tag
def fund_bar(fund: Fund, totals: Totals) -> SafeString:
    """Write a fund's bar."""
    return bar(totals.parts, totals.total, said(str(fund), totals.total, totals.parts, fund.currency))


@register.inclusion_tag("funding/parts/fund_strip.html")
def fund_strip() -> dict[str, Any]:
    """Write what the city's running fund has paid so far, for the home page; nothing where there is no fund."""
    fund = Fund.objects.running(today(timezone.now())).order_by("-received", "pk").first()
    if fund is None:
        return {}
    totals, words = queries.totals(fund), labels()
    rows = [{"kind": kind, "label": words[kind], "share": totals.share(amount)} for kind, amount in totals.parts]
    return {"fund": fund, "totals": totals, "rows": rows}


@register.simple_tag
def paper_code(address: str) -> SafeString:
    """Draw an address as a square code that is read from paper; black on white, whatever the theme."""
    drawn = io.BytesIO()
    made = segno.make(address, error="m", micro=False)
    made.save(drawn, kind="svg", omitsize=True, border=2, light="#fff", xmldecl=False, svgns=False, nl=False)
    return SafeString(drawn.getvalue().decode())


@register.simple_tag
def differing(state: LineState) -> str:
    """Write in what a line of the statement differs from its transfer."""
    labels = dict(LineState.Difference.choices)
    return pgettext("between differences", ", ").join(str(labels[one]) for one in state.differences.split(",") if one)


@register.filter
def theme_name(slug: str) -> str:
    """Return a theme's name in the reader's language."""
    return wording.theme(slug)


@register.filter
def account_name(account: Account) -> str:
    """Return an account's name; its line and region are joined."""
    return wording.account(account)


@register.filter
def line_name(line: BudgetLine) -> str:
    """Return a line's name within its fund."""
    return wording.line(line)


@register.filter
def in_capitals(minor: int) -> str:
    """Return an amount of yuan in the signs that cannot be altered, as receipts have it."""
    return capitals(minor)


@register.filter
def currency_name(code: str) -> str:
    """Return a currency as the head of a table names it."""
    return pgettext("currency", "yuan") if code == "CNY" else code


@register.filter
def verb_words(name: str) -> str:
    """Return what a history row's verb says."""
    return wording.verb(name)


@register.filter
def rule_words(rule: FundRule) -> list[str]:
    """Return what a rule of a fund says, sentence by sentence."""
    return wording.rule(rule)


@register.simple_tag
def why(line: SettlementLine, settlement: Settlement) -> str:
    """Write why a settlement line has its amount."""
    return wording.why(line, settlement)


@register.simple_tag
def satisfaction(settlement: Settlement) -> str:
    """Write what the marks did to a settlement."""
    return wording.satisfaction(settlement)
