"""One's own clearance."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import signed_in, view
from core.time import today
from organisations.acting import ActingRequest
from safeguarding import clearance, services
from safeguarding.models import PledgeText
from safeguarding.reminders import BEFORE
from users.models import User


@view(signed_in)
def mine(request: ActingRequest) -> HttpResponse:
    """Show what a person needs to be with children, what they have, and until when."""
    user, on = cast(User, request.user), today(timezone.now())
    context = {
        "clearance": clearance.of_worker(user, on),
        "Missing": clearance.Missing,
        "to_sign": services.pledge_to_sign(user, on),
        "pledge": user.pledges.select_related("text").order_by("-text__version").first(),
        "trainings": user.trainings.order_by("-completed_on"),
        "on": on,
        "ends_soon": on + BEFORE[-1],
        "phone": settings.SAFEGUARDING_PHONE,
    }
    return render(request, "safeguarding/mine.html", context)


@view(signed_in, methods=["POST"])
def sign(request: ActingRequest, version: int) -> HttpResponse:
    """Sign the pledge that stood on the page."""
    now = timezone.now()
    text = get_object_or_404(PledgeText.objects.offered(today(now)), version=version)
    services.sign_pledge(cast(User, request.user), text=text, by=request.acting, now=now)
    messages.success(request, _("You signed the pledge."))
    return redirect("safeguarding:mine")
