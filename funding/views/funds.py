"""Funds and budget lines: set up, receive, allocate, look."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from core.money import format_money
from core.paging import steps
from funding import funds as domain
from funding import policies, queries
from funding.forms import AllocateForm, FundForm, ReceiveForm
from funding.funds import create as set_up
from funding.models import BudgetLine, Fund
from organisations.acting import ActingRequest

ROWS = 50


@view(policies.fund_keeper, methods=["GET", "POST"])
def new(request: ActingRequest) -> HttpResponse:
    """Set up a fund for the acting League."""
    league = request.acting.organisation
    assert league is not None
    form = FundForm(posted(request), league=league)
    if form.is_valid():
        try:
            fund = set_up(league, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The fund is set up. Enter the money that arrived next."))
            return redirect("funding:fund", fund.pk)
    return render(request, "funding/fund_new.html", {"form": form}, status=422 if form.errors else 200)


@view(policies.fund_reader)
def fund(request: ActingRequest, pk: int) -> HttpResponse:
    """Show one fund with its lines and what happened to it."""
    found = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    context = {
        "fund": found,
        "totals": queries.totals(found),
        "lines": queries.lines_of(found),
        "page": steps(queries.history_of(found), request.GET, ROWS),
        "may_keep": policies.may_keep(request.acting, found),
        "may_book": policies.may_book(request.acting, found),
    }
    return render(request, "funding/fund.html", context)


@view(policies.fund_reader)
def flow(request: ActingRequest, pk: int) -> HttpResponse:
    """Show where a fund's money goes: to which themes, and to which areas."""
    found = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    return render(request, "funding/flow.html", {"fund": found, "totals": queries.totals(found)})


@view(policies.fund_keeper, methods=["GET", "POST"])
def receive(request: ActingRequest, pk: int) -> HttpResponse:
    """Enter money that arrived for a fund."""
    found = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    require(policies.may_keep(request.acting, found))
    form = ReceiveForm(posted(request), fund=found)
    if form.is_valid():
        data = form.cleaned_data
        key = f"receive:{data['submission_id']}"
        try:
            domain.receive(
                found, data["amount"], document=data["document"], by=request.acting, now=timezone.now(), key=key
            )
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(
                request,
                _("%(amount)s received. Allocate it to lines next.")
                % {"amount": format_money(data["amount"], found.currency)},
            )
            return redirect("funding:fund", found.pk)
    return render(
        request, "funding/fund_receive.html", {"form": form, "fund": found}, status=422 if form.errors else 200
    )


@view(policies.fund_keeper, methods=["GET", "POST"])
def allocate(request: ActingRequest, pk: int) -> HttpResponse:
    """Give unallocated money to a line."""
    found = get_object_or_404(Fund.objects.visible_to(request.acting).select_related("league__region"), pk=pk)
    require(policies.may_keep(request.acting, found))
    form = AllocateForm(posted(request), fund=found)
    if form.is_valid():
        data = form.cleaned_data
        key = f"allocate:{data['submission_id']}"
        try:
            line = domain.allocate(
                found,
                data["region"],
                data["amount"],
                theme_slug=data["theme_slug"],
                returns_on=data["returns_on"],
                by=request.acting,
                now=timezone.now(),
                key=key,
            )
        except DomainError as refusal:
            form.add_error(refusal.field or "amount", str(refusal))
        else:
            messages.success(
                request,
                _("%(amount)s allocated to %(region)s.")
                % {"amount": format_money(data["amount"], found.currency), "region": line.region},
            )
            return redirect("funding:fund", found.pk)
    return render(
        request, "funding/fund_allocate.html", {"form": form, "fund": found}, status=422 if form.errors else 200
    )


@view(policies.line_reader)
def line(request: ActingRequest, pk: int) -> HttpResponse:
    """Show one budget line with its statement: every movement, and what was available after it."""
    found = get_object_or_404(BudgetLine.objects.with_fund().visible_to(request.acting), pk=pk)
    rows = queries.statement(found, request.acting)
    page = steps(rows, request.GET, ROWS)
    context = {
        "line": found,
        "totals": queries.totals_of_line(found),
        "page": page,
        "rows": list(queries.told(page.object_list, rows)),
        "reads_books": policies.fund_reader(request),
        "may_keep": policies.may_keep(request.acting, found.fund),
        "may_book": policies.may_book(request.acting, found.fund),
    }
    return render(request, "funding/line.html", context)
