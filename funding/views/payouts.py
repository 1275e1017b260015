"""The steps of a payout, each on a page that shows what will happen before it happens."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from funding import payouts as domain
from funding import policies
from funding.forms import FailedForm, PaidForm, ReasonForm, SendForm, WhyForm
from funding.models import Payout
from funding.stripe import transfers
from organisations.acting import ActingRequest


def _step(
    request: ActingRequest,
    pk: int,
    *,
    form_class: type[forms.Form],
    act: Callable[..., Payout],
    page: dict[str, Any],
    done: str | Promise,
) -> HttpResponse:
    payout = get_object_or_404(Payout.objects.with_settlement().visible_to(request.acting), pk=pk)
    require(policies.may_pay(request.acting, payout.settlement))
    form = form_class(posted(request), initial={"was": payout.status})
    if form.is_valid():
        try:
            act(payout, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, str(done))
            return redirect("funding:settlement", payout.settlement_id)
    context = {"form": form, "payout": payout, "settlement": payout.settlement, **page}
    return render(request, "funding/payout_step.html", context, status=422 if form.errors else 200)


@view(policies.finance, methods=["GET", "POST"])
def send(request: ActingRequest, pk: int) -> HttpResponse:
    """Check payee, account and amount, and send the transfer to the bank."""
    page = {
        "title": _("Check and send the transfer"),
        "button": _("Checked, send to the bank"),
        "stripe_button": _("Checked, send by Stripe"),
        "shows_account": True,
    }
    done = _("Sent. You will see here when it has arrived.")
    return _step(request, pk, form_class=SendForm, act=domain.send, page=page, done=done)


@view(policies.finance, methods=["GET", "POST"])
def paid(request: ActingRequest, pk: int) -> HttpResponse:
    """Confirm that the money arrived."""
    page = {"title": _("Confirm that the transfer arrived"), "button": _("Confirm arrival")}
    done = _("Paid. The order is settled.")
    return _step(request, pk, form_class=PaidForm, act=domain.mark_paid, page=page, done=done)


@view(policies.finance, methods=["GET", "POST"])
def failed(request: ActingRequest, pk: int) -> HttpResponse:
    """Note that the transfer did not go out."""
    page = {"title": _("The transfer failed"), "button": _("Note the failure"), "is_end": True}
    done = _("Noted. The money is still payable; prepare a new transfer when the cause is settled.")
    return _step(request, pk, form_class=FailedForm, act=domain.mark_failed, page=page, done=done)


@view(policies.finance, methods=["GET", "POST"])
def returned(request: ActingRequest, pk: int) -> HttpResponse:
    """Note that the money came back."""
    page = {"title": _("The money came back"), "button": _("Note the return"), "is_end": True}
    done = _("Noted. The money is payable again; prepare a new transfer when the cause is settled.")
    return _step(request, pk, form_class=ReasonForm, act=domain.mark_returned, page=page, done=done)


@view(policies.finance, methods=["GET", "POST"])
def ask_back(request: ActingRequest, pk: int) -> HttpResponse:
    """Have Stripe take back a transfer that arrived."""
    page = {"title": _("Take the money back"), "button": _("Have Stripe take it back"), "is_end": True}
    done = _("Stripe is asked. The money is payable again once Stripe has taken it back.")
    return _step(request, pk, form_class=WhyForm, act=transfers.ask_back, page=page, done=done)
