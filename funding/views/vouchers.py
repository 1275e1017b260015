"""The payment voucher (付款凭证): one transfer on a sheet of paper, for signatures and the cabinet."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from core.access import view
from core.capitals import capitals
from core.money import DEFAULT_CURRENCY
from funding import policies
from funding.models import Payout
from organisations.acting import ActingRequest


@view(policies.fund_reader)
def voucher(request: ActingRequest, pk: int) -> HttpResponse:
    """Show payer, payee, amount in figures and in capitals, who did what, and the way back to this transfer."""
    rows = Payout.objects.with_settlement().select_related("settlement__approved_by", "settlement__invoice")
    payout = get_object_or_404(rows.visible_to(request.acting), pk=pk)
    settlement = payout.settlement
    context = {
        "payout": payout,
        "settlement": settlement,
        "commitment": settlement.commitment,
        "fund": settlement.commitment.line.fund,
        "invoice": getattr(settlement, "invoice", None),
        "capitals": capitals(payout.amount) if payout.currency == DEFAULT_CURRENCY else "",
        "address": settings.SITE_URL + reverse("funding:settlement", args=[settlement.pk]),
        "may_pay": policies.may_pay(request.acting, settlement),
    }
    return render(request, "funding/voucher.html", context)
