"""The pages' admin: who gets in on this very request, and what it cannot read."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from cms import services
from core.time import today

PREFIX = "/cms/"
logger = logging.getLogger(__name__)


class EditorsMiddleware:
    """Keep the group "Editors" in step with the memberships of whoever opens the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(PREFIX) and request.user.is_authenticated:
            services.keep_editor_in_step(request.user, on=today(timezone.now()))
        return self.get_response(request)


class MisreadMiddleware:
    """Answer 400 where a view of Wagtail's stumbles over a form that lacks a field or holds what it never wrote there.

    The operator's log has the trace, as for any error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Take what comes of reading a form, and leave everything else to the page for errors."""
        if not request.path.startswith(PREFIX):
            return None
        misread = (LookupError, ValueError, TypeError, AttributeError) if request.method == "POST" else ()
        if not isinstance(error, (*misread, OverflowError)):  # a number that no database holds, in an address too
            return None
        logger.error("A form of the admin could not be read", exc_info=error)
        return render(request, "400.html", status=400)
