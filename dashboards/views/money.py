"""Where a provider's money is, on one page."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.access import view
from core.paging import steps
from dashboards import money as domain
from funding import policies
from funding.models import PayeeAccount
from organisations.acting import ActingRequest

ROWS = 30


@view(policies.payee)
def money(request: ActingRequest) -> HttpResponse:
    """Show each order of the provider with what is committed, payable and paid, and who acts next."""
    provider = request.acting.organisation
    assert provider is not None  # the policy
    year, stage = domain.chosen(request.GET)
    rows = domain.with_all(domain.commitments_of(provider, year, stage))
    page = steps(rows, request.GET, ROWS)
    kept = {key: value for key, value in (("year", year), ("stage", stage)) if value}
    context = {
        "provider": provider,
        "account": PayeeAccount.objects.newest_of(provider.pk),
        "books": domain.books_of(provider, year),
        "asked": domain.asked_for(provider),
        "years": domain.years_of(provider),
        "year": year,
        "stages": domain.STAGES.items(),
        "stage": stage,
        "page": page,
        "rows": list(domain.places(page.object_list, timezone.now())),
        "filters": urlencode(kept),
    }
    return render(request, "dashboards/money.html", context)
