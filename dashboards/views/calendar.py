"""A person's dates for the calendar of their phone: at an address with a secret, without a login."""

import re

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core import calendars
from core.access import public, signed_in, view
from dashboards.calendars import entries_of
from organisations.acting import ActingRequest
from users import feeds
from users.models import User

_WEBCAL = re.compile(r"^https?:")  # the scheme that opens a calendar instead of a browser


@view(signed_in, methods=["GET", "POST"])
@never_cache
def address(request: ActingRequest) -> HttpResponse:
    """Say whether there is an address; make one and show it, this once."""
    user = request.user
    assert isinstance(user, User)
    shown = ""
    if request.method == "POST":
        secret = feeds.make_feed(user, now=timezone.now())
        shown = f"{settings.SITE_URL}{reverse('dashboards:feed', args=[secret])}"
    context = {"feed": feeds.feed_of(user), "address": shown, "webcal": _WEBCAL.sub("webcal:", shown)}
    return render(request, "dashboards/calendar.html", context)


@view(signed_in, methods=["POST"])
def end(request: ActingRequest) -> HttpResponse:
    """End the address: whoever has it reads nothing any more."""
    user = request.user
    assert isinstance(user, User)
    feeds.end_feed(user, now=timezone.now())
    messages.success(request, _("The address has ended. A phone that still has it reads nothing new."))
    return redirect("dashboards:calendar")


@view(public)
def feed(request: ActingRequest, secret: str) -> HttpResponseBase:
    """Answer with the dates of whose address it is, in the language of their messages; whoever else asks finds none."""
    reader = feeds.reader_of(secret)
    if reader is None:
        raise Http404
    with translation.override(reader.language):
        return calendars.answer(request, entries_of(reader, timezone.now()), name="calendar.ics")
