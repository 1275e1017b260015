"""Donations by bank transfer: what an enterprise announces, what League finance finds on the statement, the receipt."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from core.money import format_money
from core.paging import steps
from funding import donations as domain
from funding import gateway, policies
from funding.forms import AnnounceForm, ArrivedForm, CorrectForm, GiftForm
from funding.models import Donation, Fund
from funding.views.steps import Step, take
from organisations.acting import ActingRequest

ROWS = 50


@view(policies.giver, methods=["GET", "POST"])
def give(request: ActingRequest) -> HttpResponse:
    """Show an enterprise what it gave and will give, and let it announce more."""
    donor, now = request.acting.organisation, timezone.now()
    assert donor is not None
    funds = domain.givable(donor, now)
    form = AnnounceForm(posted(request), funds=funds)
    if form.is_valid():
        try:
            made = domain.announce(**form.cleaned_data, donor=donor, donor_name=donor.name, by=request.acting, now=now)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(
                request, _("Announced. Write %(reference)s on the transfer.") % {"reference": made.reference}
            )
            return redirect("funding:give")
    found = Donation.objects.visible_to(request.acting).with_fund().with_given_back().order_by("-pk")
    page = steps(found, request.GET, ROWS)
    context = {"donor": donor, "form": form, "funds": funds, "page": page, "has_stripe": gateway.is_on()}
    return render(request, "funding/give.html", context, status=422 if form.errors else 200)


@view(policies.fund_reader, methods=["GET", "POST"])
def donations(request: ActingRequest, pk: int) -> HttpResponse:
    """Show what was given to a fund and what is announced; finance enters gifts of those without a login."""
    fund = get_object_or_404(Fund.objects.visible_to(request.acting), pk=pk)
    may_book = policies.may_book(request.acting, fund)
    require(may_book or request.method != "POST")
    form = GiftForm(posted(request), fund=fund)
    if form.is_valid():
        try:
            domain.announce(fund, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Noted. Book it when the transfer has arrived."))
            return redirect("funding:donations", fund.pk)
    rows = Donation.objects.visible_to(request.acting).filter(fund=fund)
    found = rows.with_fund().with_given_back().order_by("-pk")
    page = steps(found, request.GET, ROWS)
    context = {"fund": fund, "form": form, "page": page, "may_book": may_book, "has_stripe": gateway.is_on()}
    return render(request, "funding/donations.html", context, status=422 if form.errors else 200)


def _load(request: ActingRequest, pk: int) -> Donation:
    return get_object_or_404(Donation.objects.visible_to(request.acting).with_fund(), pk=pk)


@view(policies.finance, methods=["GET", "POST"])
def received(request: ActingRequest, pk: int) -> HttpResponse:
    """Book a donation that stands on the bank's statement."""
    found = _load(request, pk)
    require(policies.may_book(request.acting, found.fund))

    def act(data: dict[str, Any]) -> object:
        return domain.receive(found, **data, by=request.acting, now=timezone.now())

    step = Step(
        title=_("Book a donation"),
        lead=_("%(donor)s announced %(amount)s under %(reference)s.")
        % {
            "donor": found.donor_name,
            "amount": format_money(found.amount, found.currency),
            "reference": found.reference,
        },
        button=_("Book it"),
        done=_("Booked. The receipt can be printed."),
        parent=found.fund,
        parent_url=reverse("funding:donations", args=[found.fund_id]),
        back=reverse("funding:receipt", args=[found.pk]),
    )
    return take(request, ArrivedForm(posted(request), fund=found.fund), act, step)


@view(policies.giver_or_finance, methods=["GET", "POST"])
def withdraw(request: ActingRequest, pk: int) -> HttpResponse:
    """Note that an announced donation will not come."""
    found = _load(request, pk)

    def act(data: dict[str, Any]) -> object:
        return domain.withdraw(found, **data, by=request.acting, now=timezone.now())

    is_giver = policies.giver(request)
    step = Step(
        title=_("Withdraw the announcement"),
        lead=_("%(reference)s over %(amount)s is no longer expected.")
        % {"amount": format_money(found.amount, found.currency), "reference": found.reference},
        button=_("Withdraw"),
        done=_("Withdrawn."),
        parent=_("Our donations") if is_giver else found.fund,
        parent_url=reverse("funding:give") if is_giver else reverse("funding:donations", args=[found.fund_id]),
        is_end=True,
    )
    return take(request, CorrectForm(posted(request)), act, step)


@view(policies.receipt_reader)
def receipt(request: ActingRequest, pk: int) -> HttpResponse:
    """Show the receipt of a donation that arrived, over what its giver did not get back, made to be printed."""
    found = get_object_or_404(Donation.objects.visible_to(request.acting).with_fund().with_receipt(), pk=pk)
    return render(request, "funding/receipt.html", {"donation": found})
