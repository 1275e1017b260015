"""Advances: asked for on an order, taken back before they are paid; and what a provider owes after one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from core.money import format_money
from core.time import today
from funding import advances, advancing, fund_rules, policies
from funding import claims as claims_domain
from funding.forms import WhyForm
from funding.forms.rules import AdvanceForm, RepayForm
from funding.models import Claim, Commitment, Settlement
from funding.views.steps import Step, take
from organisations.acting import ActingRequest


@view(policies.payee_or_finance, methods=["GET", "POST"])
def ask(request: ActingRequest, pk: int) -> HttpResponse:
    """Ask for an advance on a running order."""
    commitment = get_object_or_404(Commitment.objects.visible_to(request.acting).with_line(), pk=pk)
    require(policies.may_ask(request.acting, commitment))
    now, currency = timezone.now(), commitment.line.fund.currency
    allowed = advances.most(commitment, fund_rules.in_force(commitment.line.fund_id, now))

    def act(data: dict[str, Any]) -> object:
        return advancing.ask(commitment, data["amount"], reason=data["reason"], by=request.acting, now=now)

    is_finance = policies.finance(request)
    lead = _("At most %(amount)s can be advanced of this order, by the rule of its fund. The settlement pays the rest.")
    step = Step(
        title=_("Ask for an advance on order %(reference)s") % {"reference": commitment.reference},
        lead=lead % {"amount": format_money(allowed, currency)},
        button=_("Ask for it"),
        done=_("Asked for. League finance decides."),
        parent=_("Payments") if is_finance else _("Where our money is"),
        parent_url=reverse("funding:finance") if is_finance else "/workbench/money/",
    )
    return take(request, AdvanceForm(posted(request), currency=currency), act, step)


@view(policies.payee_or_finance, methods=["GET", "POST"])
def take_back(request: ActingRequest, pk: int) -> HttpResponse:
    """End an advance that was not paid."""
    rows = Settlement.objects.with_commitment().visible_to(request.acting).filter(kind=Settlement.Kind.ADVANCE)
    advance = get_object_or_404(rows, pk=pk)
    require(policies.may_ask(request.acting, advance.commitment))

    def act(data: dict[str, Any]) -> object:
        return advancing.take_back(advance, **data, by=request.acting, now=timezone.now())

    step = Step(
        title=_("Take the advance back"),
        lead=(
            _("The money stays committed for the order; the settlement pays all of it.")
            if advance.commitment.is_open
            else _("It never arrived, so nothing of it is owed: the money is available on its line again.")
        ),
        button=pgettext("advance", "Take it back"),
        done=_("Taken back."),
        parent=_("Advance on order %(reference)s") % {"reference": advance.commitment.reference},
        parent_url=reverse("funding:settlement", args=[advance.pk]),
        is_end=True,
    )
    return take(request, WhyForm(posted(request)), act, step)


@view(policies.claim_reader, methods=["GET", "POST"])
def claim(request: ActingRequest, pk: int) -> HttpResponse:
    """Show what is owed, how it arose and was met; League finance enters what was repaid."""
    found = get_object_or_404(Claim.objects.visible_to(request.acting).with_advance(), pk=pk)
    may_book, now = policies.may_book(request.acting, found.line.fund), timezone.now()
    require(may_book or request.method != "POST")
    form = RepayForm(posted(request), request.FILES or None, fund=found.line.fund, initial={"received_on": today(now)})
    if form.is_valid():
        data = dict(form.cleaned_data)
        key = f"repay:{data.pop('submission_id')}"
        try:
            claims_domain.repay(found, **data, by=request.acting, now=now, key=key)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            return _repaid(request, found)
    context = {
        "claim": found,
        "fund": found.line.fund,
        "form": form,
        "may_book": may_book,
        "history": found.history.select_related("actor", "settlement__commitment", "entry__document").order_by("pk"),
    }
    return render(request, "funding/claim.html", context, status=422 if form.errors else 200)


def _repaid(request: ActingRequest, found: Claim) -> HttpResponse:
    messages.success(request, _("Entered. The money is available on its line again."))
    return redirect("funding:claim", found.pk)
