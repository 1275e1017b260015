"""The work list of League finance: what to approve, what to pay, what to confirm, where the fund stands."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import view
from core.forms import whole_number
from core.paging import Steps, steps
from core.time import today
from funding import bank_queries, gateway, policies, queries, settlements
from funding.forms.bank import BatchForm
from funding.models import BudgetLine, Fund, PayeeAccount, PayerAccount, SecondLook, Settlement
from funding.stripe import accounts as stripe_accounts
from funding.stripe import quarantine
from organisations.acting import Acting, ActingRequest
from organisations.models import Membership

ROWS = 50


@view(policies.fund_reader)
def finance(request: ActingRequest) -> HttpResponse:
    """Show a fund's equation and the steps that wait, oldest first."""
    return page(request)


@view(policies.finance, methods=["POST"])
def approve(request: ActingRequest) -> HttpResponse:
    """Approve the ticked settlements; each that cannot be says so in its row, the others are approved."""
    asked = {pk for text in request.POST.getlist("chosen") if (pk := whole_number(text)) is not None}
    chosen = list(queries.to_approve(request.acting).filter(pk__in=asked))
    if not chosen:
        messages.warning(request, _("Choose at least one settlement that waits for approval."))
        return redirect("funding:finance")
    refused = settlements.approve_each(chosen, by=request.acting, now=timezone.now())
    done = len(chosen) - len(refused)
    if done:
        sentence = ngettext("%(count)d settlement is approved.", "%(count)d settlements are approved.", done)
        messages.success(request, sentence % {"count": done})
    return page(request, refused) if refused else redirect("funding:finance")


def page(
    request: ActingRequest, refused: dict[int, str] | None = None, batch_form: BatchForm | None = None
) -> HttpResponse:
    """Show the list; ``refused`` has the reasons of settlements that could not be approved just now.

    ``batch_form`` is a batch that could not be made: it says why, and its ticks stay.
    """
    by, now, refused = request.acting, timezone.now(), refused or {}
    funds = list(Fund.objects.visible_to(by).order_by("-starts_on", "-pk"))
    fund = queries.current_fund(funds, request.GET.get("fund", ""), today(now))
    to_approve = list(queries.to_approve(by))
    waiting = queries.to_pay(by)
    to_pay = steps(waiting, request.GET, ROWS, "pay-")
    accounts = PayeeAccount.objects.newest({one.commitment.provider_id for one in to_pay.object_list})
    payouts = steps(queries.under_way(by).filter(batch_row__isnull=True), request.GET, ROWS, "way-")
    payers = list(PayerAccount.objects.visible_to(by).in_use().order_by("pk")) if to_pay.object_list else []
    form = batch_form or BatchForm(accounts=payers)
    context = {
        "funds": funds,
        "fund": fund,
        "now": now,
        "totals": queries.totals(fund) if fund else None,
        "lines": queries.lines_of(fund) if fund else BudgetLine.objects.none(),
        "to_approve": [{"settlement": one, "refusal": refused.get(one.pk, "")} for one in to_approve],
        "sum_to_approve": sum(one.amount for one in to_approve),
        "all_to_pay": _sum_of(to_pay, waiting),
        "pay_page": to_pay,
        "to_pay": [
            {
                "settlement": one,
                "account": accounts.get(one.commitment.provider_id),
                "is_ticked": one.pk in form.ticked,
            }
            for one in to_pay.object_list
        ],
        "way_page": payouts,
        "to_send": [one for one in payouts.object_list if one.status == one.Status.QUEUED],
        "to_confirm": [one for one in payouts.object_list if one.status == one.Status.SENT],
        "batch_form": form,
        "payers": payers,
        "bank": bank_queries.bank_work(by),
        "batches": bank_queries.batches_under_way(by),
        **(_stripe(by) if gateway.is_on() else {}),
        "accounts": queries.accounts_to_confirm(by),
        "claims": queries.claims_of(by),
        "looks": SecondLook.objects.visible_to(by).waiting().select_related("asked_by", "fund").order_by("pk"),
        "may_keep": fund is not None and policies.may_keep(by, fund),
        "may_pay": Membership.Role.FINANCE in by.roles,
    }
    return render(request, "funding/finance.html", context, status=422 if refused or form.errors else 200)


def _sum_of(page: Steps[Settlement], waiting: QuerySet[Settlement]) -> dict[str, int]:
    """Return how many settlements wait, and their sum. One query where they are on more than one page."""
    if page.is_whole:
        return {"n": len(page.object_list), "sum": sum(one.due for one in page.object_list)}
    return waiting.order_by().aggregate(n=Count("pk"), sum=Sum(queries.DUE))


def _stripe(by: Acting) -> dict[str, Any]:
    """Return what waits at the second rail, where this site uses it."""
    return {
        "differences": list(quarantine.visible_to(by).filter(closed_at=None)),
        "stripe_accounts": list(stripe_accounts.to_confirm(by)),
    }
