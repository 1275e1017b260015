"""The register of what is kept, for everybody to read."""

from django.http import HttpResponse
from django.shortcuts import render

from core.access import public, view
from organisations.acting import ActingRequest
from privacy import register as registered
from privacy.policies import reads_audit


@view(public)
def register(request: ActingRequest) -> HttpResponse:
    """Show what is kept of people, why, how long and who sees it."""
    parts = [{"whom": whom, "lines": lines} for whom, lines in registered.lines().items() if lines]
    return render(request, "privacy/register.html", {"parts": parts, "audits": reads_audit(request)})
