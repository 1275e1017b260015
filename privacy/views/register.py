"""The register of what is kept, for everybody to read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.access import public, view
from privacy import register as registered


@view(public)
def register(request: HttpRequest) -> HttpResponse:
    """Show what is kept of people, why, how long and who sees it."""
    parts = [{"whom": whom, "lines": lines} for whom, lines in registered.lines().items() if lines]
    return render(request, "privacy/register.html", {"parts": parts})
