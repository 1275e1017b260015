"""Papers for signatures and the cabinet: the payment voucher (付款凭证), and all of a settlement, a sheet each."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from core.access import view
from core.capitals import capitals
from core.money import DEFAULT_CURRENCY
from funding import policies
from funding.models import Payout, Settlement
from funding.models.payout import PayoutQuerySet
from organisations.acting import ActingRequest


def _sheet(request: ActingRequest, payout: Payout) -> dict[str, Any]:
    """Return what a voucher says."""
    settlement = payout.settlement
    return {
        "payout": payout,
        "settlement": settlement,
        "commitment": settlement.commitment,
        "fund": settlement.commitment.line.fund,
        "invoice": getattr(settlement, "invoice", None),
        "capitals": capitals(payout.amount) if payout.currency == DEFAULT_CURRENCY else "",
        "address": settings.SITE_URL + reverse("funding:settlement", args=[settlement.pk]),
        "may_pay": policies.may_pay(request.acting, settlement),
    }


def _payouts(request: ActingRequest) -> PayoutQuerySet:
    rows = Payout.objects.with_settlement().select_related("settlement__approved_by", "settlement__invoice")
    return rows.visible_to(request.acting)


@view(policies.fund_reader)
def voucher(request: ActingRequest, pk: int) -> HttpResponse:
    """Show payer, payee, amount in figures and in capitals, who did what, and the way back to this transfer."""
    payout = get_object_or_404(_payouts(request), pk=pk)
    return render(request, "funding/voucher.html", _sheet(request, payout))


@view(policies.fund_reader)
def papers(request: ActingRequest, pk: int) -> HttpResponse:
    """Show all papers of a settlement to print: order, acceptance, settlement with its invoice, and voucher."""
    rows = Settlement.objects.with_commitment().select_related("approved_by", "invoice__recorded_by")
    found = get_object_or_404(rows.visible_to(request.acting), pk=pk)
    payout = _payouts(request).filter(settlement=found).alive().first()
    context = {
        "settlement": found,
        "commitment": found.commitment,
        "fund": found.commitment.line.fund,
        "invoice": getattr(found, "invoice", None),
        "lines": found.lines.order_by("position"),
        **(_sheet(request, payout) if payout else {}),
    }
    return render(request, "funding/papers.html", context)
