"""Writing to all families of a session."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from activities import announcements
from activities.forms import AnnounceForm
from activities.models.announcement import MOST_A_DAY
from activities.views.checkin import session_to_run
from core.access import signed_in, view
from core.errors import DomainError
from core.forms import posted
from organisations.acting import ActingRequest


@view(signed_in, methods=["GET", "POST"])
@never_cache
def announce(request: ActingRequest, pk: int) -> HttpResponse:
    """Show how many get the message, and send it to everybody who has a place."""
    now = timezone.now()
    session = session_to_run(request, pk)
    form = AnnounceForm(posted(request))
    if form.is_valid():
        try:
            announcements.announce(session, by=request.acting, now=now, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Sent. You find it on the page of the session."))
            return redirect("activities:session", session.pk)
    context = {
        "session": session,
        "version": session.version,
        "form": form,
        "is_over": announcements.is_over(session, now),
        "readers": announcements.readers(session, now),
        "most_a_day": MOST_A_DAY,
    }
    return render(request, "activities/announce.html", context, status=422 if form.errors else 200)
