"""Donations by Stripe: the way to the page of payment and back, and money that goes back to its giver."""

from typing import Any

from django.conf import settings
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
from funding import gateway, policies, second_looks
from funding.forms import RefundForm
from funding.models import Donation, StripeGift
from funding.stripe import gifts
from funding.views.steps import Step, asked_or, take
from funding.views.stripe import where_stripe_is_on
from organisations.acting import ActingRequest


def _load(request: ActingRequest, pk: int) -> Donation:
    return get_object_or_404(Donation.objects.visible_to(request.acting).with_fund(), pk=pk)


@view(policies.giver, methods=["GET", "POST"])
@where_stripe_is_on
def pay(request: ActingRequest, pk: int) -> HttpResponse:
    """Say what paying on Stripe's pages means; asked for, give the way there."""
    found, address, refused = _load(request, pk), "", ""
    if request.method == "POST":
        back = settings.SITE_URL + reverse("funding:gift-back", args=[found.pk])
        try:
            address = gifts.open_page(found, back=back, now=timezone.now())
        except DomainError as refusal:
            refused = str(refusal)
    context = {"donation": found, "address": address, "refused": refused}
    return render(request, "funding/gift_pay.html", context, status=422 if refused else 200)


@view(policies.giver)
@where_stripe_is_on
def back(request: ActingRequest, pk: int) -> HttpResponse:
    """Meet who comes back from the page of payment, and take over what Stripe says of it."""
    gift = StripeGift.objects.filter(donation=_load(request, pk)).exclude(checkout_id="").first()
    if gift is not None:
        try:
            gifts.look(gift, now=timezone.now())
        except (gateway.StripeError, DomainError):
            messages.warning(request, _("Stripe does not answer just now. What you paid stands here a little later."))
    return redirect("funding:give")


@view(policies.finance, methods=["GET", "POST"])
@where_stripe_is_on
def refund(request: ActingRequest, pk: int) -> HttpResponse:
    """Give a donation, or a part of it, back to the card from which it came."""
    found = _load(request, pk)
    require(policies.may_book(request.acting, found.fund))

    def act(data: dict[str, Any]) -> object:
        return second_looks.refund_gift(found, **data, by=request.acting, now=timezone.now())

    words = {
        "reference": found.reference,
        "amount": format_money(found.amount, found.currency),
        "left": format_money(found.fund.unallocated, found.currency),
    }
    step = Step(
        title=_("Give a donation back"),
        lead=_("%(reference)s over %(amount)s. Only what is not allocated can go back: %(left)s.") % words,
        button=_("Have Stripe give it back"),
        done=asked_or(_("Taken out of the fund. Stripe is asked to give it back.")),
        parent=found.fund,
        parent_url=reverse("funding:donations", args=[found.fund_id]),
        is_end=True,
    )
    return take(request, RefundForm(posted(request), fund=found.fund), act, step)
