"""The rules of a fund: the one in force, those before and to come, and the next one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from core.money import format_plain
from core.time import today
from funding import fund_rules, policies
from funding import rules as city_rules
from funding.forms.rules import RuleForm
from funding.models import Fund, FundRule
from funding.models.rule import AUTOMATIC_DAYS
from organisations.acting import ActingRequest


@view(policies.fund_reader, methods=["GET", "POST"])
def rules(request: ActingRequest, pk: int) -> HttpResponse:
    """Show by which rules a fund's money moves; an officer enters another, from today or a later day on."""
    fund = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    may_rule, now = policies.may_rule(request.acting, fund), timezone.now()
    require(may_rule or request.method != "POST")
    present, city = fund_rules.in_force(fund.pk, now), city_rules.in_force(today(now))
    form = RuleForm(posted(request), fund=fund, initial=_initial(fund, present, city.checker_above))
    if form.is_valid():
        try:
            fund_rules.add(fund, **form.rule(), by=request.acting, now=now)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Entered. It holds from that day on, for what is decided then."))
            return redirect("funding:rules", fund.pk)
    context = {
        "fund": fund,
        "form": form,
        "may_rule": may_rule,
        "present": present,
        "city": city,
        "rows": fund.rules.select_related("set_by", "fund").order_by("-required_from"),
        "today": today(now),
    }
    return render(request, "funding/rules.html", context, status=422 if form.errors else 200)


def _initial(fund: Fund, present: FundRule | None, checker_above: int) -> dict[str, Any]:
    """Start the form with what holds now."""

    def plain(amount: int | None) -> str:
        return "" if amount is None else format_plain(amount, fund.currency)

    if present is None:
        return {"checker_above": plain(checker_above), "automatic_days": AUTOMATIC_DAYS}
    return {
        "automatic_up_to": plain(present.automatic_up_to or None),
        "automatic_days": fund_rules.counted_days(present),
        "two_above": plain(present.two_above),
        "checker_above": plain(present.checker_above),
        "advance_percent": f"{present.advance_share / 100:g}" if present.advance_share else "",
        "advance_cap": plain(present.advance_cap),
    }
