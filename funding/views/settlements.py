"""A settlement: why this amount, the invoice, and where the money is."""

import mimetypes
from time import monotonic
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import require, view
from core.errors import DomainError
from core.forms import SubmissionMixin, posted
from funding import approving, claims, policies, queries, tracking
from funding import payouts as payout_domain
from funding import settlements as domain
from funding.forms import ExceptionForm, InvoiceForm
from funding.forms.bank import PaidFromForm
from funding.models import BudgetLine, PayeeAccount, PayerAccount, Payout, Settlement
from funding.stripe import accounts, quarantine
from organisations.acting import ActingRequest

SECONDS_IN_A_REQUEST = 10  # what takes longer, a worker goes on with


def _load(request: ActingRequest, pk: int) -> Settlement:
    return get_object_or_404(Settlement.objects.with_commitment().visible_to(request.acting), pk=pk)


@view(policies.settlement_reader)
def settlement(request: ActingRequest, pk: int) -> HttpResponse:
    """Show what an order is worth, line by line with the reason, and how its payment stands."""
    return _page(request, _load(request, pk))


def _page(request: ActingRequest, found: Settlement, pay_form: PaidFromForm | None = None) -> HttpResponse:
    """Show it; ``pay_form`` is a transfer that could not be prepared."""
    by = request.acting
    alive = found.payouts.alive().select_related("account", "made_by", "batch_row", "stripe").first()
    may_pay = policies.may_pay(by, found)
    may_give_invoice = policies.may_give_invoice(by, found) and alive is None
    may_choose = may_pay and alive is None and found.status == Settlement.Status.APPROVED
    form = pay_form or PaidFromForm(accounts=_payers(request) if may_choose else ())
    context: dict[str, Any] = {
        "settlement": found,
        "pay_form": form,
        "commitment": found.commitment,
        "fund": found.commitment.line.fund,
        "released": found.commitment.amount - max(found.amount, found.commitment.advanced),
        "lines": found.lines.order_by("position"),
        "invoice": getattr(found, "invoice", None),
        "payout": alive,
        "story": tracking.story(found, with_names=may_pay),
        "account": PayeeAccount.objects.newest_of(found.commitment.provider_id),
        "movements": queries.movements_of(found) if policies.line_reader(request) else None,
        "carried": queries.carried_of(found) if policies.line_reader(request) else None,
        "sees_line": BudgetLine.objects.visible_to(by).filter(pk=found.commitment.line_id).exists(),
        "may_pay": may_pay,
        "may_stripe": may_pay and alive is None and accounts.can_receive(found.commitment.provider),
        "differences": quarantine.open_of(alive) if alive else [],
        "may_give_invoice": may_give_invoice,
        "is_payee": policies.payee(request),
        "may_print": policies.fund_reader(request),
        "may_take_back": _may_take_back(request, found, alive),
    }
    return render(request, "funding/settlement.html", context, status=422 if form.errors else 200)


def _may_take_back(request: ActingRequest, found: Settlement, alive: Payout | None) -> bool:
    if not found.is_advance or found.status not in {found.Status.PROPOSED, found.Status.APPROVED} or alive is not None:
        return False
    if found.commitment.is_open:
        return policies.may_ask(request.acting, found.commitment)
    return policies.may_pay(request.acting, found) and claims.is_open_for(found)


@view(policies.finance, methods=["POST"])
def approve(request: ActingRequest, pk: int) -> HttpResponse:
    """Make the amount payable."""
    found = _load(request, pk)
    require(policies.may_pay(request.acting, found))
    try:
        domain.approve(found, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Approved. The provider is asked for the invoice."))
    return redirect("funding:settlement", found.pk)


@view(policies.finance, methods=["POST"])
def approve_all(request: ActingRequest) -> HttpResponse:
    """Approve everything that waits; what does not fit into this request is done by a worker within a minute."""
    form, by, now = SubmissionMixin(posted(request)), request.acting, timezone.now()
    if not form.is_valid():
        messages.error(request, _("Open the page anew, then approve."))
        return redirect("funding:finance")
    ends_at = monotonic() + SECONDS_IN_A_REQUEST
    try:
        run = approving.begin(**form.cleaned_data, by=by, now=now)
        run = approving.go_on(run, by=by, now=now, may_go_on=lambda: monotonic() < ends_at)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("funding:finance")
    words = ngettext("%(n)d settlement is approved.", "%(n)d settlements are approved.", run.approved)
    messages.success(request, words % {"n": run.approved})
    if run.finished_at is None:
        messages.info(request, _("The rest follows by itself within minutes."))
    if run.passed_over:
        words = ngettext(
            "%(n)d was left for somebody else, or changed meanwhile.",
            "%(n)d were left for somebody else, or changed meanwhile.",
            run.passed_over,
        )
        messages.warning(request, words % {"n": run.passed_over})
    return redirect("funding:finance")


@view(policies.finance, methods=["POST"])
def pay(request: ActingRequest, pk: int) -> HttpResponse:
    """Prepare the transfer, by the bank unless Stripe was chosen."""
    found = _load(request, pk)
    require(policies.may_pay(request.acting, found))
    is_stripe = request.POST.get("rail") == Payout.Rail.STRIPE
    form = PaidFromForm(posted(request), accounts=_payers(request))
    if not is_stripe and not form.is_valid():
        return _page(request, found, form)
    how = {"rail": Payout.Rail.STRIPE} if is_stripe else form.cleaned_data
    try:
        payout_domain.queue(found, **how, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The transfer is prepared. It is checked and sent next."))
    return redirect("funding:settlement", found.pk)


def _payers(request: ActingRequest) -> list[PayerAccount]:
    return list(PayerAccount.objects.visible_to(request.acting).in_use().order_by("pk"))


@view(policies.payee_or_finance, methods=["GET", "POST"])
def invoice(request: ActingRequest, pk: int) -> HttpResponse:
    """Take the provider's invoice."""
    found = _load(request, pk)
    require(policies.may_give_invoice(request.acting, found))
    form = InvoiceForm(
        posted(request),
        request.FILES or None,
        expected=found.to_invoice,
        currency=found.commitment.line.fund.currency,
    )
    return _record(request, found, form, "funding/invoice.html")


@view(policies.finance, methods=["GET", "POST"])
def no_invoice(request: ActingRequest, pk: int) -> HttpResponse:
    """Record why there is no invoice."""
    found = _load(request, pk)
    require(policies.may_pay(request.acting, found))
    return _record(request, found, ExceptionForm(posted(request)), "funding/no_invoice.html")


def _record(
    request: ActingRequest, found: Settlement, form: InvoiceForm | ExceptionForm, template: str
) -> HttpResponse:
    if form.is_valid():
        try:
            domain.record_invoice(found, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Recorded. The transfer can be prepared now."))
            return redirect("funding:settlement", found.pk)
    return render(request, template, {"form": form, "settlement": found}, status=422 if form.errors else 200)


@view(policies.settlement_reader)
def invoice_file(request: ActingRequest, pk: int) -> FileResponse:
    """Hand out the invoice's file to those who pay it or gave it."""
    found = _load(request, pk)
    require(policies.may_give_invoice(request.acting, found) or policies.fund_reader(request))
    file = getattr(getattr(found, "invoice", None), "file", None)
    if not file:
        raise Http404
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    name = f"{found.commitment.reference}.{file.name.rpartition('.')[2]}"
    return FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type=kind)
