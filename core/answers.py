"""Refusals that come before any view, or instead of one."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def too_large(request: HttpRequest, limit: int) -> HttpResponse:
    """Answer a body over so many bytes."""
    return render(request, "413.html", {"megabytes": limit / 1_000_000}, status=413)


def wrong_method(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """Answer a method that the address does not take, such as a look at an address that only takes a form."""
    response = render(request, "405.html", status=405)
    response["Allow"] = ", ".join(allowed)
    return response
