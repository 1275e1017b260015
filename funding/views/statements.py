"""The bank's statements: importing one, and what became of its lines."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from core.jobs import ask_worker
from core.paging import steps
from funding import bank_queries, matching, policies
from funding import statements as domain
from funding.forms import ReasonForm
from funding.forms.bank import MatchForm, StatementForm
from funding.models import LineState, PayerAccount, Payout, StatementImport, StatementLine
from organisations.acting import ActingRequest

PER_PAGE = 50
LISTED = 30
SECONDS = 10  # that a request takes for matching; a worker does the rest


def _load(request: ActingRequest, pk: int) -> StatementImport:
    rows = StatementImport.objects.visible_to(request.acting).select_related("league", "imported_by")
    return get_object_or_404(rows, pk=pk)


def _load_line(request: ActingRequest, pk: int) -> StatementLine:
    visible = StatementImport.objects.visible_to(request.acting)
    rows = StatementLine.objects.filter(statement__in=visible)
    found = get_object_or_404(rows.select_related("statement", "league", "state"), pk=pk)
    require(policies.may_pay_for(request.acting, found.league_id))
    return found


@view(policies.fund_reader)
def index(request: ActingRequest) -> HttpResponse:
    """Show the imported statements, and how many of their lines wait."""
    page = steps(bank_queries.statements(request.acting), request.GET, LISTED)
    return render(request, "funding/statements.html", {"page": page, "may_pay": policies.finance(request)})


@view(policies.finance, methods=["GET", "POST"])
def new(request: ActingRequest) -> HttpResponse:
    """Import a statement and match its lines; the same file again leads to what it brought the first time."""
    by, now = request.acting, timezone.now()
    initial = {"account": bank_queries.last_account(by)}
    accounts = PayerAccount.objects.visible_to(by).confirmed().newest_first()
    form = StatementForm(posted(request), request.FILES or None, initial=initial, accounts=list(accounts))
    if form.is_valid():
        given = form.cleaned_data
        try:
            found, is_new = domain.start(given["file"], account=given["account"], by=by, now=now)
        except DomainError as refusal:
            form.add_error(refusal.field or "file", str(refusal))
        else:
            if not is_new:
                messages.info(request, _("This file was imported before. Nothing was counted twice."))
            _match(found, request)
            return redirect("funding:statement", found.pk)
    return render(request, "funding/statement_new.html", {"form": form}, status=422 if form.errors else 200)


def _match(found: StatementImport, request: ActingRequest) -> None:
    """Match what a request has time for, and ask a worker for the rest."""
    done = matching.match_all(found, by=request.acting, now=timezone.now(), seconds=SECONDS)
    if done.matched_at is None:
        ask_worker("funding.sweep")


@view(policies.fund_reader)
def statement(request: ActingRequest, pk: int) -> HttpResponse:
    """Show a statement's lines by what became of them; what waits for somebody comes first."""
    found, by = _load(request, pk), request.acting
    counts = bank_queries.state_counts(found)
    asked = request.GET.get("state", "")
    state = asked if asked in counts else next((name for name, n in counts.items() if n), LineState.State.OPEN)
    page = steps(bank_queries.lines(found, state), request.GET, PER_PAGE)
    near = matching.suggestions(page.object_list) if state == LineState.State.OPEN else {}
    labels = dict(LineState.State.choices)
    context: dict[str, Any] = {
        "statement": found,
        "page": page,
        "rows": [{"line": line, "state": line.state, "near": near.get(line.pk, [])} for line in page.object_list],
        "state": state,
        "tabs": [
            {"url": f"?state={name}", "label": labels[name], "current": name == state, "count": n}
            for name, n in counts.items()
        ],
        "may_pay": policies.may_pay_for(by, found.league_id),
    }
    return render(request, "funding/statement.html", context)


@view(policies.finance, methods=["POST"])
def go_on(request: ActingRequest, pk: int) -> HttpResponse:
    """Match the lines that nobody looked at yet."""
    found = _load(request, pk)
    require(policies.may_pay_for(request.acting, found.league_id))
    _match(found, request)
    return redirect("funding:statement", found.pk)


@view(policies.finance, methods=["POST"])
def match(request: ActingRequest, pk: int) -> HttpResponse:
    """Match a line with the transfer that the person chose."""
    line = _load_line(request, pk)
    form = MatchForm(posted(request))
    transfers = Payout.objects.visible_to(request.acting).filter(rail=Payout.Rail.BANK)
    payout = get_object_or_404(transfers, pk=form.cleaned_data["payout"] if form.is_valid() else 0)
    try:
        state = matching.match(line, payout, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if state.state == LineState.State.MATCHED:
            messages.success(request, _("Matched."))
        else:
            messages.warning(request, _("The line says something else than the transfer. Nothing was paid."))
    return redirect("funding:statement", line.statement_id)


@view(policies.finance, methods=["GET", "POST"])
def set_aside(request: ActingRequest, pk: int) -> HttpResponse:
    """Say why a line belongs to no transfer."""
    line = _load_line(request, pk)
    form = ReasonForm(posted(request))
    form.fields["reason"].label = _("What this line is, or what you found out")
    if form.is_valid():
        try:
            matching.set_aside(line, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Set aside. It stays in the statement with your reason."))
            return redirect("funding:statement", line.statement_id)
    context = {"form": form, "line": line, "statement": line.statement, "state": line.state}
    return render(request, "funding/line_aside.html", context, status=422 if form.errors else 200)


@view(policies.finance, methods=["POST"])
def take_back(request: ActingRequest, pk: int) -> HttpResponse:
    """Open a line again."""
    line = _load_line(request, pk)
    try:
        matching.take_back(line, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("funding:statement", line.statement_id)
