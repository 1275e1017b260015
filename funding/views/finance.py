"""The work list of League finance: what to approve, what to pay, what to confirm, where the fund stands."""

from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.access import view
from core.paging import Steps, steps
from core.time import today
from funding import bank_queries, gateway, policies, queries
from funding.forms import BatchForm
from funding.models import BudgetLine, Fund, PayeeAccount, Settlement
from funding.stripe import accounts as stripe_accounts
from funding.stripe import quarantine
from organisations.acting import Acting, ActingRequest
from organisations.models import Membership

ROWS = 50


@view(policies.fund_reader)
def finance(request: ActingRequest) -> HttpResponse:
    """Show a fund's equation and the steps that wait, oldest first."""
    by, now = request.acting, timezone.now()
    funds = list(Fund.objects.visible_to(by).order_by("-starts_on", "-pk"))
    fund = queries.current_fund(funds, request.GET.get("fund", ""), today(now))
    to_approve = list(queries.to_approve(by))
    waiting = queries.to_pay(by)
    to_pay = steps(waiting, request.GET, ROWS, "pay-")
    accounts = PayeeAccount.objects.newest({one.commitment.provider_id for one in to_pay.object_list})
    payouts = steps(queries.under_way(by).filter(batch_row__isnull=True), request.GET, ROWS, "way-")
    context = {
        "funds": funds,
        "fund": fund,
        "now": now,
        "totals": queries.totals(fund) if fund else None,
        "lines": queries.lines_of(fund) if fund else BudgetLine.objects.none(),
        "to_approve": to_approve,
        "sum_to_approve": sum(one.amount for one in to_approve),
        "all_to_pay": _sum_of(to_pay, waiting),
        "pay_page": to_pay,
        "to_pay": [
            {"settlement": one, "account": accounts.get(one.commitment.provider_id)} for one in to_pay.object_list
        ],
        "way_page": payouts,
        "to_send": [one for one in payouts.object_list if one.status == one.Status.QUEUED],
        "to_confirm": [one for one in payouts.object_list if one.status == one.Status.SENT],
        "batch_form": BatchForm(),
        "bank": bank_queries.bank_work(by),
        "batches": bank_queries.batches_under_way(by),
        **(_stripe(by) if gateway.is_on() else {}),
        "accounts": queries.accounts_to_confirm(by),
        "may_keep": fund is not None and policies.may_keep(by, fund),
        "may_pay": Membership.Role.FINANCE in by.roles,
    }
    return render(request, "funding/finance.html", context)


def _sum_of(page: Steps[Settlement], waiting: QuerySet[Settlement]) -> dict[str, int]:
    """Return how many settlements wait, and their sum. One query where they are on more than one page."""
    if page.is_whole:
        return {"n": len(page.object_list), "sum": sum(one.amount for one in page.object_list)}
    return waiting.order_by().aggregate(n=Count("pk"), sum=Sum("amount"))


def _stripe(by: Acting) -> dict[str, Any]:
    """Return what waits at the second rail, where this site uses it."""
    return {
        "differences": list(quarantine.visible_to(by).filter(closed_at=None)),
        "stripe_accounts": list(stripe_accounts.to_confirm(by)),
    }
