"""The open books: what was spent on what, for everybody, without a personal word."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.access import public, view
from core.time import today
from funding import queries
from funding.models import Fund


@view(public)
def public_books(request: HttpRequest) -> HttpResponse:
    """Show each fund's money by street and theme. ``?fund=`` chooses an earlier one."""
    now = timezone.now()
    funds = list(Fund.objects.select_related("league").order_by("-starts_on", "-received", "pk"))
    fund = queries.current_fund(funds, request.GET.get("fund", ""), today(now))
    context = {
        "funds": funds,
        "fund": fund,
        "now": now,
        "totals": queries.totals(fund) if fund else None,
        "by_region": queries.by_region(fund) if fund else [],
        "by_theme": queries.by_theme(fund) if fund else [],
    }
    return render(request, "funding/public.html", context)
