"""All transfers of the League: what is under way, what arrived, what came back."""

from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render

from core.access import view
from core.paging import steps
from funding import payment_lists, policies
from organisations.acting import ActingRequest

ROWS = 50


@view(policies.fund_reader)
def index(request: ActingRequest) -> HttpResponse:
    """Show the transfers of a state, a month, a provider, the newest first, with their number and sums."""
    choice = payment_lists.chosen(request.GET)
    rows = payment_lists.payouts(request.acting, choice)
    rest = {key: value for key, value in choice.kept.items() if key != "state"}
    context = {
        "choice": choice,
        "filters": urlencode(choice.kept),
        "tabs": [
            {
                "url": "?" + urlencode({**({"state": key} if key else {}), **rest}),
                "label": label,
                "current": key == choice.state,
            }
            for key, (label, _statuses) in payment_lists.STATES.items()
        ],
        "page": steps(rows, request.GET, ROWS),
        "sums": list(rows.order_by("currency").values("currency").annotate(n=Count("pk"), total=Sum("amount"))),
    }
    return render(request, "funding/payouts.html", context)
