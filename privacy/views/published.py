"""Pages for everybody: the security model, and the rules for children's data."""

from django.http import HttpResponse
from django.shortcuts import render

from core.access import public, view
from organisations.acting import ActingRequest
from privacy import published


@view(public)
def security(request: ActingRequest) -> HttpResponse:
    """Show what the site promises, and what each role sees and does not see."""
    before, after = published.window()
    return render(request, "privacy/security.html", {"roles": published.roles(), "before": before, "after": after})


@view(public)
def children(request: ActingRequest) -> HttpResponse:
    """Show the rules for children's data: the law's nine items, and who is in charge."""
    before, after = published.window()
    context = {
        "parts": published.of_families(),
        "officer": published.officer(),
        "place": published.place(),
        "before": before,
        "after": after,
    }
    return render(request, "privacy/children.html", context)
