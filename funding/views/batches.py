"""Batches of bank transfers: the list, the page on which one is checked, and the file for the bank."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from core.paging import steps
from funding import bank_files, bank_queries, policies
from funding import batches as domain
from funding.forms.bank import BatchForm
from funding.models import PayeeAccount, PayerAccount, PayoutBatch
from funding.views import finance
from organisations.acting import ActingRequest

PER_PAGE = 100
LISTED = 30


def _load(request: ActingRequest, pk: int) -> PayoutBatch:
    rows = PayoutBatch.objects.visible_to(request.acting).select_related(
        "league", "payer", "made_by", "checked_by", "sent_by"
    )
    return get_object_or_404(rows, pk=pk)


@view(policies.fund_reader)
def index(request: ActingRequest) -> HttpResponse:
    """Show the batches and how far each is."""
    page = steps(bank_queries.batches(request.acting), request.GET, LISTED)
    return render(request, "funding/batches.html", {"page": page})


@view(policies.finance, methods=["POST"])
def new(request: ActingRequest) -> HttpResponse:
    """Make a batch of the chosen settlements, and prepare its transfers."""
    by, now = request.acting, timezone.now()
    form = BatchForm(posted(request), accounts=list(PayerAccount.objects.visible_to(by)))
    if "submission_id" in form.errors:
        messages.error(request, str(_("Open the page anew, then choose again.")))
        return redirect("funding:finance")
    if form.is_valid():
        try:
            batch = domain.make(**form.cleaned_data, by=by, now=now)
            domain.fill(batch, by=by, now=now)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            return redirect("funding:batch", batch.pk)
    return finance.page(request, batch_form=form)


@view(policies.fund_reader)
def batch(request: ActingRequest, pk: int) -> HttpResponse:
    """Show payee, account and amount of every transfer, what is new about them, and how far the batch is."""
    found, by = _load(request, pk), request.acting
    page = steps(bank_queries.rows_to_check(found), request.GET, PER_PAGE)
    providers = {row.settlement.commitment.provider_id for row in page.object_list if row.payout}
    newest = PayeeAccount.objects.newest(providers)
    rows = [{"row": row, "payout": row.payout, "changed": _changed(row, newest)} for row in page.object_list]
    context: dict[str, Any] = {
        "batch": found,
        "page": page,
        "rows": rows,
        "progress": bank_queries.progress(found),
        "history": found.history.select_related("actor").order_by("-pk"),
        "may_pay": policies.may_pay_for(by, found.league_id),
        "may_check": policies.may_check(by, found),
        "kinds": bank_files.KINDS,
    }
    return render(request, "funding/batch.html", context)


def _changed(row: Any, newest: dict[int, PayeeAccount]) -> bool:
    """Tell whether a transfer that waits no longer fits its payee's account."""
    return row.payout is not None and row.payout.status == "queued" and not domain.is_fit(row.payout, newest)


def _step(
    request: ActingRequest, found: PayoutBatch, act: Callable[..., PayoutBatch], done: str | Promise
) -> HttpResponse:
    try:
        act(found, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, str(done))
    return redirect("funding:batch", found.pk)


@view(policies.finance, methods=["POST"])
def go_on(request: ActingRequest, pk: int) -> HttpResponse:
    """Prepare the transfers that are still missing."""
    found = _load(request, pk)
    require(policies.may_pay_for(request.acting, found.league_id))
    return _step(request, found, domain.fill, _("All transfers that can be made are prepared."))


@view(policies.fund_keeper, methods=["POST"])
def check(request: ActingRequest, pk: int) -> HttpResponse:
    """Confirm the batch as the second person."""
    found = _load(request, pk)
    require(policies.may_check(request.acting, found))
    return _step(request, found, domain.check, _("Checked. League finance can release it to the bank now."))


@view(policies.finance, methods=["POST"])
def send(request: ActingRequest, pk: int) -> HttpResponse:
    """Release the batch to the bank."""
    found = _load(request, pk)
    require(policies.may_pay_for(request.acting, found.league_id))
    return _step(request, found, domain.send, _("Released. Take the file and hand it to the bank."))


@view(policies.finance)
def file(request: ActingRequest, pk: int, kind: str) -> HttpResponse:
    """Answer with the file for the bank, and write down who took it."""
    found = _load(request, pk)
    require(policies.may_pay_for(request.acting, found.league_id))
    if kind not in bank_files.KINDS:
        raise Http404
    try:
        content = domain.take_file(found, kind, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("funding:batch", found.pk)
    response = HttpResponse(content, content_type=bank_files.KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="batch-{found.number}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response
